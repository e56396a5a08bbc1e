"""The network beside the people who labelled the faces."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from evaluate.raters import band, divergences, leave_one_out, raters
from evaluate.result import Answers, Estimate


def mean(values: np.ndarray, _: np.ndarray) -> Estimate:
    """A mean without an interval."""
    return Estimate(float(values.mean()))


def answers(shares: list[list[float]], given: list[list[float]], votes: np.ndarray | None = None) -> Answers:
    """Faces labelled 0, with a distribution of raters."""
    count = len(shares)
    return Answers(
        classes=("angry", "disgust", "fear"),
        names=tuple(map(str, range(count))),
        labels=np.zeros(count, np.int64),
        probabilities=np.array(given),
        groups=np.arange(count),
        votes=votes,
        shares=np.array(shares),
    )


def test_divergence_as_scipy() -> None:
    """Equal to `scipy.stats.entropy` of two distributions."""
    random = np.random.default_rng(0)
    shares, given = random.dirichlet(np.ones(5), 20), random.dirichlet(np.ones(5), 20)
    np.testing.assert_allclose(divergences(shares, given), scipy.stats.entropy(shares, given, axis=1))


def test_votes_nobody_gave_cost_nothing() -> None:
    """0 · ln 0 is 0; an answer the network rules out costs at most what float32 can tell."""
    found = divergences(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))
    assert found[0] == pytest.approx(-np.log(2**-23), rel=1e-6)


def test_each_vote_is_held_against_the_others() -> None:
    """Of 3 + 1 votes, three see (2, 1) others and agree; the one sees (3, 0) and does not."""
    human, network = leave_one_out(np.array([[3, 1, 0]]), np.array([2]))
    assert human.tolist() == [[3, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert network.tolist() == [[0, 0, 4], [0, 0, 0], [0, 0, 0]]


def test_a_tie_among_the_others_tells_nothing() -> None:
    """Of 2 + 1 votes, the two see a tie (1, 1) and are passed over."""
    human, _ = leave_one_out(np.array([[2, 1, 0]]), np.array([0]))
    assert human.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


def test_a_single_vote_tells_nothing() -> None:
    """There are no others to hold it against."""
    human, _ = leave_one_out(np.array([[1, 0, 0]]), np.array([0]))
    assert not human.any()


def test_plurality_passes_ties_over() -> None:
    """Of three faces one is a tie; of the others one is met."""
    found = raters(
        answers([[0.6, 0.4, 0], [0.2, 0.8, 0], [0.5, 0.5, 0]], [[0.9, 0.1, 0], [0.9, 0.1, 0], [0.9, 0.1, 0]]), mean
    )
    assert found is not None
    assert found.plurality.value == 0.5
    assert found.faces == 3


def test_brier_against_shares_by_hand() -> None:
    """Two distances of 0.1 give 0.1² + 0.1² = 0.02."""
    found = raters(answers([[0.6, 0.4, 0]], [[0.5, 0.5, 0]]), mean)
    assert found is not None
    assert found.brier.value == pytest.approx(0.02)


def test_faces_without_raters_are_passed_over() -> None:
    """A row of NaN is a face that nobody rated; where that is all there is, there is nothing to say."""
    nan = float("nan")
    found = raters(answers([[nan] * 3, [1.0, 0, 0]], [[1, 0, 0], [1, 0, 0]]), mean)
    assert found is not None
    assert found.faces == 1
    assert raters(answers([[nan] * 3], [[1, 0, 0]]), mean) is None


def test_bands() -> None:
    """A share on the border belongs to the band above, single precision or not."""
    shares = np.array([1.0, np.float32(0.9), 0.89, 0.7, 0.5, 0.4, np.nan])
    assert band(shares).tolist() == [
        "at least 9 in 10 agree",
        "at least 9 in 10 agree",
        "7 to 9 in 10 agree",
        "7 to 9 in 10 agree",
        "5 to 7 in 10 agree",
        "fewer than half agree",
        "unknown",
    ]
