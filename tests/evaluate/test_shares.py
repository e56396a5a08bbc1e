"""A share of faces with its Wilson interval."""

from __future__ import annotations

import numpy as np
import pytest

from evaluate.shares import share


def test_published_interval() -> None:
    """337 of 396 have 81.26 to 88.27 %, as `statsmodels` 0.15.0 gives: 0.8125732744414276, 0.8827023000823913."""
    found = share(np.repeat([True, False], [337, 59]))
    assert (found.low, found.high) == pytest.approx((0.8125732744414276, 0.8827023000823913), abs=1e-12)
    assert found.method == "wilson"


def test_groups_of_one_change_nothing() -> None:
    """Faces that share nothing are independent."""
    right = np.repeat([True, False], [30, 10])
    assert share(right, np.arange(40)) == share(right)


def test_copies_count_once() -> None:
    """Twenty copies of each of 50 faces have nearly the interval of the 50: a variance divides by 49 instead of 50."""
    once = np.repeat([True, False], 25)
    alone, copied = share(once), share(np.repeat(once, 20), np.repeat(np.arange(50), 20))
    assert copied.value == alone.value
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high), abs=0.002)


def test_groups_never_narrow_an_interval() -> None:
    """Groups that are more mixed than chance would have them do not make faces tell more than one each."""
    right = np.tile([True, False], 20)
    assert share(right, np.repeat(np.arange(20), 2)) == share(right)


def test_all_right_in_few_groups() -> None:
    """Ten faces of two photographs, all right, say no more than two faces do."""
    found = share(np.ones(10, bool), np.repeat([0, 1], 5))
    assert (found.low, found.high) == pytest.approx((share(np.ones(2, bool)).low, 1.0))


def test_no_face() -> None:
    """Of no face nothing is known."""
    assert np.isnan(share(np.zeros(0, bool)).value)
