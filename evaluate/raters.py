"""The network beside the people who labelled the faces."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from evaluate.calibration import LEAST, brier_scores
from evaluate.result import Band, Estimate, Raters
from evaluate.shares import share

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evaluate.result import Answers

    Floats = NDArray[np.float64]

_BANDS = (
    (0.9, "at least 9 in 10 agree"),
    (0.7, "7 to 9 in 10 agree"),
    (0.5, "5 to 7 in 10 agree"),
    (0.0, "fewer than half agree"),
)
"""Least share of the commonest answer, and the band's name; the first that fits counts."""
_SLACK = 1e-6
"""Shares are stored in single precision."""


def divergences(shares: Floats, probabilities: Floats) -> Floats:
    """Kullback–Leibler divergence of the network from the raters, Σ s ln(s / p), float64 `[N]`, nats.

    Args:
        shares: float `[N, K]`, the raters'.
        probabilities: float `[N, K]`, the network's; at least 1.2e-7 is assumed.

    >>> divergences(np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])).round(4).tolist()
    [0.6931]
    """
    ratio = np.log(np.maximum(shares, np.finfo(float).tiny) / np.maximum(probabilities, LEAST))
    result: Floats = np.where(shares > 0, shares * ratio, 0.0).sum(1)
    return result


def leave_one_out(votes: NDArray[np.int64], answers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The human confusion matrix: each vote against the commonest of the other votes on the same face.

    A vote must not be judged by a majority it is part of. Faces whose other votes tie tell nothing and are passed
    over.

    Args:
        votes: int `[N, K]`.
        answers: int `[N]`, the network's.

    Returns:
        int64 `[K, K]` of the raters, and the network's against the same rows, every face as often as it has votes.

    >>> raters, network = leave_one_out(np.array([[2, 1]]), np.array([1]))
    >>> raters.tolist(), network.tolist()
    ([[0, 1], [0, 0]], [[0, 1], [0, 0]])
    """
    classes = votes.shape[1]
    human, network = np.zeros((2, classes, classes), np.int64)
    for said in range(classes):
        others = votes.copy()
        others[:, said] -= 1
        most = others.max(1)
        told = (votes[:, said] > 0) & (most > 0) & ((others == most[:, None]).sum(1) == 1)
        reference, times = others[told].argmax(1), votes[told, said]
        np.add.at(human, (reference, said), times)
        np.add.at(network, (reference, answers[told]), times)
    return human, network


def raters(answers: Answers, mean: Callable[[Floats, NDArray[np.int64]], Estimate]) -> Raters | None:
    """Compares the network with the raters' distributions and votes.

    Args:
        answers: With `shares`, and `votes` where they are known.
        mean: Values of some faces and their groups -> their mean with its interval.

    Returns:
        None where no face has a distribution.
    """
    if answers.shares is None:
        return None
    rated = np.flatnonzero(answers.rated)
    if not len(rated):
        return None
    shares, given = answers.shares[rated], answers.probabilities[rated]
    groups, top = answers.groups[rated], shares.max(1)
    clear = (shares > top[:, None] - _SLACK).sum(1) == 1
    human, network = _matrices(answers)
    return Raters(
        faces=len(rated),
        kl=mean(divergences(shares, given), groups),
        brier=mean(brier_scores(given, shares), groups),
        plurality=share((given.argmax(1) == shares.argmax(1))[clear], groups[clear]),
        bands=_bands(top, answers.correct[rated], groups),
        matrix=None if human is None else _rows(human),
        network_matrix=None if network is None else _rows(network),
        rater_accuracy=_diagonal(human),
        network_accuracy=_diagonal(network),
    )


def band(agreement: Floats) -> NDArray[np.str_]:
    """The band of each face by the share of its commonest answer; `unknown` for NaN."""
    names = np.full(len(agreement), "unknown", dtype=object)
    for least, name in reversed(_BANDS):
        names[agreement >= least - _SLACK] = name
    return names.astype(str)


def _bands(agreement: Floats, correct: NDArray[np.bool_], groups: NDArray[np.int64]) -> tuple[Band, ...]:
    names = band(agreement)
    return tuple(
        Band(name, int((names == name).sum()), share(correct[names == name], groups[names == name]))
        for _, name in _BANDS
        if (names == name).any()
    )


def _matrices(answers: Answers) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]:
    if answers.votes is None:
        return None, None
    human, network = leave_one_out(answers.votes, answers.predicted)
    return (human, network) if human.any() else (None, None)


def _diagonal(matrix: NDArray[np.int64] | None) -> float:
    return math.nan if matrix is None else float(np.trace(matrix) / matrix.sum())


def _rows(matrix: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(int(count) for count in row) for row in matrix)
