"""Faces from FER-2013's CSV or an npz."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

from schemas.emotion import NAMES
from schemas.errors import ImageError, InputError
from workspace.faceset.faces import SPLIT_OF_USAGE, Collector
from workspace.fer2013 import PIXELS, USAGES, faultless_levels, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace.faceset.faces import FaceSet
    from workspace.fer2013 import Row

_NAMED = 3
"""Wrong rows that an error names; the others are counted."""
_BLOCK = 8
"""Rows that are read at once; see `faultless_levels`."""
_NUMBERS = {name: number for number, name in enumerate(NAMES)}


def read_rows(path: Path) -> FaceSet:
    """Reads a CSV or an npz.

    Rows without a usage are training faces: Kaggle's `train.csv` has no such column.

    Args:
        path: The file; its name says which.

    Returns:
        The faces in the file's order, with the votes of an npz that has them.

    Raises:
        InputError: It cannot be read, has no labels, or rows of it are wrong; the first of them are named.
    """
    form = path.name.lower().rpartition(".")[2]
    faces, wrong = Collector(path, form), []
    for some in _blocks(rows(path)):
        good = [row for row in some if not row.problem]
        if not all(row.label for row in good):
            lacking = "column `emotion`" if form == "csv" else "array `labels`"
            raise InputError(f"{path} has no {lacking}", f"add it: class numbers, {_classes()}")
        levels = iter(_levels(good))
        for row in some:
            found = row.problem or next(levels)
            if isinstance(found, bytes):
                split = SPLIT_OF_USAGE[row.usage or "Training"]
                faces.add(found, _NUMBERS[row.label], split, f"{path.name}:{row.number}", row.votes)
            else:
                wrong.append(found.what if isinstance(found, ImageError) else f"{row.place}: {found}")
    if wrong:
        raise _wrong_rows(path, wrong)
    with path.open("rb") as file:
        return faces.faces(hashlib.file_digest(file, "sha256").hexdigest())


def _blocks(given: Iterator[Row]) -> Iterator[list[Row]]:
    while some := list(itertools.islice(given, _BLOCK)):
        yield some


def _levels(some: list[Row]) -> list[bytes | ImageError]:
    """The grey levels of each row, or what is wrong with them."""
    together = faultless_levels([row.pixels for row in some]) if some and some[0].text else None
    if together is not None:
        return [together[start : start + PIXELS] for start in range(0, len(together), PIXELS)]
    found: list[bytes | ImageError] = []
    for row in some:
        try:
            found.append(row.levels())
        except ImageError as error:
            found.append(error)
    return found


def _wrong_rows(path: Path, wrong: list[str]) -> InputError:
    more = f" and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
    return InputError(
        f"{path} has wrong rows: {'; '.join(wrong[:_NAMED])}{more}",
        f"correct them or take them out: a label is {_classes()}; Usage is {', '.join(USAGES)}; "
        f"a face is {PIXELS:,} numbers from 0 to 255",
    )


def _classes() -> str:
    return ", ".join(f"{number} {name}" for number, name in enumerate(NAMES))
