"""The Wilson score interval."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from workspace.interval import wilson

COUNTS = st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_the_papers_natural_set() -> None:
    """337 of 396, the paper's Table III: 81.26 to 88.27 per cent."""
    low, high = wilson(337, 396)
    assert (round(100 * low, 2), round(100 * high, 2)) == (81.26, 88.27)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(10, 20, 0.299298, 0.700702), (1, 10, 0.017876, 0.404150), (81, 263, 0.255289, 0.366210)],
)
def test_other_programs_agree(right: int, n: int, low: float, high: float) -> None:
    """As `statsmodels.stats.proportion.proportion_confint(right, n, method="wilson")` gives it (0.14.5)."""
    assert wilson(right, n) == pytest.approx((low, high), abs=1e-6)


def test_another_confidence() -> None:
    """With z = 1, 10 of 20 give (0.5 + 1/40 ± sqrt(0.25/20 + 1/1600)) / (1 + 1/20) by hand."""
    confidence = 0.6826894921370859  # of one standard deviation either side
    assert wilson(10, 20, confidence) == pytest.approx((0.390891, 0.609109), abs=1e-6)


def test_none_of_few_and_all_of_few() -> None:
    """At the ends of the scale the interval ends there, and is not empty: z²/(n + z²) for none of 10."""
    assert wilson(0, 10) == pytest.approx((0.0, 0.277533), abs=1e-6)
    assert wilson(10, 10) == pytest.approx((0.722467, 1.0), abs=1e-6)


def test_nothing_is_known_of_no_trials() -> None:
    """No face, no knowledge: the share may be anything."""
    assert wilson(0, 0) == (0.0, 1.0)


@given(COUNTS)
def test_interval_holds_the_share(counts: tuple[int, int]) -> None:
    """It lies within 0 to 1 and the share within it."""
    low, high = wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


@given(COUNTS)
def test_right_and_wrong_mirror_each_other(counts: tuple[int, int]) -> None:
    """The share that is wrong has the mirrored interval."""
    right, n = counts
    low, high = wilson(right, n)
    assert wilson(n - right, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize(("right", "n"), [(3, 2), (-1, 2)])
def test_more_right_than_there_are(right: int, n: int) -> None:
    """Counts that cannot be are a bug of the caller."""
    with pytest.raises(ValueError, match="cannot have come out"):
        wilson(right, n)
