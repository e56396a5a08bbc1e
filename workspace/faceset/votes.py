"""FER+'s votes, joined to FER-2013's rows."""

from __future__ import annotations

import csv
import dataclasses
from typing import IO, TYPE_CHECKING

import numpy as np

from schemas.emotion import EMOTIONS, FERPLUS_VOTES
from schemas.errors import InputError
from workspace.faceset.faces import SPLIT_OF_USAGE, SPLITS
from workspace.fer2013 import MOST_FACES, USAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from workspace.faceset.faces import FaceSet

LEAST_AGREEMENT = 0.4
"""FER-2013's label has the most votes for 64 % of Training and PublicTest; with the rows shuffled, for 18 %."""
_ENOUGH = 200
"""Faces from which on that share is telling."""
_COLUMNS_OF_CLASSES = [FERPLUS_VOTES.index(emotion.ferplus) for emotion in EMOTIONS]
_FIX = "give FER+'s fer2013new.csv: Usage, Image name and ten counts, a line for each row of FER-2013, in its order"


def join_votes(faces: FaceSet, path: Path) -> FaceSet:
    """Gives each face the votes of its row.

    FER+ has a line for each of FER-2013's rows in the same order, and names its usage. The n-th face of a split is
    given the votes of the n-th line with that usage, so every split must be complete.

    Args:
        faces: From a CSV or an npz.
        path: `fer2013new.csv`.

    Returns:
        The same faces with `votes`.

    Raises:
        InputError: The file cannot be read, or is not of these faces.
    """
    if faces.form not in ("csv", "npz"):
        what = f"{faces.source} has no rows that FER+'s votes could be joined to"
        raise InputError(what, "use FER-2013 as CSV or npz with --votes; Parquet and workspaces bring their own votes")
    splits, counts = _read(path)
    votes = np.zeros((len(faces), len(FERPLUS_VOTES)), np.uint8)
    for split in SPLITS:
        rows, lines = faces.split == split, splits == split
        if rows.any() and rows.sum() != lines.sum():
            what = f"{faces.source} has {rows.sum():,} faces in the split {split}, {path.name} has {lines.sum():,}"
            raise InputError(what, _FIX)
        if rows.any():
            votes[rows] = counts[lines]
    _check_agreement(faces, votes, path)
    return dataclasses.replace(faces, votes=votes)


def _read(path: Path) -> tuple[NDArray[np.str_], NDArray[np.uint8]]:
    splits, counts = bytearray(), bytearray()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for split, votes in _lines(file, path):
                splits.append(split)
                counts += votes
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}", _FIX) from error
    named = np.array(SPLITS)[np.frombuffer(splits, np.uint8)]
    return named, np.frombuffer(counts, np.uint8).reshape(-1, len(FERPLUS_VOTES))


def _lines(file: IO[str], path: Path) -> Iterator[tuple[int, bytes]]:
    lines = csv.reader(file)
    head = [cell.strip().casefold() for cell in next(lines, [])]
    wanted = ["usage", *(name.casefold() for name in FERPLUS_VOTES)]
    lacking = [name for name in wanted if name not in head]
    if lacking:
        raise InputError(f"{path} has no column {', '.join(f'`{name}`' for name in lacking[:4])}", _FIX)
    usage, *places = (head.index(name) for name in wanted)
    for cells in lines:
        if len(cells) != len(head) or cells[usage] not in USAGES:
            what = f"{path}, line {lines.line_num}: {len(cells)} cells beginning with {','.join(cells)[:30]!r}"
            raise InputError(what, f"Usage is {', '.join(USAGES)}; {_FIX}")
        if lines.line_num > MOST_FACES:
            raise InputError(f"{path} has more than {MOST_FACES:,} lines", _FIX)
        try:
            votes = bytes([int(cells[place]) for place in places])
        except ValueError as error:
            raise InputError(f"{path}, line {lines.line_num}: counts must be 0 to 255", _FIX) from error
        yield SPLITS.index(SPLIT_OF_USAGE[cells[usage]]), votes


def _check_agreement(faces: FaceSet, votes: NDArray[np.uint8], path: Path) -> None:
    """Rows in another order would give every face a stranger's votes, and nothing else would show it."""
    seven = votes[:, _COLUMNS_OF_CLASSES]
    voted = seven.any(axis=1)
    agreement = float(np.mean(seven.argmax(axis=1)[voted] == faces.labels[voted])) if voted.any() else 1.0
    if voted.sum() >= _ENOUGH and agreement < LEAST_AGREEMENT:
        what = (
            f"{path.name} is not of {faces.source}: the label has most votes for {agreement:.0%} of the faces, not 64 %"
        )
        raise InputError(what, "give both files whole and in the order in which they were published")
