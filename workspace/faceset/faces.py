"""Labelled faces in memory."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from schemas.emotion import FERPLUS_VOTES
from schemas.errors import InputError
from workspace.fer2013 import MOST_FACES, SIDE, USAGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

SPLITS = ("train", "validation", "test")
"""Names of splits, in FER-2013's order: Training, PublicTest, PrivateTest."""
SPLIT_OF_USAGE = dict(zip(USAGES, SPLITS, strict=True))
"""FER-2013's usage -> split."""


@dataclass(frozen=True, eq=False)
class FaceSet:
    """Labelled faces, one row each.

    Attributes:
        pixels: Grey levels, uint8 `[N, 48, 48]`.
        labels: FER-2013's class numbers, int8 `[N]`: places in `schemas.emotion.NAMES`.
        split: "train", "validation" or "test", text `[N]`.
        votes: FER+'s counts, uint8 `[N, 10]` in the order of `schemas.emotion.FERPLUS_VOTES`; all 0 for a face
            without votes. None where no face has any.
        probabilities: The raters' distribution over the seven classes, float32 `[N, 7]`, rows of a sum of 1; a row of
            NaN for a face without. None where no face has one.
        places: Where each face stands: `fer2013.csv:17` (line), `fer.npz:0` (row), a path, or a face_id.
        groups: int64 `[N]`; faces that are equal in every pixel have the same number, in all sets: the first 8 bytes
            of the pixels' BLAKE2b. That any two of a million different faces share one has a chance of 3e-8.
        source: Name of the file, folder or workspace.
        form: `csv`, `npz`, `parquet`, `folders` or `workspace`.
        sha256: Of the file; of names and contents for a folder, of what was read for a workspace.
        left_out: Why faces of the source are not among these -> how many.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int8]
    split: NDArray[np.str_]
    votes: NDArray[np.uint8] | None
    probabilities: NDArray[np.float32] | None
    places: list[str]
    groups: NDArray[np.int64]
    source: str
    form: str
    sha256: str
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of faces."""
        return len(self.labels)

    def of(self, split: str) -> FaceSet:
        """The faces of one split. Where they stand together, as FER-2013's do, their pixels are not copied.

        Args:
            split: One of `SPLITS`.

        Raises:
            InputError: There are none.
        """
        chosen = self.where(self.split == split)
        if not len(chosen):
            usage = next(usage for usage, name in SPLIT_OF_USAGE.items() if name == split)
            there = ", ".join(f"{name} {int((self.split == name).sum()):,}" for name in SPLITS)
            there += "".join(f"; {count:,} {why} are left out" for why, count in self.left_out.items())
            raise InputError(
                f"{self.source} has no face in the split {split} ({there})", _FIXES[self.form].format(usage)
            )
        return chosen

    def where(self, chosen: NDArray[np.bool_]) -> FaceSet:
        """The faces that are chosen, in their order.

        Args:
            chosen: bool `[N]`.
        """
        places = np.flatnonzero(chosen)
        together = len(places) > 0 and places[-1] - places[0] + 1 == len(places)
        rows = slice(places[0], places[-1] + 1) if together else places
        return dataclasses.replace(
            self,
            pixels=self.pixels[rows],
            labels=self.labels[rows],
            split=self.split[rows],
            votes=None if self.votes is None else self.votes[rows],
            probabilities=None if self.probabilities is None else self.probabilities[rows],
            places=[self.places[place] for place in places],
            groups=self.groups[rows],
        )


_BY_FOLDER = "put its faces into a folder named train, validation or test"
_FIXES = {
    "csv": "give the whole CSV: rows whose Usage is {}",
    "npz": "give an npz whose array `usage` has them: 0 Training, 1 PublicTest, 2 PrivateTest",
    "parquet": _BY_FOLDER + ", or its name into the file's, as test-00000-of-00001.parquet",
    "folders": _BY_FOLDER + " above the classes, or name the files {}_…",
    "workspace": "run `curate split`",
}
"""Form -> what to do where a split is empty; {} stands for FER-2013's usage."""


class Collector:
    """Takes faces one by one into arrays that grow in place: no second copy of the set, and none of floats.

    Attributes:
        left_out: Why faces are left out -> how many.
    """

    def __init__(self, path: Path, form: str) -> None:
        self.left_out: dict[str, int] = {}
        self._path = path
        self._form = form
        self._pixels = bytearray()
        self._labels = bytearray()
        self._splits = bytearray()
        self._votes = bytearray()
        self._any_votes = False
        self._places: list[str] = []
        self._groups = bytearray()

    def add(self, levels: bytes, label: int, split: str, place: str, votes: bytes | None = None) -> None:
        """Takes a face.

        Args:
            levels: 2,304 grey levels.
            label: Class number.
            split: One of `SPLITS`.
            place: Where it stands.
            votes: FER+'s ten counts.

        Raises:
            InputError: There are too many.
        """
        if len(self._places) == MOST_FACES:
            raise InputError(f"{self._path} has more than {MOST_FACES:,} faces", "give it in parts")
        self._pixels += levels
        self._labels.append(label)
        self._splits.append(SPLITS.index(split))
        self._votes += votes or bytes(len(FERPLUS_VOTES))
        self._any_votes = self._any_votes or votes is not None
        self._places.append(place)
        self._groups += hashlib.blake2b(levels).digest()[:8]

    def leave_out(self, why: str) -> None:
        """Counts a face that is not taken."""
        self.left_out[why] = self.left_out.get(why, 0) + 1

    def faces(self, sha256: str, probabilities: NDArray[np.float32] | None = None) -> FaceSet:
        """The set.

        Raises:
            InputError: No face was taken.
        """
        count = len(self._places)
        if not count:
            why = "; ".join(f"{number:,} {why}" for why, number in self.left_out.items())
            what = f"{self._path} holds no labelled face{': ' if why else ''}{why}"
            raise InputError(what, "give FER-2013, a folder of faces by class, or a workspace with labels")
        return FaceSet(
            pixels=np.frombuffer(self._pixels, np.uint8).reshape(count, SIDE, SIDE),
            labels=np.frombuffer(self._labels, np.int8),
            split=np.array(SPLITS)[np.frombuffer(self._splits, np.uint8)],
            votes=np.frombuffer(self._votes, np.uint8).reshape(count, -1) if self._any_votes else None,
            probabilities=probabilities,
            places=self._places,
            groups=np.frombuffer(self._groups, "<i8"),
            source=self._path.name,
            form=self._form,
            sha256=sha256,
            left_out=self.left_out,
        )
