"""What a set of faces holds that whoever measures with it should know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schemas.emotion import FER2013_COUNTS, NAMES
from workspace.faceset.copies import copies_of_training
from workspace.faceset.faces import SPLIT_OF_USAGE, SPLITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workspace.faceset.faces import FaceSet

_EXAMPLES = 5
_LIKE = 0.05
"""A split that differs by more than this share in size from FER-2013's is not held against it: it is another set."""


@dataclass(frozen=True)
class Report:
    """What `check` found.

    Attributes:
        faces: All of them.
        classes: Split -> class -> faces; splits without faces are left out.
        differences: What differs from FER-2013 as published, a sentence a split; none where all agrees, or where the
            set is not FER-2013.
        copies: Validation and test split -> its faces that are equal to a training face in every pixel.
        test_in_validation: Test faces that are equal to a validation face.
        training_copies: Training faces that are equal to a validation or test face; `without_copies` drops them.
        repeated: Faces that are equal to an earlier face of their own split.
        conflicts: Groups of equal faces whose labels differ.
        conflict_places: Faces of such groups, the first few groups.
        constant: Faces of one grey level.
        constant_places: The first few of them.
        left_out: Why faces of the source are not in the set -> how many.
    """

    faces: int
    classes: Mapping[str, Mapping[str, int]]
    differences: tuple[str, ...]
    copies: Mapping[str, int]
    test_in_validation: int
    training_copies: int
    repeated: int
    conflicts: int
    conflict_places: tuple[tuple[str, ...], ...]
    constant: int
    constant_places: tuple[str, ...]
    left_out: Mapping[str, int]

    def sentences(self) -> list[str]:
        """The findings in words; none where there is nothing to say."""
        told = list(self.differences)
        told += [
            f"{count:,} faces of {split} are equal to a face of train in every pixel"
            for split, count in self.copies.items()
            if count
        ]
        if self.test_in_validation:
            told.append(f"{self.test_in_validation:,} faces of test are equal to a face of validation in every pixel")
        if self.training_copies:
            told.append(f"{self.training_copies:,} faces of train stand in validation or test too")
        if self.repeated:
            told.append(f"{self.repeated:,} faces are equal to an earlier face of their split")
        if self.conflicts:
            first = "; ".join(" = ".join(places) for places in self.conflict_places)
            told.append(f"{self.conflicts:,} groups of equal faces have different labels: {first}")
        if self.constant:
            told.append(f"{self.constant:,} faces have one grey level only: {', '.join(self.constant_places)}")
        told += [f"{count:,} faces {why} are left out" for why, count in self.left_out.items()]
        return told


def check(faces: FaceSet) -> Report:
    """Counts faces, copies, conflicts and pictures of nothing.

    Args:
        faces: All splits together, as `read` gave them.

    Returns:
        Figures, and sentences for people.
    """
    copies = copies_of_training(faces)
    training, validation, test = (faces.split == split for split in SPLITS)
    conflicts = _conflicts(faces)
    constant = np.flatnonzero(faces.pixels.min(axis=(1, 2)) == faces.pixels.max(axis=(1, 2)))
    places: dict[int, list[str]] = {int(group): [] for group in conflicts[:_EXAMPLES]}
    for row in np.flatnonzero(np.isin(faces.groups, conflicts[:_EXAMPLES])):
        places[int(faces.groups[row])].append(f"{faces.places[row]} {NAMES[faces.labels[row]]}")
    return Report(
        faces=len(faces),
        classes=_classes(faces),
        differences=tuple(_differences(faces)),
        copies={split: int(copies[faces.split == split].sum()) for split in SPLITS[1:]},
        test_in_validation=int((test & np.isin(faces.groups, faces.groups[validation])).sum()),
        training_copies=int((training & np.isin(faces.groups, faces.groups[~training])).sum()),
        repeated=sum(len(groups) - len(np.unique(groups)) for groups in _groups_by_split(faces)),
        conflicts=len(conflicts),
        conflict_places=tuple(tuple(found) for found in places.values()),
        constant=len(constant),
        constant_places=tuple(faces.places[row] for row in constant[:_EXAMPLES]),
        left_out=dict(faces.left_out),
    )


def _groups_by_split(faces: FaceSet) -> list[NDArray[np.int64]]:
    return [faces.groups[faces.split == split] for split in SPLITS]


def _conflicts(faces: FaceSet) -> NDArray[np.int64]:
    """The groups in which faces have different labels, in the order of their first faces."""
    groups, first, members = np.unique(faces.groups, return_index=True, return_inverse=True)
    differing = np.zeros(len(groups), bool)
    differing[members[faces.labels != faces.labels[first][members]]] = True
    conflicts: NDArray[np.int64] = groups[differing][np.argsort(first[differing])]
    return conflicts


def _classes(faces: FaceSet) -> dict[str, dict[str, int]]:
    counts = {split: _counts(faces, split) for split in SPLITS}
    return {split: dict(zip(NAMES, found, strict=True)) for split, found in counts.items() if sum(found)}


def _counts(faces: FaceSet, split: str) -> list[int]:
    found: list[int] = np.bincount(faces.labels[faces.split == split], minlength=len(NAMES)).tolist()
    return found


def _differences(faces: FaceSet) -> list[str]:
    if faces.form == "workspace":
        return []
    found = []
    for usage, known in FER2013_COUNTS.items():
        counts = _counts(faces, SPLIT_OF_USAGE[usage])
        if tuple(counts) == known or abs(sum(counts) - sum(known)) > _LIKE * sum(known):
            continue
        others = [
            f"{name} {count:,} instead of {published:,}"
            for name, count, published in zip(NAMES, counts, known, strict=True)
            if count != published
        ]
        found.append(f"{usage} has {sum(counts):,} faces, {sum(known):,} were published: {', '.join(others)}")
    return found
