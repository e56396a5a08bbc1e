"""Which few of many are shown."""

from __future__ import annotations

from hypothesis import given, strategies as st

from curate.report.examples import doubtful_first, spread


@given(st.lists(st.integers(), unique=True), st.integers(1, 20))
def test_spread_shows_each_once_in_order(items: list[int], most: int) -> None:
    """As many as allowed, none twice, in their order."""
    shown = spread(items, most)
    assert len(shown) == min(most, len(items))
    assert [item for item in items if item in shown] == shown


@given(st.lists(st.integers(), unique=True), st.integers(2, 20))
def test_doubtful_ones_come_first(items: list[int], most: int) -> None:
    """The front of the list is shown, and nothing twice."""
    shown = doubtful_first(items, most)
    front = (most + 1) // 2
    assert shown[:front] == items[:front]
    assert len(shown) == len(set(shown)) == min(most, len(items))
