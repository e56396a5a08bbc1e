"""Which classes are taken for which, and whether raters confuse them too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.confusions import confusions

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evaluate.result import Answers


def test_ranked_by_count(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """Table III's commonest are fear as surprise (13 of 38) and sad as neutral (7 of 30); all 59 errors are there."""
    found = confusions(answers_of(table_iii))
    assert [(one.actual, one.predicted, one.n) for one in found[:2]] == [
        ("fear", "surprise", 13),
        ("sad", "neutral", 7),
    ]
    assert found[0].share == pytest.approx(13 / 38)
    assert sum(one.n for one in found) == 396 - 337


def test_most_confident_first(answers_of: Callable[..., Answers]) -> None:
    """The places are those of the faces, the surest error first."""
    answers = answers_of(np.array([[0, 3], [0, 1]]))
    answers.probabilities[:3] = [[0.4, 0.6], [0.1, 0.9], [0.3, 0.7]]
    assert confusions(answers)[0].faces == (1, 2, 0)


@pytest.mark.parametrize(("share", "verdict"), [(0.5, "picture"), (0.3, "both"), (0.1, "network")])
def test_whose_fault(answers_of: Callable[..., Answers], share: float, verdict: str) -> None:
    """Of 20 faces 10 are taken for the other; a rater would take 20 · share: 10, 6 or 2."""
    shares = np.tile([1 - share, share], (20, 1))
    found = confusions(answers_of(np.array([[10, 10], [0, 0]]), shares=shares))[0]
    assert found.by_a_rater == pytest.approx(20 * share)
    assert (found.raters_actual, found.raters_predicted) == pytest.approx((1 - share, share))
    assert found.verdict == verdict


def test_too_few_to_tell(answers_of: Callable[..., Answers]) -> None:
    """Of four errors, or without votes, nothing is said."""
    four = answers_of(np.array([[0, 4], [0, 1]]), shares=np.tile([0.0, 1.0], (5, 1)))
    assert confusions(four)[0].verdict == "few"
    assert confusions(answers_of(np.array([[0, 9], [0, 1]])))[0].verdict == "few"


def test_no_error_no_pair(answers_of: Callable[..., Answers]) -> None:
    """A network that is always right confuses nothing."""
    assert confusions(answers_of(np.diag([3, 4]))) == ()
