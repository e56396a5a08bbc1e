"""The demo's raw folder: which files it holds, what was done to each, and what must become of it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from curate.demo import variations as made
from curate.demo.photographs import PHOTOGRAPHS, photograph_bytes
from schemas.errors import UsageError
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STAYS, COPY, BYTE_COPY, OUT, REJECTED, OWN = "stays", "copy", "byte copy", "out", "rejected", "own picture"
"""What can be expected of a file; see `Piece.expected`."""

_BLURS = frozenset({"blur"})


@dataclass(frozen=True)
class Piece:
    """One file of the raw folder.

    Attributes:
        path: Below the raw folder; an entry of an archive goes on below the archive's name.
        done: What was done to it, in words.
        expected: `stays`: it, or a copy of it, is kept. `copy`: in one group with `of`. `byte copy`: the same
            image_id as `of`. `out`: not kept, for one of `reasons`, or as a copy of `of`; or its faces are not.
            `rejected`: for one of `reasons`. `own picture`: kept, and in no group with anything.
        of: The photograph it was made from.
        reasons: Reason codes that count as expected.
        faces: How many faces the picture has; -1 where that is not checked.
    """

    path: str
    done: str
    expected: str
    of: str = ""
    reasons: frozenset[str] = frozenset()
    faces: int = -1


@dataclass(frozen=True)
class Raw:
    """What `make_raw` has made.

    Attributes:
        folder: The raw folder.
        roots: What to ingest: a list with metadata, and two folders.
        files: How many files and archive entries there are.
    """

    folder: Path
    roots: tuple[Path, ...]
    files: int


_LIST = "photographs.csv"
_FACES = {"astronaut.png": 1, "grace_hopper.jpg": 1, "chelsea.png": 0, "coffee.png": 0, "rocket.jpg": 0}
_AGAIN = "astronaut-again.jpg"

PIECES: tuple[Piece, ...] = (
    *(
        Piece(
            f"photographs/{photograph.name}",
            "as the library ships it",
            STAYS,
            photograph.name,
            faces=_FACES.get(photograph.name, -1),
        )
        for photograph in PHOTOGRAPHS
    ),
    Piece(f"photographs/{_AGAIN}", "found again, declared with another label", COPY, "astronaut.png"),
    Piece("variations/astronaut-recompressed.jpg", "JPEG quality 30", COPY, "astronaut.png"),
    Piece("variations/astronaut-half.jpg", "half size", COPY, "astronaut.png"),
    Piece("variations/astronaut-turned.jpg", "on its side, EXIF says how to turn it", COPY, "astronaut.png"),
    Piece("variations/chelsea-cropped.jpg", "cropped by 5 %", COPY, "chelsea.png"),
    Piece("variations/grace_hopper-mirrored.jpg", "mirrored", COPY, "grace_hopper.jpg"),
    Piece("variations/grace_hopper-cropped.jpg", "cropped by 5 %", COPY, "grace_hopper.jpg"),
    Piece("variations/camera-copy.png", "the same bytes", BYTE_COPY, "camera.png"),
    Piece("variations/coffee-defocused.jpg", "out of focus, a disc of 17 px", OUT, "coffee.png", _BLURS),
    Piece("variations/grace_hopper-moved.jpg", "camera moved by 61 px", OUT, "grace_hopper.jpg", _BLURS),
    Piece("variations/chelsea-blurred.jpg", "far out of focus, a disc of 49 px", OUT, reasons=_BLURS),
    Piece("variations/chelsea-dark.jpg", "a sixth of the light", OUT, reasons=frozenset({"dark", "low-contrast"})),
    Piece("variations/poster.png", "words on white, no photograph", OUT, reasons=frozenset({"drawing"})),
    Piece("variations/collage.jpg", "astronaut and Grace Hopper side by side", OWN, faces=2),
    Piece("variations/more.zip/Käffchen ☕.png", "the same bytes, inside an archive", BYTE_COPY, "coffee.png"),
    Piece(
        "variations/more.zip/../outside.png",
        "archive entry that points outside",
        REJECTED,
        reasons=frozenset({"unsafe-path"}),
    ),
    Piece("broken/truncated.jpg", "the first half of a file", REJECTED, reasons=frozenset({"truncated"})),
    Piece("broken/text.jpg", "text, named .jpg", REJECTED, reasons=frozenset({"not-an-image"})),
    Piece("broken/empty.png", "0 bytes", REJECTED, reasons=frozenset({"empty-file"})),
    Piece(
        "broken/bomb.png",
        "69 bytes that claim 50,000 × 50,000 pixels",
        REJECTED,
        reasons=frozenset({"too-large-side", "too-many-pixels"}),
    ),
)
"""Every file, in the order they are told of."""


def make_raw(folder: Path) -> Raw:
    """Makes the raw folder; of one that is there already, what is missing or has changed.

    Args:
        folder: Where to; made where it is missing.

    Returns:
        The folder, and the roots to ingest.

    Raises:
        MissingPartError: The libraries that ship the photographs are not installed.
        UsageError: The folder holds files that are not the demo's.
        StorageError: The disk refused a write.
    """
    files = _files(photograph_bytes())
    if folder.exists():
        strangers = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - set(files)
        if strangers:
            raise UsageError(
                f"{folder} holds files that are not the demo's, {min(strangers)!r} among them", "name another folder"
            )
    for name, data in files.items():
        path = folder / name
        # One that is written again would look new to ingest, by its time.
        if not path.is_file() or path.read_bytes() != data:
            write_atomically(path, data, durable=False)
    return Raw(folder, (folder / _LIST, folder / "variations", folder / "broken"), len(PIECES))


def _files(data: Mapping[str, bytes]) -> dict[str, bytes]:
    """Path -> bytes of all that lies in the raw folder."""
    astronaut, chelsea, coffee = (made.opened(data[f"{name}.png"]) for name in ("astronaut", "chelsea", "coffee"))
    hopper = made.opened(data["grace_hopper.jpg"])
    return {
        _LIST: _metadata(),
        **{f"photographs/{name}": content for name, content in data.items()},
        f"photographs/{_AGAIN}": made.jpeg(astronaut, 60),
        "variations/astronaut-recompressed.jpg": made.jpeg(astronaut, 30),
        "variations/astronaut-half.jpg": made.jpeg(made.half_size(astronaut)),
        "variations/astronaut-turned.jpg": made.turned_by_exif(astronaut),
        "variations/chelsea-cropped.jpg": made.jpeg(made.cropped(chelsea)),
        "variations/grace_hopper-mirrored.jpg": made.jpeg(made.mirrored(hopper)),
        "variations/grace_hopper-cropped.jpg": made.jpeg(made.cropped(hopper)),
        "variations/camera-copy.png": data["camera.png"],
        "variations/coffee-defocused.jpg": made.jpeg(made.defocused(coffee)),
        "variations/grace_hopper-moved.jpg": made.jpeg(made.moved(hopper, 61)),
        "variations/chelsea-blurred.jpg": made.jpeg(made.defocused(chelsea, 24)),
        "variations/chelsea-dark.jpg": made.jpeg(made.darkened(chelsea)),
        "variations/poster.png": made.poster(),
        "variations/collage.jpg": made.jpeg(made.side_by_side(astronaut, hopper, 384)),
        "variations/more.zip": made.archive(
            {"Käffchen ☕.png": data["coffee.png"], "../outside.png": data["coffee.png"]}
        ),
        "broken/truncated.jpg": data["rocket.jpg"][: len(data["rocket.jpg"]) // 2],
        "broken/text.jpg": b"This is a text, whatever its name says.\n",
        "broken/empty.png": b"",
        "broken/bomb.png": made.bomb(),
    }


def _metadata() -> bytes:
    """The list with what is known of each photograph; the one found again is declared otherwise."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["path", "label", "identity", "licence", "author", "source_page", "search_term"])
    for one in PHOTOGRAPHS:
        subject = one.name.rpartition(".")[0].replace("_", " ")
        rows.writerow([f"photographs/{one.name}", one.label, one.identity, one.licence, one.author, one.page, subject])
    rows.writerow([f"photographs/{_AGAIN}", "surprise", "", "", "", "", "surprised face"])
    return text.getvalue().encode()
