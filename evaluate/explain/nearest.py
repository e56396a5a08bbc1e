"""The training pictures that a network finds most like a face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS = 4096


def nearest(
    faces: NDArray[np.float32], known: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Finds the nearest by the cosine of the angle between embeddings.

    Args:
        faces: float32 `[N, D]`.
        known: float32 `[M, D]`.
        count: How many of them; fewer where M is less.

    Returns:
        Their places among the known, int64 `[N, count]`, the nearest first and of equally near ones the first; and the
        cosines, -1 to 1. A vector of zeros has the cosine 0 to all.

    Examples:
        >>> places, cosines = nearest(np.array([[1.0, 1.0]]), np.array([[0.0, 3.0], [2.0, 2.0], [-1.0, -1.0]]), 2)
        >>> places.tolist(), cosines.round(4).tolist()
        ([[1, 0]], [[1.0, 0.7071]])
    """
    wanted = _unit(faces)
    cosines = np.concatenate([wanted @ _unit(known[at : at + _ROWS]).T for at in range(0, len(known), _ROWS)], axis=1)
    places = np.argsort(-cosines, axis=1, kind="stable")[:, :count].astype(np.int64)
    return places, np.take_along_axis(cosines, places, axis=1)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    unit: NDArray[np.float64] = wide / np.where(lengths > 0, lengths, 1.0)
    return unit
