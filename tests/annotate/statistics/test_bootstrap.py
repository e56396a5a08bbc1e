"""Bootstrap intervals."""

from __future__ import annotations

import numpy as np
import pytest

from annotate.statistics.bootstrap import clusters, intervals
from annotate.statistics.coefficients import coefficients, summands, sums
from annotate.statistics.patterns import patterns


def test_mean_of_known_spread() -> None:
    """Of 400 faces, half of them 1: the interval of the mean is 0.5 ± 1.96 × 0.025."""
    found = intervals(
        np.array([[0.0, 1.0], [1.0, 1.0]]),
        np.array([200, 200]),
        lambda totals: totals[:, :1] / totals[:, 1:],
        replicates=5000,
    )
    assert found[0] == pytest.approx([0.451, 0.549], abs=0.003)


def test_same_seed_same_interval() -> None:
    """Another seed gives another, not far away."""

    def interval(seed: int) -> list[float]:
        mean = intervals(
            np.array([[0.0, 1.0], [1.0, 1.0]]),
            np.array([30, 20]),
            lambda totals: totals[:, :1] / totals[:, 1:],
            replicates=500,
            seed=seed,
        )
        return [float(end) for end in mean[0]]

    assert interval(1) == interval(1)
    assert interval(1) == pytest.approx(interval(2), abs=0.05)


def test_faces_of_one_source_are_drawn_together() -> None:
    """By hand: two single faces of one kind are one row that stands for two; a pair is a row of its own."""
    rows = np.array([[1.0, 0.0], [0.0, 1.0]])
    summed, times = clusters(rows, np.array([0, 0, 1, 0]), np.array([0, 1, 2, 2]))
    assert summed.tolist() == [[1, 0], [1, 1]]
    assert times.tolist() == [2, 1]


def test_groups_widen_the_interval() -> None:
    """Ten copies of each of 40 faces tell no more than 40 faces: the interval is √10 as wide as if they were 400."""
    counts = np.repeat(np.random.default_rng(0).multinomial(5, [0.6, 0.4], 40), 10, axis=0)
    kinds = patterns(counts)

    def width(groups: np.ndarray) -> float:
        found = intervals(
            *clusters(summands(kinds.counts), kinds.of, groups),
            lambda totals: coefficients(sums(totals, 2), 1 - np.eye(2)).observed[:, None],
            replicates=1000,
        )
        return float(found[0, 1] - found[0, 0])

    ratio = width(np.arange(400) // 10) / width(np.arange(400))
    assert ratio == pytest.approx(10**0.5, rel=0.15)


def test_one_face_has_no_interval() -> None:
    """Nothing is known of what other faces would give."""
    assert np.isnan(intervals(np.ones((1, 1)), np.array([1]), lambda totals: totals, replicates=100)).all()


def test_covers_at_its_nominal_rate() -> None:
    """Of 200 samples of 150 faces, about 95 % of the intervals of κ hold the true value (99.9 %: 88 to 99 %)."""
    random = np.random.default_rng(5)
    chances = np.array([[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.2, 0.3, 0.5]])
    shares = np.array([0.5, 0.3, 0.2])
    # Two answers are independent given the class: they agree with Σ s_c Σ_k p_ck².
    marginal = shares @ chances
    agree, chance = float(shares @ (chances**2).sum(axis=1)), float((marginal**2).sum())
    true = (agree - chance) / (1 - chance)
    held = 0
    for seed in range(200):
        counts = random.multinomial(4, chances[random.choice(3, 150, p=shares)])
        kinds = patterns(counts)
        found = intervals(
            summands(kinds.counts),
            kinds.faces,
            lambda totals: coefficients(sums(totals, 3), 1 - np.eye(3)).fleiss[:, None],
            replicates=400,
            seed=seed,
        )
        held += bool(found[0, 0] <= true <= found[0, 1])
    assert 176 <= held <= 198
