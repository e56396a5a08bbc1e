"""What a further label of a face is worth: where the model doubts, raters differ, or a class is rare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def uncertainty(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy of the model's answer over that of complete doubt, 0 to 1: float64 `[N]`.

    Args:
        probabilities: float64 `[N, K]`, rows sum to 1.

    >>> uncertainty(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    logarithms = np.log(np.where(probabilities > 0, probabilities, 1))
    entropy: NDArray[np.float64] = -(probabilities * logarithms).sum(axis=1) / np.log(probabilities.shape[1])
    return np.maximum(entropy, 0.0)


def disagreement(votes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of pairs of raters who differ, 0 to 1; 0 where fewer than two have answered: float64 `[N]`.

    Args:
        votes: int64 `[N, K]`.

    >>> disagreement(np.array([[2, 0], [1, 1], [2, 1]])).round(3).tolist()
    [0.0, 1.0, 0.667]
    """
    answers = votes.sum(axis=1)
    pairs = answers * (answers - 1)
    same = (votes * (votes - 1)).sum(axis=1)
    return np.where(pairs > 0, 1 - same / np.maximum(pairs, 1), 0.0)


def deficit(expected: NDArray[np.float64], labelled: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far a face is likely to be of a class that lacks faces, 0 to 1: float64 `[N]`.

    A class lacks 1 - n / m, n being its labelled faces and m those of the commonest class.

    Args:
        expected: float64 `[N, K]`, how likely the face is of each class; rows of zeros where nothing is known.
        labelled: int64 `[K]`, faces of each class that are labelled.

    >>> deficit(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([10, 40])).tolist()
    [0.75, 0.375]
    """
    most = max(1, int(labelled.max(initial=0)))
    lacking: NDArray[np.float64] = expected @ (1 - labelled / most)
    return lacking


def ranked(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The place of each value among all, 0 to 1, equal ones sharing the middle of theirs: float64 `[N]`.

    So the three scores, whose scales have nothing in common, can be weighed against each other.

    >>> ranked(np.array([3.0, 9.0, 3.0])).tolist()
    [0.25, 1.0, 0.25]
    """
    if len(values) < 2:
        return np.zeros(len(values))
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times) - 1
    middle: NDArray[np.float64] = (last - (times - 1) / 2)[place] / (len(values) - 1)
    return middle
