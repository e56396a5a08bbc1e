"""Votes, and votes that are weighted by how far a rater goes with the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annotate.statistics.ratings import Ratings

_SAME = 1e-9
"""Sums of weights that differ by less are a tie: the order of adding must not decide."""


def shares(votes: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    """The distribution of votes: float64 `[N, K]`, rows sum to 1, or are 0 where there is no vote.

    Args:
        votes: float64 or int64 `[N, K]`, votes or their weights.
    """
    total = votes.sum(axis=1, keepdims=True)
    result: NDArray[np.float64] = votes / np.where(total > 0, total, 1)
    return result


def leading(votes: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.bool_]:
    """The answers with the most votes: bool `[N, K]`, more than one in a row where there is a tie, none without votes.

    >>> leading(np.array([[2, 1, 0], [1, 1, 0]])).tolist()
    [[True, False, False], [True, True, False]]
    """
    most = votes.max(axis=1, keepdims=True, initial=0)
    first: NDArray[np.bool_] = (votes >= most - _SAME * np.maximum(most, 1)) & (most > 0)
    return first


def weights(ratings: Ratings) -> NDArray[np.float64]:
    """How far each rater goes with the majority: float64 `[R]`, 0 to 1.

    The share of a rater's answers that are the majority's; where n answers are tied, giving one of them counts 1/n.
    Weighting votes by it is Wawa, 'worker agreement with aggregate', as Appen and crowd-kit call it.

    Args:
        ratings: Answers of all raters.
    """
    first = leading(ratings.counts())
    credit = shares(first.astype(np.int64))[ratings.face, ratings.answer]
    answers = np.bincount(ratings.rater, minlength=len(ratings.raters))
    agreed = np.bincount(ratings.rater, credit, len(ratings.raters))
    weight: NDArray[np.float64] = agreed / np.maximum(answers, 1)
    return weight


def weighted_votes(ratings: Ratings, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of those who gave each answer to each face, added up: float64 `[N, K]`.

    Args:
        ratings: Answers of all raters.
        weight: float64 `[R]`, of each rater.
    """
    width = len(ratings.options)
    cells = ratings.face * width + ratings.answer
    found = np.bincount(cells, weight[ratings.rater], ratings.faces * width).astype(np.float64)
    return found.reshape(ratings.faces, width)
