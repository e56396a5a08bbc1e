"""Pictures in folders that bear the names of the classes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from annotate.imports.row import Row, rater_id, verdict
from schemas.errors import InputError
from workspace.store import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENDINGS = {f".{ending}" for ending in EXTENSIONS.values()} | {".jpeg", ".tiff"}


def read_folders(root: Path, rater: str | None) -> Iterator[Row]:
    """Yields a row for every picture below `ROOT/class/`, or below `ROOT/rater/class/` where no rater is named.

    Args:
        root: The folder.
        rater: Whose labels they are; None takes the names of the first folders.

    Raises:
        InputError: There is no picture at that depth.
    """
    found = False
    for path in sorted(root.glob("*/*" if rater else "*/*/*")):
        if path.suffix.lower() in _ENDINGS and path.is_file():
            found = True
            yield _row(root, path, rater)
    if not found:
        depth = "CLASS" if rater else "RATER/CLASS"
        fix = "name whose labels they are with --rater, if its folders are classes" if not rater else "look into it"
        raise InputError(f"{root} has no pictures in {root.name}/{depth}/", fix)


def _row(root: Path, path: Path, rater: str | None) -> Row:
    who = rater_id(rater or path.parent.parent.name)
    place, label = path.relative_to(root).as_posix(), path.parent.name
    image_id = hashlib.sha256(path.read_bytes()).hexdigest()
    if not isinstance(who, str):
        return Row(place, path.name, "", who, {"path": place}, image_id)
    return Row(place, path.name, who, verdict({"label": label}), {"path": place}, image_id)
