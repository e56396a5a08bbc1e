"""Coefficients of agreement, against published worked examples and other libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from annotate.statistics.coefficients import Coefficients, coefficients, summands, sums
from annotate.statistics.distance import squared_distances
from annotate.statistics.ratings import Ratings
from schemas.emotion import NAMES

_ = None
FOUR_RATERS = [
    [0, 0, _, 0],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [2, 2, 2, 2],
    [1, 1, 1, 1],
    [0, 1, 2, 3],
    [3, 3, 3, 3],
    [0, 0, 1, 0],
    [1, 1, 1, 1],
    [_, 4, 4, 4],
    [_, _, 0, 0],
    [_, _, 2, _],
]
"""Twelve units, four raters, seven answers missing: the data of K. Krippendorff, Computing Krippendorff's
Alpha-Reliability (2011), section C, which K. Gwet uses too (irrCAC's `raw_4raters`)."""

FLEISS_1971 = [
    [0, 0, 0, 6, 0],
    [0, 3, 0, 0, 3],
    [0, 1, 4, 0, 1],
    [0, 0, 0, 0, 6],
    [0, 3, 0, 3, 0],
    [2, 0, 4, 0, 0],
    [0, 0, 4, 0, 2],
    [2, 0, 3, 1, 0],
    [2, 0, 0, 4, 0],
    [0, 0, 0, 0, 6],
    [1, 0, 0, 5, 0],
    [1, 1, 0, 4, 0],
    [0, 3, 3, 0, 0],
    [1, 0, 0, 5, 0],
    [0, 2, 0, 3, 1],
    [0, 0, 5, 0, 1],
    [3, 0, 0, 1, 2],
    [5, 1, 0, 0, 0],
    [0, 2, 0, 4, 0],
    [1, 0, 2, 0, 3],
    [0, 0, 0, 0, 6],
    [0, 1, 0, 5, 0],
    [0, 2, 0, 1, 3],
    [2, 0, 0, 4, 0],
    [1, 0, 0, 4, 1],
    [0, 5, 0, 1, 0],
    [4, 0, 0, 0, 2],
    [0, 2, 0, 4, 0],
    [1, 0, 5, 0, 0],
    [0, 0, 0, 0, 6],
]
"""Thirty patients, six psychiatrists, five diagnoses: J. L. Fleiss, Psychological Bulletin 76 (1971), Table 1."""

EMOTIONS = [
    [0, 0, 3, 0, 0, 2, 0],
    [0, 0, 2, 0, 0, 0, 3],
    [5, 0, 0, 0, 0, 0, 0],
    [1, 1, 0, 0, 2, 0, 0],
    [0, 0, 0, 4, 0, 0, 1],
    [0, 0, 0, 0, 1, 0, 1],
    [0, 0, 1, 0, 0, 0, 0],
    [0, 1, 0, 0, 3, 0, 1],
]
"""Eight faces by the seven expressions; four, two and one answers among the fives."""


def of(counts: np.ndarray, squared: np.ndarray | None = None) -> Coefficients:
    """The coefficients of a matrix of counts."""
    options = counts.shape[1]
    totals = sums(summands(counts).sum(axis=0), options)
    return coefficients(totals, 1 - np.eye(options) if squared is None else squared)


def test_four_raters_with_missing_answers() -> None:
    """Observed agreement, Fleiss' κ, AC1 and α as irrCAC 0.4.4 gives them (digits=12), for Gwet's own example."""
    found = of(Ratings.of(FOUR_RATERS, "12345").counts())
    assert float(found.observed) == pytest.approx(0.818181818182, abs=1e-11)
    assert float(found.chance) == pytest.approx(0.238715277778, abs=1e-11)
    assert float(found.fleiss) == pytest.approx(0.761169275422, abs=1e-11)
    assert float(found.ac1) == pytest.approx(0.775444068127, abs=1e-11)
    assert float(found.alpha) == pytest.approx(0.743421052632, abs=1e-11)


def test_alpha_of_interval_data() -> None:
    """Krippendorff's example: nominal 0.743, interval 0.849 (printed); digits by krippendorff 0.9.0."""
    squared = np.subtract.outer(np.arange(5), np.arange(5)) ** 2.0
    found = of(Ratings.of(FOUR_RATERS, "12345").counts(), squared)
    assert float(found.alpha) == pytest.approx(0.743421052631579, abs=1e-12)
    assert float(found.alpha_distance) == pytest.approx(0.8491071428571428, abs=1e-12)


def test_fleiss_diagnoses() -> None:
    """Fleiss (1971) prints 0.430; statsmodels 0.15.0's `fleiss_kappa` gives the digits."""
    assert float(of(np.array(FLEISS_1971)).fleiss) == pytest.approx(0.43024452006014074, abs=1e-12)


def test_kappa_of_each_diagnosis() -> None:
    """Each answer against the rest: statsmodels 0.15.0's `fleiss_kappa` of the two columns (Fleiss: .245 to .566)."""
    expected = [0.24475524475524, 0.24475524475524, 0.52, 0.47112727272727, 0.56611780682397]
    assert of(np.array(FLEISS_1971)).kappa_for_each == pytest.approx(expected, abs=1e-12)


def test_alpha_with_distance_of_emotions() -> None:
    """Krippendorff 0.9.0 with the squared distances as its metric: 0.5372; nominal 0.3719."""
    found = of(np.array(EMOTIONS), squared_distances(NAMES))
    assert float(found.alpha_distance) == pytest.approx(0.537216165079727, abs=1e-12)
    assert float(found.alpha) == pytest.approx(0.37189054726368165, abs=1e-12)


def test_agreement_on_each_answer() -> None:
    """By hand: of two faces, one happy twice and one happy and sad, happy meets happy in 2 of 3, sad never."""
    assert of(np.array([[2, 0], [1, 1]])).agreement_for_each.tolist() == pytest.approx([2 / 3, 0.0])


def test_distance_orders_confusions() -> None:
    """Fear and surprise are nearer than fear and joy, anger and fear are not the same."""
    squared = dict(zip(NAMES, squared_distances(NAMES)[NAMES.index("fear")], strict=True))
    assert 0 < squared["angry"] < squared["surprise"] < squared["happy"]


def test_answer_nobody_gave_changes_only_ac1() -> None:
    """Gwet's chance depends on how many answers can be given, the others' do not."""
    counts = np.array([[2, 1], [0, 3], [3, 0]])
    narrow, wide = of(counts), of(np.pad(counts, ((0, 0), (0, 1))))
    assert float(narrow.fleiss) == pytest.approx(float(wide.fleiss))
    assert float(narrow.alpha) == pytest.approx(float(wide.alpha))
    assert float(narrow.ac1) < float(wide.ac1)
    assert math.isnan(wide.agreement_for_each[2])
    assert math.isnan(wide.kappa_for_each[2])


def test_all_answers_alike_is_not_defined() -> None:
    """A rater who always says happy, and another: they agree always, and beyond chance nothing is known."""
    found = of(np.array([[2, 0], [2, 0]]))
    assert float(found.observed) == 1
    assert math.isnan(float(found.fleiss))
    assert math.isnan(float(found.alpha))


def test_no_face_with_two_answers_is_not_defined() -> None:
    """One rater only: nothing is compared."""
    found = of(np.array([[1, 0], [0, 1]]))
    assert all(math.isnan(float(value)) for value in (found.observed, found.fleiss, found.ac1, found.alpha))


counts_of_faces = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=12).map(np.array)


@given(counts_of_faces, st.permutations(range(3)))
def test_names_of_answers_do_not_matter(counts: np.ndarray, order: list[int]) -> None:
    """Another order of the answers gives the same coefficients."""
    one, other = of(counts), of(counts[:, order])
    for name in ("observed", "fleiss", "ac1", "alpha"):
        assert float(getattr(one, name)) == pytest.approx(float(getattr(other, name)), abs=1e-9, nan_ok=True)


@given(counts_of_faces)
def test_sums_of_parts_are_sums_of_all(counts: np.ndarray) -> None:
    """Faces counted twice agree as far as faces counted once, but for α, which corrects for small samples."""
    once, twice = of(counts), of(np.concatenate([counts, counts]))
    for name in ("observed", "fleiss", "ac1"):
        assert float(getattr(once, name)) == pytest.approx(float(getattr(twice, name)), abs=1e-9, nan_ok=True)
