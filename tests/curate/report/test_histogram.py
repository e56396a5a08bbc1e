"""Histograms."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given, strategies as st

from curate.report.histogram import BINS, HEIGHT, WIDTH, histogram

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


def test_no_value_has_no_histogram() -> None:
    """Values that are no numbers are none."""
    assert histogram(np.array([np.nan, np.nan]), np.zeros(2, bool), []) is None


def test_bars_count_values_and_those_out() -> None:
    """Three quarters in one bin, one of them out: a third of the tallest bar."""
    drawn = histogram(np.array([1.0, 1.0, 1.0, 2.0]), np.array([True, False, False, False]), [])
    assert drawn is not None
    assert drawn.tallest == 3
    assert [(bar.height, bar.out) for bar in drawn.bars] == [
        (HEIGHT, round(HEIGHT / 3, 2)),
        (round(HEIGHT / 3, 2), 0.0),
    ]


def test_one_among_many_can_be_seen() -> None:
    """One value in 100,000 has a bar of more than a pixel."""
    drawn = histogram(np.array([1.0] * 100_000 + [2.0]), np.zeros(100_001, bool), [2.0])
    assert drawn is not None
    assert min(bar.height for bar in drawn.bars) == 1.5


def test_logarithmic_axis_has_equal_steps_for_equal_ratios() -> None:
    """10, 100 and 1,000 stand at equal distances."""
    drawn = histogram(np.geomspace(1, 10_000, 200), np.zeros(200, bool), [100.0], logarithmic=True)
    assert drawn is not None
    place = {mark.text: mark.x for mark in drawn.ticks}
    assert abs((place["100"] - place["10"]) - (place["1,000"] - place["100"])) < 1e-6


@given(NUMBERS, st.floats(-1e3, 1e3))
def test_threshold_lies_between_two_bins(values: list[float], cut: float) -> None:
    """No bar stands on both sides of it."""
    drawn = histogram(np.array(values), np.zeros(len(values), bool), [cut])
    assert drawn is not None
    bins = drawn.thresholds[0].x / WIDTH * BINS
    assert abs(bins - round(bins)) < 1e-6


@given(NUMBERS, st.floats(0.1, 1e3))
def test_opposite_thresholds_both_lie_between_bins(values: list[float], cut: float) -> None:
    """As for an angle that may go to either side."""
    drawn = histogram(np.array(values), np.zeros(len(values), bool), [-cut, cut])
    assert drawn is not None
    for mark in drawn.thresholds:
        bins = mark.x / WIDTH * BINS
        assert abs(bins - round(bins)) < 1e-6


@given(NUMBERS, st.booleans())
@example(values=[5e-324], logarithmic=True)
def test_all_is_drawn_inside(values: list[float], logarithmic: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    """Bars, ticks and thresholds stay inside the plot, and no bar is higher than it."""
    drawn = histogram(np.array(values), np.ones(len(values), bool), [1.0], logarithmic=logarithmic)
    assert drawn is not None
    marks = [*drawn.ticks, *drawn.thresholds]
    assert all(-1e-6 <= mark.x <= WIDTH + 1e-6 for mark in marks)
    assert all(0 <= bar.x < WIDTH and 0 < bar.out <= bar.height <= HEIGHT for bar in drawn.bars)
