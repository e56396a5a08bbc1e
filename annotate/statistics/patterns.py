"""Faces with the same answers, taken together: what depends on counts alone is worked out once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Patterns:
    """The different rows of a matrix of counts.

    Attributes:
        counts: int64 `[P, K]`, each row another.
        faces: int64 `[P]`, how many faces have it.
        of: int64 `[N]`, the row of each face.
    """

    counts: NDArray[np.int64]
    faces: NDArray[np.int64]
    of: NDArray[np.int64]


def patterns(counts: NDArray[np.int64]) -> Patterns:
    """Finds the different rows of a matrix of counts.

    Args:
        counts: int64 `[N, K]`, how many raters gave each of K answers to each face.

    >>> patterns(np.array([[2, 0], [1, 1], [2, 0]])).faces.tolist()
    [1, 2]
    """
    base = int(counts.max(initial=0)) + 1
    if base ** counts.shape[1] < 2**62:  # a row fits a number: sorting those is ten times as fast
        keys = counts @ (base ** np.arange(counts.shape[1], dtype=np.int64)[::-1])
        _, first, of, faces = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        return Patterns(counts[first], faces, of)
    rows, of, faces = np.unique(counts, axis=0, return_inverse=True, return_counts=True)
    return Patterns(rows, faces, of.ravel())
