"""The step `predict` on photographs: faces found, a network asked about them, what it says drawn and written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from evaluate.photo.drawing import Shown, drawing
from evaluate.photo.output import Output
from evaluate.photo.record import COLUMNS, records
from evaluate.photo.source import named, read, text_of
from schemas.errors import ImageError, InputError
from workspace.console import progress
from workspace.crops import png
from workspace.engine import available_cores, quiet_opencv
from workspace.pixels import Limits, decode
from workspace.video.reading import is_video

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from evaluate.photo.faces import Faces, Finder
    from evaluate.photo.network import Network

_AT_ONCE = 8
"""Pictures that are open together."""
_VIDEO = {
    "reason": "video",
    "detail": "a video among photographs",
    "fix": "give it by itself: `evaluate predict film.mp4`",
}


@dataclass(frozen=True, eq=False)
class _Looked:
    """A picture whose faces are found: its width and height, and what it is drawn upon."""

    size: tuple[int, int]
    shown: Shown
    faces: Faces


def recognise(paths: Sequence[Path], network: Network, finder: Finder, limits: Limits, out: Path) -> dict[str, Any]:
    """Says what a network sees in the faces of photographs, and of all photographs below folders.

    Args:
        paths: Pictures and folders, at least one.
        network: Whom to ask.
        finder: What finds the faces.
        limits: Which pictures are refused.
        out: Folder for the drawn pictures, `faces.csv` and `faces.json`; made where there is none.

    Returns:
        What `faces.json` holds: `network`, `notes`, `detector`, `crops`; of each of `pictures` its name, size, faces,
        and how many faces were left out; the files in `rejected`, each with its reason; names of the files `drawn`.

    Raises:
        ImageError: The one picture that was given cannot be used.
        InputError: No file of several, or of a folder, is a picture that can be used.
        UsageError: `out` holds something else.
        StorageError: The disk refused it.
    """
    output, several = Output(out), len(paths) > 1 or paths[0].is_dir()
    folder, names = named(paths, out)
    pictures: list[dict[str, Any]] = []
    rejected: list[dict[str, str]] = []
    drawn: list[str] = []
    seen = _looked(folder, names, finder, limits)
    for name, looked in progress(seen, text="faces", total=len(names)):
        if isinstance(looked, ImageError):
            if not several:
                raise ImageError(looked.reason, f"{paths[0]}: {looked.what}")
            rejected.append(_rejected(name, looked))
            continue
        rows = records(looked.faces, network.probabilities(looked.faces.crops))
        drawn.append(f"{name}.faces.png")
        output.put(drawn[-1], png(drawing(looked.shown, looked.faces, rows)))
        size = dict(zip(("width", "height"), looked.size, strict=True))
        pictures.append({"picture": name, **size, "left_out": looked.faces.left_out, "faces": rows})
    if not pictures:
        first = rejected[0]
        what = f"none of the {len(rejected):,} files is a picture that can be used"
        raise InputError(what, f"the first, {first['picture']}: {first['detail']}; {first['fix']}")
    result = {
        "network": network.name,
        "notes": list(network.notes),
        "detector": finder.detector.recipe,
        "crops": str(finder.recipe),
        "pictures": pictures,
        "rejected": rejected,
        "drawn": drawn,
    }
    table = [{"picture": each["picture"], **row} for each in pictures for row in each["faces"]]
    return output.finish(result, ("picture", *COLUMNS), table)


def _looked(
    folder: Path, names: list[str], finder: Finder, limits: Limits
) -> Iterator[tuple[str, _Looked | ImageError]]:
    """Each picture with its faces, or why it cannot be used; several at once, in the order of the names."""

    def look(name: str) -> _Looked | ImageError:
        path = folder / name
        try:
            pixels = decode(read(path, limits.max_bytes), limits).pixels
        except ImageError as error:
            return error
        faces = finder.faces(pixels)
        return _Looked((pixels.shape[1], pixels.shape[0]), Shown.of(pixels, faces), faces)

    with ThreadPoolExecutor(available_cores(), initializer=quiet_opencv) as threads:
        for at in range(0, len(names), _AT_ONCE):
            some = names[at : at + _AT_ONCE]
            yield from zip(map(text_of, some), threads.map(look, some), strict=True)


def _rejected(name: str, error: ImageError) -> dict[str, str]:
    if is_video(PurePath(name)):
        return {"picture": name, **_VIDEO}
    return {"picture": name, "reason": error.reason, "detail": error.what, "fix": error.fix}
