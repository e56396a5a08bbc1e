"""From answers to a label, its confidence and its status, face by face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from annotate.statistics.dawid_skene import Fit, dawid_skene
from annotate.statistics.majority import leading, shares, weighted_votes, weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annotate.statistics.ratings import Ratings
    from schemas.settings import ConsensusSettings

AGREED, MAJORITY, TIE, DOUBTFUL, ADJUDICATED, UNUSABLE = range(6)
"""Indices of `STATUSES`."""
STATUSES = ("agreed", "majority", "tie", "doubtful", "adjudicated", "unusable")
UNDECIDED = ("tie", "doubtful")
"""Statuses of faces that an adjudicator is asked about."""


@dataclass(frozen=True)
class Decided:
    """What was decided.

    Attributes:
        option: int64 `[N]`, the winning option, which the status may yet set aside.
        confidence: float64 `[N]`, 0 to 1.
        status: int64 `[N]`, an index of `STATUSES`.
        soft: float64 `[N, K]`, votes or their weights, adjudicators' among them.
        adjudicated: bool `[N]`, whether an adjudicator decided.
        weight: float64 `[R]`, of each rater; 1 unless votes are weighted.
        fit: Of Dawid and Skene's model, where that is the method.
    """

    option: NDArray[np.int64]
    confidence: NDArray[np.float64]
    status: NDArray[np.int64]
    soft: NDArray[np.float64]
    adjudicated: NDArray[np.bool_]
    weight: NDArray[np.float64]
    fit: Fit | None


def decide(ratings: Ratings, adjudications: Ratings, settings: ConsensusSettings) -> Decided:
    """Decides every face.

    Args:
        ratings: Independent answers, `unusable` being the last option.
        adjudications: Adjudicators' answers; where most of them say the same, that is the label.
        settings: The method, and when a face is doubtful.
    """
    votes = ratings.counts()
    weight: NDArray[np.float64] = np.ones(len(ratings.raters))
    fit = None
    if settings.consensus_method == "dawid-skene":
        fit = dawid_skene(ratings.without_last(), smoothing=settings.rater_smoothing)
        score = _with_unusable(fit.posterior, shares(votes))
    elif settings.consensus_method == "weighted":
        weight = weights(ratings)
        score = shares(weighted_votes(ratings, weight))
    else:
        score = shares(votes)
    status = _status(votes, score, settings)
    option, confidence = score.argmax(axis=1), score.max(axis=1)
    last = shares(adjudications.counts())
    decided = leading(last).sum(axis=1) == 1
    option = np.where(decided, last.argmax(axis=1), option)
    confidence = np.where(decided, last.max(axis=1), confidence)
    status = np.where(decided, ADJUDICATED, status)
    set_aside = np.isin(status, (TIE, DOUBTFUL))
    status = np.where((option == votes.shape[1] - 1) & ~set_aside, UNUSABLE, status)
    soft = weighted_votes(ratings, weight) + adjudications.counts()
    return Decided(option, confidence, status, soft, decided, weight, fit)


def confusion(counts: NDArray[np.int64], faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The human confusion matrix: each answer by what most of the others said of the face, int64 `[K, K]`.

    An answer must not be judged by a majority that it is part of. Where the others are tied, or there are none, it is
    not counted.

    Args:
        counts: int64 `[P, K]`, how many gave each answer.
        faces: int64 `[P]`, how many faces have these counts.

    Returns:
        Rows: what most of the others said; columns: the answer.

    >>> confusion(np.array([[2, 1]]), np.array([10])).tolist()
    [[0, 10], [0, 0]]
    """
    options = counts.shape[1]
    table = np.zeros((options, options), np.int64)
    for answer in range(options):
        given = counts[:, answer] > 0
        others = counts[given].copy()
        others[:, answer] -= 1
        first = leading(others)
        clear = first.sum(axis=1) == 1
        times = (faces * counts[:, answer])[given][clear]
        table[:, answer] = np.bincount(first[clear].argmax(axis=1), times, options)
    return table


def _with_unusable(posterior: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of the expressions, and `unusable` by votes alone: float64 `[N, K]`.

    As a class of the model it would be the one that is never seen clearly, and gather all faces that puzzle raters.
    """
    unusable = leading(share)[:, -1]
    score = np.concatenate([posterior, np.zeros((len(posterior), 1))], axis=1)
    return np.where(unusable[:, None], share, score)


def _status(votes: NDArray[np.int64], score: NDArray[np.float64], settings: ConsensusSettings) -> NDArray[np.int64]:
    raters = votes.sum(axis=1)
    alike = votes[np.arange(len(votes)), score.argmax(axis=1)] == raters
    status = np.where(alike, AGREED, MAJORITY)
    status = np.where(score.max(axis=1) <= settings.min_label_confidence, DOUBTFUL, status)
    status = np.where(raters < settings.min_raters, DOUBTFUL, status)
    return np.where(leading(score).sum(axis=1) > 1, TIE, status)
