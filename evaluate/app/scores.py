"""What FiftyOne's brain would say of faces, by its published definitions, in numpy: nothing is downloaded for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NEIGHBOURS = (0.6, 0.3, 0.1)
"""Weights of the distances to the nearest, second and third nearest face, as in FiftyOne's uniqueness."""
_AXES = 32
"""Principal components in which neighbours are looked for: of a network's 256 numbers they carry nearly all."""
_ROWS = 1024


def hardness(probabilities: Floats) -> Floats:
    """How undecided the network is: the entropy of its answer, 0 to ln K nats.

    Args:
        probabilities: `[N, K]`, rows of a sum of 1.

    Examples:
        >>> hardness(np.array([[1.0, 0.0], [0.5, 0.5]])).round(4).tolist()
        [0.0, 0.6931]
    """
    known = np.where(probabilities > 0, probabilities, 1.0)
    found: Floats = np.abs(-(probabilities * np.log(known)).sum(axis=1))
    return found


def mistakenness(probabilities: Floats, labels: NDArray[np.int64]) -> Floats:
    """How likely the label is wrong, 0 to 1: near 1 where the network is sure of another answer, near 0 of the label.

    (1 ± exp(-H)) / 2, H the entropy of the answer, + where the answer is not the label.

    Args:
        probabilities: `[N, K]`, rows of a sum of 1.
        labels: `[N]`, numbers of classes.

    Examples:
        >>> mistakenness(np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]), np.array([0, 0, 0])).tolist()
        [0.0, 0.25, 1.0]
    """
    sign = np.where(probabilities.argmax(axis=1) == labels, -1.0, 1.0)
    found: Floats = (1 + sign * np.exp(-hardness(probabilities))) / 2
    return found


def principal(embedding: NDArray[np.float32], axes: int = _AXES) -> Floats:
    """The first principal components; each axis points to where most of its weights are positive.

    Args:
        embedding: `[N, D]`.
        axes: How many; fewer where N or D is less.

    Returns:
        `[N, axes]`.

    Examples:
        >>> principal(np.array([[0, 0], [3, 4], [6, 8]], np.float32), 1).ravel().round(6).tolist()
        [-5.0, 0.0, 5.0]
    """
    centred = embedding.astype(np.float64) - embedding.mean(axis=0, dtype=np.float64)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    chosen = vectors[:, ::-1][:, :axes]
    found: Floats = centred @ (chosen * np.where(chosen.sum(axis=0) < 0, -1.0, 1.0))
    return found


def uniqueness(points: Floats) -> Floats:
    """How unlike all other faces a face is, 0 to 1, 1 being the one most unlike the others.

    The weighted mean of the distances to its three nearest neighbours over the greatest such mean.

    Args:
        points: `[N, D]`.

    Returns:
        `[N]`; ones where there are no more than three faces.

    Examples:
        >>> uniqueness(np.array([[0.0], [1.0], [2.0], [3.0], [13.0]])).round(3).tolist()
        [0.143, 0.105, 0.105, 0.143, 1.0]
    """
    if len(points) <= len(NEIGHBOURS):
        return np.ones(len(points))
    squares = (points**2).sum(axis=1)
    means = np.empty(len(points))
    for start in range(0, len(points), _ROWS):
        rows = slice(start, start + _ROWS)
        distances = squares[rows, None] + squares - 2 * points[rows] @ points.T
        distances[np.arange(len(distances)), np.arange(start, start + len(distances))] = np.inf
        nearest = np.partition(distances, len(NEIGHBOURS) - 1, axis=1)[:, : len(NEIGHBOURS)]
        means[rows] = np.sqrt(np.maximum(np.sort(nearest, axis=1), 0)) @ np.array(NEIGHBOURS)
    found: Floats = means / (means.max() or 1.0)
    return found
