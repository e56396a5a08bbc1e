"""FER+'s votes as ten raters, against another library's figure and what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from annotate.statistics.coefficients import coefficients, summands, sums
from annotate.statistics.majority import leading
from annotate.statistics.patterns import patterns
from schemas.emotion import CONTEMPT, EMOTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def data(shared_data: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Votes for the eight expressions, in our order, and FER-2013's own label, of 32,298 pictures."""
    content = np.load(shared_data / "fer2013_train_public.npz")
    names = content["vote_names"].tolist()
    places = [names.index(name) for name in (*(emotion.ferplus for emotion in EMOTIONS), CONTEMPT)]
    return content["ferplus_votes"][:, places].astype(np.int64), content["labels"].astype(np.int64)


def test_alpha_of_all_votes(data: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
    """Krippendorff 0.9.0's `alpha(value_counts=votes)` gives 0.5614114150502527."""
    kinds = patterns(data[0])
    found = coefficients(sums(kinds.faces @ summands(kinds.counts), 8), 1 - np.eye(8))
    assert float(found.alpha) == pytest.approx(0.5614114150502527, abs=1e-10)


def test_own_label_against_the_plurality(data: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
    """FER-2013 says what most taggers say of 62 % of all pictures, of those it calls fear of 13 %."""
    votes, own = data
    first = leading(votes)
    same = (first.sum(axis=1) == 1) & first[np.arange(len(own)), own]
    assert same.mean() == pytest.approx(0.62, abs=0.005)
    assert same[own == 2].mean() == pytest.approx(0.13, abs=0.005)
