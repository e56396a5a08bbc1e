"""Faces from FER-2013's CSV or an npz."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from schemas.emotion import NAMES
from schemas.errors import ImageError, InputError
from workspace.faceset.faces import SPLIT_OF_USAGE, Collector
from workspace.fer2013 import PIXELS, USAGES, rows

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.faceset.faces import FaceSet

_NAMED = 3
"""Wrong rows that an error names; the others are counted."""


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
    faces, wrong, numbers = Collector(path, form), [], {name: number for number, name in enumerate(NAMES)}
    for row in rows(path):
        if row.problem:
            wrong.append(f"{row.place}: {row.problem}")
        elif not row.label:
            lacking = "column `emotion`" if form == "csv" else "array `labels`"
            raise InputError(f"{path} has no {lacking}", f"add it: class numbers, {_classes()}")
        else:
            try:
                levels = row.levels()
            except ImageError as error:
                wrong.append(error.what)
            else:
                split = SPLIT_OF_USAGE[row.usage or "Training"]
                faces.add(levels, numbers[row.label], split, f"{path.name}:{row.number}", row.votes)
    if wrong:
        raise _wrong_rows(path, wrong)
    with path.open("rb") as file:
        return faces.faces(hashlib.file_digest(file, "sha256").hexdigest())


def _wrong_rows(path: Path, wrong: list[str]) -> InputError:
    more = f" and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
    return InputError(
        f"{path} has wrong rows: {'; '.join(wrong[:_NAMED])}{more}",
        f"correct them or take them out: a label is {_classes()}; Usage is {', '.join(USAGES)}; "
        f"a face is {PIXELS:,} numbers from 0 to 255",
    )


def _classes() -> str:
    return ", ".join(f"{number} {name}" for number, name in enumerate(NAMES))
