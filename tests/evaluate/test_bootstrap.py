"""Intervals by resampling."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from evaluate.bootstrap import interval, resample


def mean(sums: np.ndarray) -> np.ndarray:
    """The mean of the first column, whose count the second has."""
    return sums[..., :1] / sums[..., 1:]


def table(values: np.ndarray) -> np.ndarray:
    """Values and ones."""
    return np.stack([values, np.ones(len(values))], axis=1)


def test_as_scipy() -> None:
    """Equal to `scipy.stats.bootstrap` with BCa, up to the chance of 20,000 resamples, on a skewed sample."""
    values = np.random.default_rng(3).exponential(size=40)
    low, high = interval(resample(table(values), np.arange(40), 20_000, 0), mean)
    peer = scipy.stats.bootstrap((values,), np.mean, n_resamples=20_000, rng=1, method="BCa").confidence_interval
    assert (low[0], high[0]) == pytest.approx((peer.low, peer.high), abs=0.015)


def test_counting_kinds_is_drawing_one_by_one() -> None:
    """Equal faces counted once give the spread that drawing each face gives: √(0.3 · 0.7 / 5000)."""
    few = np.repeat([1.0, 0.0], [1500, 3500])
    many = few + np.linspace(0, 1e-9, 5000)  # no two are equal: drawn one by one
    expected = np.sqrt(0.3 * 0.7 / 5000)
    for values in (few, many):
        drawn = mean(resample(table(values), np.arange(5000), 2000, 0).sums)
        assert drawn.std() == pytest.approx(expected, rel=0.06)


def test_faces_of_a_group_are_drawn_together() -> None:
    """Twenty copies of each of 50 faces are no more certain than the 50."""
    once = np.repeat([1.0, 0.0], 25)
    copies, groups = np.repeat(once, 20), np.repeat(np.arange(50), 20)
    alone = interval(resample(table(once), np.arange(50), 5000, 0), mean)
    together = interval(resample(table(copies), groups, 5000, 0), mean)
    assert [float(end[0]) for end in together] == pytest.approx([float(end[0]) for end in alone], abs=1e-12)


@pytest.mark.parametrize(("groups", "holds"), [(5, False), (20, True)])
def test_few_groups_promise_too_much(groups: int, *, holds: bool) -> None:
    """Of 300 sets of groups of ten that err together, the interval should hold the true share in 95 %."""
    random = np.random.default_rng(1)
    true, hits = 0.7, 0
    for seed in range(300):
        right = random.binomial(10, random.beta(2.8, 1.2, groups))  # mean 0.7, intraclass correlation 0.2
        sums = np.stack([right, np.full(groups, 10)], axis=1).astype(float)
        low, high = interval(resample(sums, np.arange(groups), 500, seed), mean)
        hits += bool(low[0] <= true <= high[0])
    assert (hits / 300 > 0.92) is holds


def test_same_seed_same_interval() -> None:
    """And another seed another one."""
    values = np.random.default_rng(0).normal(size=30)
    ends = [interval(resample(table(values), np.arange(30), 200, seed), mean)[0][0] for seed in (1, 1, 2)]
    assert ends[0] == ends[1] != ends[2]


def test_no_spread_no_interval() -> None:
    """An interval of no width would claim a certainty that is not there."""
    low, high = interval(resample(table(np.ones(10)), np.arange(10), 100, 0), mean)
    assert np.isnan(low[0])
    assert np.isnan(high[0])


def test_resamples_without_the_class_are_passed_over() -> None:
    """A figure that some resamples cannot tell has an interval of the others."""

    def share(sums: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return sums[..., :1] / (sums[..., :1] + sums[..., 1:])

    rare = np.array([[1.0, 0.0], [0.0, 1.0], *[[0.0, 0.0]] * 8])
    low, high = interval(resample(rare, np.arange(10), 2000, 0), share)
    assert 0 <= low[0] <= 0.5 <= high[0] <= 1


def test_a_single_face() -> None:
    """It gives no interval, and no error."""
    with np.errstate(invalid="ignore"):
        low, _ = interval(resample(table(np.ones(1)), np.arange(1), 100, 0), mean)
    assert np.isnan(low[0])
