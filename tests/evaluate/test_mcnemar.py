"""Two networks on the same faces."""

from __future__ import annotations

import numpy as np
import pytest

from evaluate.mcnemar import mcnemar


def faces(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Which faces each network recognises."""
    counts = [both, first, second, neither]
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (7, 1, 0.0703125),
        (1, 7, 0.0703125),
        (5, 5, 1.0),
        (0, 0, 1.0),
        (0, 1, 1.0),
        (40, 12, 0.0001275387838557407),
        (120, 310, 1.8515747206829008e-20),
    ],
)
def test_exact_as_statsmodels(first: int, second: int, expected: float) -> None:
    """`statsmodels` 0.15.0, `mcnemar([[10, b], [c, 3]], exact=True)`."""
    assert mcnemar(*faces(10, first, second, 3)).exact_p == pytest.approx(expected, rel=1e-9)


def test_mid_p_as_published() -> None:
    """Bentur's data in Fagerland, Lydersen and Laake (2013): 1, 1, 7, 12 give exact .070 and mid-p .039."""
    found = mcnemar(*faces(1, 1, 7, 12))
    assert (round(found.exact_p, 4), round(found.mid_p, 4)) == (0.0703, 0.0391)


def test_mid_p_of_a_draw() -> None:
    """Where the two are equal it is 1 - P/2; of 1 and 1, P is 1/2."""
    assert mcnemar(*faces(3, 1, 1, 3)).mid_p == pytest.approx(0.75)


def test_counts_and_difference() -> None:
    """Every face is in one of the four cells."""
    found = mcnemar(*faces(5, 3, 1, 1))
    assert (found.n, found.both, found.first_only, found.second_only, found.neither) == (10, 5, 3, 1, 1)
    assert found.difference == pytest.approx(0.2)


def test_other_faces_are_refused() -> None:
    """The test is of the same faces."""
    with pytest.raises(ValueError, match="same faces"):
        mcnemar(np.ones(3, bool), np.ones(4, bool))
