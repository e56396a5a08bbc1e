"""Dawid and Skene's model: every rater has a confusion matrix of their own, and the truth is what makes them likely.

A. P. Dawid and A. M. Skene, "Maximum likelihood estimation of observer error-rates using the EM algorithm", Applied
Statistics 28 (1979). A rater who sees surprise in every second fearful face is believed less when they say surprise,
and as before when they say happy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annotate.statistics.ratings import Ratings


@dataclass(frozen=True)
class Fit:
    """What was found.

    Attributes:
        posterior: float64 `[N, K]`, probability of each true class; the shares of all faces where nobody answered.
        prior: float64 `[K]`, share of each class.
        confusion: float64 `[R, K, K]`: probability that a rater gives the answer of the column, the truth being that
            of the row.
        steps: Steps of the EM algorithm that were made.
        change: Greatest change of a probability in the last one.
    """

    posterior: NDArray[np.float64]
    prior: NDArray[np.float64]
    confusion: NDArray[np.float64]
    steps: int
    change: float


_LEAST = 1e-10
"""Least probability: an answer that was never seen of a rater must not forbid a class for ever."""


def dawid_skene(ratings: Ratings, *, smoothing: float = 3.0, most: int = 500, tolerance: float = 1e-3) -> Fit:
    """Fits the model with the EM algorithm, from the shares of the votes.

    To start from the votes, never from chance, gives the same result each time, and keeps the classes in their
    places: the model alone could call every fear a surprise and every surprise a fear.

    Args:
        ratings: Whose answers are believed by their record; any may be missing.
        smoothing: Answers' worth of the pooled confusion of all raters that is added to each rater's own, for each
            true class. 0 is maximum likelihood, which takes three answers to a rare class for a rater's whole
            character; 3 did best with 200 to 3,000 faces (docs/agreement.md).
        most: Most steps.
        tolerance: It ends when no probability changes by more.
    """
    votes = ratings.counts().astype(np.float64)
    answers = votes.sum(axis=1, keepdims=True)
    posterior = np.where(answers > 0, votes / np.maximum(answers, 1), votes.sum(axis=0) / max(1, votes.sum()))
    order = np.argsort(ratings.face, kind="stable")
    face, cell = ratings.face[order], (ratings.rater * len(ratings.options) + ratings.answer)[order]
    starts = np.flatnonzero(np.r_[True, face[1:] != face[:-1]]) if len(face) else np.zeros(0, np.int64)
    steps, change = 0, np.inf
    while steps < most and change > tolerance:
        prior, confusion = _maximise(posterior, face, cell, len(ratings.raters), smoothing)
        with np.errstate(divide="ignore"):
            table = np.log(np.maximum(confusion, _LEAST)).transpose(0, 2, 1).reshape(-1, votes.shape[1])
            likely = np.tile(np.log(np.maximum(prior, _LEAST)), (ratings.faces, 1))
        if len(face):
            likely[face[starts]] += np.add.reduceat(table[cell], starts, axis=0)
        likely -= likely.max(axis=1, keepdims=True)
        new = np.exp(likely)
        new /= new.sum(axis=1, keepdims=True)
        change = float(np.abs(new - posterior).max(initial=0))
        posterior, steps = new, steps + 1
    prior, confusion = _maximise(posterior, face, cell, len(ratings.raters), smoothing)
    return Fit(posterior, prior, confusion, steps, change)


def _maximise(
    posterior: NDArray[np.float64], face: NDArray[np.int64], cell: NDArray[np.int64], raters: int, smoothing: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares of the classes and confusion matrices, given the probabilities of the truth."""
    options = posterior.shape[1]
    counts = np.empty((raters, options, options))
    for true in range(options):
        weights = posterior[face, true]
        counts[:, true, :] = np.bincount(cell, weights, raters * options).reshape(raters, options)
    if smoothing:
        pooled = counts.sum(axis=0) + 1 / options
        counts += smoothing * pooled / pooled.sum(axis=1, keepdims=True)
    rows = counts.sum(axis=2, keepdims=True)
    answered = np.unique(face)
    prior = posterior[answered].mean(axis=0) if len(answered) else np.full(options, 1 / options)
    return prior, np.where(rows > 0, counts / np.where(rows > 0, rows, 1), 1 / options)
