"""Dedupe quality: the tables of `docs/dedupe.md`.

    uv run python benchmarks/dedupe_quality.py [--pictures 100] [--half b] [--sheet pairs.png] [--peer PYTHON]

Recall: each picture of a set is edited in every way; the originals and the edits of one kind are deduplicated
together, and an edit counts as found when it stands in its original's group. Real pictures as they are: the pairs that
verify in `scraped` and `natural_faces` together; `--sheet` lays them out to be looked at, since only eyes can tell
which of them are true. The rule was chosen on half a, of the files whose name's MD5 is even, and measured on half b;
`--half` takes one of them, copies going with the first of their group. `--peer` names a Python that has imagededup,
which gets the same files.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from curate.dedupe.groups import Pictures, Rule, form_groups, new_groups, nothing_known
from curate.dedupe.variants import middle_hashes, variant_hashes
from curate.dedupe.verify import SIDE
from curate.measure import perceptual_hashes, shrink
from schemas.errors import ImageError
from schemas.settings import DedupeSettings
from workspace.pixels import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Picture = Image.Image

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
SETS = {"faces": "natural_faces/images/*", "scraped": "scraped/*", "groups": "group_photos/*"}
LONGEST = 800
PEER = """
import json, sys, time
from pathlib import Path
from imagededup.methods import PHash
start = time.process_time()
found = PHash(verbose=False).find_duplicates(image_dir=sys.argv[1], num_enc_workers=0, num_dist_workers=0)
Path(sys.argv[2]).write_text(json.dumps({"found": found, "seconds": time.process_time() - start}))
"""


def cut(picture: Picture, part: float, x: float = 0.5, y: float = 0.5) -> Picture:
    """Take `part` off the width and the height; x and y say how much of that on the left and on top."""
    width, height = picture.size
    left, top = round(width * part * x), round(height * part * y)
    return picture.crop((left, top, left + round(width * (1 - part)), top + round(height * (1 - part))))


def jpeg(picture: Picture, quality: int) -> Picture:
    """Compress."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def half(picture: Picture) -> Picture:
    """Shrink to half the side."""
    return picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)), Image.Resampling.LANCZOS)


def tone(picture: Picture, gamma: float) -> Picture:
    """Bend the tone curve."""
    return picture.point([round(255 * (level / 255) ** gamma) for level in range(256)] * 3)


def turn(picture: Picture, degrees: float) -> Picture:
    """Turn, black where nothing is left."""
    return picture.rotate(degrees, Image.Resampling.BICUBIC)


def mark(picture: Picture) -> Picture:
    """Write three lines of half-transparent text over the picture."""
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    font = ImageFont.load_default(size=max(8, picture.width // 9))
    for line in range(3):
        place = (picture.width * 0.1, picture.height * (0.15 + 0.3 * line))
        ImageDraw.Draw(layer).text(place, "watermark", font=font, fill=(255, 255, 255, 150))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def frame(picture: Picture, colour: str) -> Picture:
    """Add a border of 5 % on each side."""
    return ImageOps.expand(picture, (round(picture.width * 0.05), round(picture.height * 0.05)), fill=colour)


def caption(picture: Picture) -> Picture:
    """Cover the lowest 8 % with white."""
    covered = picture.copy()
    ImageDraw.Draw(covered).rectangle((0, int(picture.height * 0.92), *picture.size), fill="white")
    return covered


EDITS: dict[str, Callable[[Picture], Picture]] = {
    "JPEG quality 30": lambda p: jpeg(p, 30),
    "PNG to JPEG": lambda p: jpeg(p, 75),
    "half size": half,
    "blur": lambda p: p.filter(ImageFilter.GaussianBlur(2 * max(1, p.width / 350))),
    "gamma 0.7": lambda p: tone(p, 0.7),
    "gamma 1.5": lambda p: tone(p, 1.5),
    "brightness +30 %": lambda p: ImageEnhance.Brightness(p).enhance(1.3),
    "brightness -30 %": lambda p: ImageEnhance.Brightness(p).enhance(0.7),
    "greyscale": lambda p: p.convert("L").convert("RGB"),
    "mirrored": ImageOps.mirror,
    "crop 3 %": lambda p: cut(p, 0.03),
    "crop 6 %": lambda p: cut(p, 0.06),
    "crop 10 %": lambda p: cut(p, 0.1),
    "crop 10 %, one corner": lambda p: cut(p, 0.1, 1, 0),
    "crop 10 %, off centre": lambda p: cut(p, 0.1, 0.25, 0.6),
    "crop 15 %": lambda p: cut(p, 0.15),
    "turned 2°": lambda p: turn(p, 2),
    "turned 5°": lambda p: turn(p, 5),
    "turned 5°, cropped": lambda p: cut(turn(p, -5), 0.15),
    "watermark": mark,
    "caption": caption,
    "5 % border, white": lambda p: frame(p, "white"),
    "5 % border, black": lambda p: frame(p, "black"),
    "mirrored, crop 5 %, JPEG 50": lambda p: jpeg(cut(ImageOps.mirror(p), 0.05), 50),
    "watermark, half, JPEG 40": lambda p: jpeg(half(mark(p)), 40),
    "turned 3°, crop 5 %, brighter": lambda p: ImageEnhance.Brightness(cut(turn(p, 3), 0.05)).enhance(1.2),
}


def main() -> None:
    """Print both tables."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--pictures", type=int, default=120, help="most pictures of each set")
    arguments.add_argument("--half", choices=("a", "b"), help="only the pictures of one half; else all")
    arguments.add_argument("--sheet", type=Path, help="PNG to lay the verified pairs out on")
    arguments.add_argument("--peer", help="a Python that has imagededup")
    given = arguments.parse_args()
    if not DATA.is_dir():
        raise SystemExit(f"the development data is not at {DATA}")
    columns: dict[str, dict[str, float]] = {}
    for name, pattern in SETS.items():
        paths = [path for path in sorted(DATA.glob(pattern)) if given.half in {None, half_of(path)}]
        chosen = np.random.default_rng(0).permutation(len(paths))[: given.pictures]
        columns |= recall(name, [paths[number] for number in sorted(chosen)], given.peer)
    print(f"{'recall':<32}" + "".join(f"{column:>18}" for column in columns))
    for edit in EDITS:
        print(f"{edit:<32}" + "".join(f"{column[edit]:>18.3f}" for column in columns.values()))
    as_they_are(given.half, given.sheet, given.peer)


def half_of(path: Path) -> str:
    """The half a file belongs to."""
    return "ab"[hashlib.md5(path.name.encode(), usedforsecurity=False).digest()[-1] % 2]


def recall(name: str, paths: list[Path], peer: str | None) -> dict[str, dict[str, float]]:
    """Part of the edits found, by edit; for the product and, where asked for, for the peer."""
    files: list[tuple[str, bytes]] = []
    for path in paths:
        try:
            pixels = decode(path.read_bytes()).pixels
        except ImageError:
            continue
        picture = Image.fromarray(pixels).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST))
        for edit, change in {"original": lambda p: p, **EDITS}.items():
            file = io.BytesIO()
            change(picture).save(file, "JPEG", quality=95)
            files.append((edit, file.getvalue()))
    kinds = len(EDITS) + 1
    thumbnails, sizes = prepare([data for _, data in files])
    places = np.arange(0, len(files), kinds)
    result: dict[str, dict[str, float]] = {name: {}}
    for kind, edit in enumerate(EDITS, 1):
        both = np.concatenate([places, places + kind])
        leader = leaders(thumbnails[both], sizes[both])
        result[name][edit] = float(np.mean(leader[: len(places)] == leader[len(places) :]))
    if peer:
        found = ask(peer, [data for _, data in files])["found"]
        same = [
            [f"{place - place % kinds:06}.jpg" in found[f"{place:06}.jpg"] for place in range(k, len(files), kinds)]
            for k in range(1, kinds)
        ]
        result[f"{name}, imagededup"] = {edit: float(np.mean(hits)) for edit, hits in zip(EDITS, same, strict=True)}
    return result


def prepare(files: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The thumbnail of each file, and its number of pixels."""
    decoded = (decode(data).pixels for data in files)
    rows = [(thumbnail(pixels), pixels.shape[0] * pixels.shape[1]) for pixels in decoded]
    return np.stack([row[0] for row in rows]), np.array([row[1] for row in rows])


def leaders(thumbnails: NDArray[np.uint8], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each picture's group, as the step forms it with its default settings and the largest picture as keeper."""
    order = np.argsort(-sizes, kind="stable")
    groups = new_groups(len(order))
    settings = DedupeSettings()
    rule = Rule(settings.hash_radius, settings.same_correlation, mirror=True)
    for _ in form_groups(pictures(thumbnails[order]), rule, nothing_known(len(order)), groups):
        pass
    result = np.empty(len(order), dtype=np.int64)
    result[order] = order[groups.leader]
    return result


def thumbnail(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The stored thumbnail of a picture."""
    canonical = shrink(pixels)
    grey = canonical if canonical.ndim == 2 else cv2.cvtColor(canonical, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def pictures(thumbnails: NDArray[np.uint8]) -> Pictures:
    """What `form_groups` wants to know of them."""
    hashes = perceptual_hashes([cv2.resize(each, (32, 32), interpolation=cv2.INTER_AREA) for each in thumbnails])
    variants = [
        hashes(side) for hashes in (variant_hashes, middle_hashes) for side in (thumbnails, thumbnails[:, :, ::-1])
    ]
    return Pictures(thumbnails, np.arange(len(thumbnails)), *hashes, *variants)


def ask(peer: str, files: list[bytes]) -> dict[str, dict[str, list[str]]]:
    """Give imagededup the same files, with its defaults."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in").mkdir()
        for number, data in enumerate(files):
            (Path(folder) / "in" / f"{number:06}.jpg").write_bytes(data)
        answer = Path(folder) / "answer.json"
        subprocess.run([peer, "-c", PEER, f"{folder}/in", str(answer)], check=True, capture_output=True)
        result: dict[str, dict[str, list[str]]] = json.loads(answer.read_text())
    return result


def as_they_are(wanted: str | None, sheet: Path | None, peer: str | None) -> None:
    """Deduplicate the real pictures and count; lay the pairs out to be looked at."""
    files = {path.read_bytes(): path for name in ("faces", "scraped") for path in sorted(DATA.glob(SETS[name]))}
    usable = []
    for data in files:
        try:
            decode(data)
        except ImageError:
            continue
        usable.append(data)
    start = time.process_time()
    leader = leaders(*prepare(usable))
    seconds = time.process_time() - start
    halves = {int(first): half_of(files[usable[np.flatnonzero(leader == first)[0]]]) for first in leader}
    copies = [
        (int(first), copy)
        for copy, first in enumerate(leader)
        if first != copy and wanted in {None, halves[int(first)]}
    ]
    print(f"\n{len(usable)} real pictures: {len(copies)} copies verified, {seconds:.1f} CPU-s with decoding")
    if sheet:
        lay_out([(decode(usable[one]).pixels, decode(usable[two]).pixels) for one, two in copies], sheet)
        print(f"look at them: {sheet}")
    if peer:
        answer = ask(peer, usable)
        pairs = {tuple(sorted((one, two))) for one, others in answer["found"].items() for two in others}
        print(f"imagededup, defaults: {len(pairs)} pairs, {answer['seconds']:.1f} CPU-s")


def lay_out(pairs: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]], sheet: Path) -> None:
    """Write a contact sheet, six pairs a row."""
    side, across = 110, 6
    canvas = Image.new("RGB", (across * (2 * side + 10), -(-len(pairs) // across) * (side + 6)), "white")
    for number, pair in enumerate(pairs):
        for place, pixels in enumerate(pair):
            small = Image.fromarray(pixels).convert("RGB").resize((side, side), Image.Resampling.BOX)
            left = number % across * (2 * side + 10) + place * side
            canvas.paste(small, (left, number // across * (side + 6)))
    canvas.save(sheet)


if __name__ == "__main__":
    main()
