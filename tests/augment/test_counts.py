"""The strategies' arithmetic, worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, strategies as st

from augment.counts import effective, targets, to_collect
from schemas.settings import BalanceSettings

COUNTS = [37, 22, 38, 141, 30, 43, 85]
"""The paper's natural set."""
some = st.lists(st.integers(0, 500), min_size=7, max_size=7).filter(any)


def test_equal_brings_all_to_the_largest() -> None:
    """Happy has 141, and so has every class then."""
    assert targets(COUNTS, BalanceSettings()) == [141] * 7


def test_equal_with_a_target_leaves_larger_classes_as_they_are() -> None:
    """Nothing is thrown away: 141 and 85 stay."""
    assert targets(COUNTS, BalanceSettings(target=50)) == [50, 50, 50, 141, 50, 50, 85]


def test_undersample_takes_all_to_the_smallest() -> None:
    """Disgust has 22."""
    assert targets(COUNTS, BalanceSettings(strategy="undersample")) == [22] * 7


def test_undersample_with_a_target_leaves_smaller_classes_as_they_are() -> None:
    """Nothing is made up."""
    settings = BalanceSettings(strategy="undersample", target=40)
    assert targets(COUNTS, settings) == [37, 22, 38, 40, 30, 40, 40]


def test_undersample_does_not_go_to_an_empty_class() -> None:
    """One empty class must not empty all others."""
    assert targets([5, 0, 3], BalanceSettings(strategy="undersample")) == [3, 0, 3]


def test_an_empty_class_stays_empty() -> None:
    """Nothing is made of nothing."""
    assert targets([5, 0, 3], BalanceSettings()) == [5, 0, 5]
    assert targets([5, 0, 3], BalanceSettings(target=9)) == [9, 0, 9]


def test_effective_number_of_two_pictures() -> None:
    """With beta 0.9 the second picture is worth 0.9 of the first: 1.9."""
    assert effective(1, 0.9) == pytest.approx(1)
    assert effective(2, 0.9) == pytest.approx(1.9)


def test_effective_number_by_hand() -> None:
    """With beta 0.9: E(4) = 3.439, E(2) = 1.9; 2 × 3.439 / 1.9 = 3.62 is 4, 1 × 3.439 is 3."""
    assert targets([4, 2, 1], BalanceSettings(strategy="effective-number", beta=0.9)) == [4, 4, 3]


def test_effective_number_without_overlap_changes_nothing() -> None:
    """With beta 0 every class is worth one picture, whatever it has."""
    assert targets(COUNTS, BalanceSettings(strategy="effective-number", beta=0.0)) == COUNTS


def test_effective_number_near_one_is_equal() -> None:
    """With beta towards 1 a class is worth its count."""
    assert targets(COUNTS, BalanceSettings(strategy="effective-number", beta=0.999999)) == [141] * 7


def test_pictures_to_collect() -> None:
    """141 at ten showings each take 15 originals (14.1 rounded up): with 4 there are 11 to collect, with 22 none."""
    assert to_collect(4, 141, 10) == 11
    assert to_collect(22, 141, 10) == 0
    assert to_collect(0, 141, 0) == 1


@given(some, st.sampled_from(["equal", "effective-number"]), st.integers(0, 600))
def test_what_adds_never_takes_away(counts: list[int], strategy: str, target: int) -> None:
    """Each class has at least what it had, and an empty one nothing."""
    assume(strategy == "equal" or not target)
    for before, after in zip(counts, targets(counts, BalanceSettings(strategy=strategy, target=target)), strict=True):
        assert after >= before
        assert (after == 0) == (before == 0)


@given(some, st.floats(0, 0.9999))
def test_effective_number_keeps_the_order_of_the_classes(counts: list[int], beta: float) -> None:
    """A class with more originals never gets less than one with fewer, and none more than the largest."""
    after = targets(counts, BalanceSettings(strategy="effective-number", beta=beta))
    pairs = sorted(zip(counts, after, strict=True))
    assert [count for _, count in pairs] == sorted(after)
    assert max(after) == max(counts)
