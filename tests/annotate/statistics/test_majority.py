"""Votes, weighted and not."""

from __future__ import annotations

import numpy as np
import pytest

from annotate.statistics.majority import leading, shares, weighted_votes, weights
from annotate.statistics.ratings import Ratings

_ = None
SIXTEEN = [
    *([0, 0, _, 1], [1, 1, 1, _], [2, 2, 1, 2], [_, 0, 0, 0], [1, _, 2, 1], [2, 2, 2, 0], [0, 1, 0, _], [1, 1, _, 2]),
    *([2, _, 2, 2], [0, 0, 1, 0], [_, 2, 2, 1], [1, 1, 1, 1], [0, _, 0, 2], [2, 2, _, 2], [1, 0, 1, _], [0, 0, 0, 0]),
]


def test_weights_as_crowd_kit() -> None:
    """The skills of crowd-kit 1.4.2's `Wawa` for the same answers, in which no face is tied."""
    expected = [1.0, 0.8461538461538461, 0.7692307692307693, 0.6153846153846154]
    assert weights(Ratings.of(SIXTEEN, "abc")) == pytest.approx(expected, abs=1e-12)


def test_tied_answers_share_the_credit() -> None:
    """By hand: one of two tied answers counts a half."""
    assert weights(Ratings.of([[0, 1]], "ab")).tolist() == [0.5, 0.5]


def test_weights_decide_a_tie() -> None:
    """One good rater outweighs one bad one."""
    votes = weighted_votes(Ratings.of([[0, 1]], "ab"), np.array([0.9, 0.4]))
    assert votes.tolist() == [[0.9, 0.4]]
    assert leading(votes).tolist() == [[True, False]]


def test_shares_of_no_vote() -> None:
    """A face without votes has no shares, not a division by zero."""
    assert shares(np.array([[0, 0], [1, 3]])).tolist() == [[0, 0], [0.25, 0.75]]


def test_rounding_breaks_no_tie() -> None:
    """0.1 + 0.2 and 0.3 are the same weight, whatever the order of adding."""
    assert leading(np.array([[0.1 + 0.2, 0.3]])).tolist() == [[True, True]]
