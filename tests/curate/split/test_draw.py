"""The draw: shares met within one group's size, labels spread evenly, the same for a seed in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from curate.split.draw import Groups, draw

SHARES = st.sampled_from([(0.8, 0.1, 0.1), (0.7, 0.15, 0.15), (0.5, 0.5, 0.0), (0.34, 0.33, 0.33), (1.0, 0.0, 0.0)])
NOTHING = np.zeros((3, 4), np.int64)


@st.composite
def sizes(draw_: st.DrawFn, largest: int = 9) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Faces of four labels in each of 1 to 120 groups, most of one label."""
    rows = draw_(
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, largest), st.booleans()), min_size=1, max_size=120)
    )
    found = np.zeros((len(rows), 4), np.int64)
    for row, (label, size, mixed) in enumerate(rows):
        found[row, label] = size
        found[row, (label + 1) % 4] += mixed
    return found


def dealt(sizes: np.ndarray, shares: tuple[float, ...], seed: int = 0) -> np.ndarray:  # type: ignore[type-arg]
    """int64 `[3, L]`: faces of each label in each split."""
    splits = draw(Groups([str(row) for row in range(len(sizes))], sizes), shares, NOTHING, seed)
    return np.stack([sizes[splits == split].sum(axis=0) for split in range(3)])


@given(sizes(), SHARES, st.integers(0, 5))
def test_shares_are_met_within_one_group(
    sizes: np.ndarray,
    shares: tuple[float, ...],
    seed: int,  # type: ignore[type-arg]
) -> None:
    """No split has more or less than its share by as much as the largest group."""
    off = dealt(sizes, shares, seed).sum(axis=1) - np.array(shares) * sizes.sum()
    assert np.abs(off).max() < sizes.sum(axis=1).max() + 1e-6


@given(st.lists(st.integers(0, 3), min_size=1, max_size=300), SHARES, st.integers(0, 5))
def test_labels_are_spread_evenly(labels: list[int], shares: tuple[float, ...], seed: int) -> None:
    """Where each face is a group of its own, each label's share is met within two faces."""
    sizes = np.eye(4, dtype=np.int64)[labels]
    off = dealt(sizes, shares, seed) - np.array(shares)[:, None] * sizes.sum(axis=0)
    assert np.abs(off).max() <= 2


@given(sizes(), st.permutations(range(120)), st.integers(0, 5))
def test_order_plays_no_part(sizes: np.ndarray, order: list[int], seed: int) -> None:  # type: ignore[type-arg]
    """The same groups in another order get the same splits."""
    places = [place for place in order if place < len(sizes)]
    names = [str(row) for row in range(len(sizes))]
    one = draw(Groups(names, sizes), (0.8, 0.1, 0.1), NOTHING, seed)
    other = draw(Groups([names[place] for place in places], sizes[places]), (0.8, 0.1, 0.1), NOTHING, seed)
    assert one[places].tolist() == other.tolist()


def test_another_seed_draws_another_split() -> None:
    """Two seeds agree on about 0.8² + 2 · 0.1² = 66 % of 1,000 pictures."""
    groups = Groups([str(row) for row in range(1000)], np.ones((1000, 1), np.int64))
    one, other = (draw(groups, (0.8, 0.1, 0.1), NOTHING[:, :1], seed) for seed in (1, 2))
    assert 0.6 < np.mean(one == other) < 0.72


def test_what_is_there_counts() -> None:
    """A test split that has its share already gets nothing of what comes."""
    groups = Groups([str(row) for row in range(90)], np.ones((90, 1), np.int64))
    there = np.array([[0], [0], [10]])
    splits = draw(groups, (0.8, 0.1, 0.1), there, 0)
    assert np.bincount(splits, minlength=3).tolist() == [80, 10, 0]


def test_nothing_to_deal() -> None:
    """No group, no split."""
    assert draw(Groups([], np.zeros((0, 2), np.int64)), (0.8, 0.1, 0.1), NOTHING[:, :2], 0).tolist() == []


@pytest.mark.parametrize("shares", [(0.8, 0.2, 0.0), (0.0, 0.0, 1.0)])
def test_share_of_nothing_gets_nothing(shares: tuple[float, ...]) -> None:
    """A split whose share is 0 stays empty."""
    found = dealt(np.ones((50, 4), np.int64), shares)
    assert (found.sum(axis=1) > 0).tolist() == [share > 0 for share in shares]
