"""Answers of several raters to several faces, as arrays; any of them may be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Ratings:
    """Who said what of which face, one entry for each answer.

    Attributes:
        faces: Number of faces; some may have no answer.
        raters: Names of the raters.
        options: What could be answered.
        face: int64 `[M]`, rising: the face of each answer, 0 to `faces` - 1.
        rater: int64 `[M]`, its rater, an index of `raters`; nobody answers twice for one face.
        answer: int64 `[M]`, an index of `options`.
    """

    faces: int
    raters: tuple[str, ...]
    options: tuple[str, ...]
    face: NDArray[np.int64]
    rater: NDArray[np.int64]
    answer: NDArray[np.int64]

    @classmethod
    def of(cls, table: Sequence[Sequence[int | None]], options: Sequence[str]) -> Ratings:
        """Makes ratings of a table of faces × raters.

        Args:
            table: For each face the raters' answers as indices of `options`; None where one did not answer.
            options: What could be answered.

        >>> Ratings.of([[0, 1, None], [None, 1, 1]], ["happy", "sad"]).counts().tolist()
        [[1, 1], [0, 2]]
        """
        entries = [
            (at, rater, answer)
            for at, row in enumerate(table)
            for rater, answer in enumerate(row)
            if answer is not None
        ]
        face, rater, answer = np.array(entries, np.int64).reshape(-1, 3).T
        raters = tuple(f"r{at + 1}" for at in range(max(map(len, table), default=0)))
        return cls(len(table), raters, tuple(options), face, rater, answer)

    def counts(self) -> NDArray[np.int64]:
        """How many raters gave each answer to each face: int64 `[faces, options]`."""
        width = len(self.options)
        found = np.bincount(self.face * width + self.answer, minlength=self.faces * width)
        return found.reshape(self.faces, width)

    def only(self, chosen: NDArray[np.bool_]) -> Ratings:
        """Some of the answers; faces, raters and options stay as they are.

        Args:
            chosen: bool `[M]`.
        """
        return Ratings(
            self.faces, self.raters, self.options, self.face[chosen], self.rater[chosen], self.answer[chosen]
        )

    def without_last(self) -> Ratings:
        """The answers but those that are the last option, which is none any more."""
        last = len(self.options) - 1
        chosen = self.only(self.answer < last)
        return Ratings(chosen.faces, chosen.raters, chosen.options[:last], chosen.face, chosen.rater, chosen.answer)
