"""Raters two by two."""

from __future__ import annotations

import math

import numpy as np
import pytest

from annotate.statistics.pairs import cohen, pairs
from annotate.statistics.ratings import Ratings


def test_cohen_and_its_error() -> None:
    """κ and standard error as statsmodels 0.15.0's `cohens_kappa` gives them (kappa, std_kappa)."""
    _, kappa, error = cohen(np.array([[25, 3, 2], [5, 30, 6], [1, 4, 24]]))
    assert float(kappa) == pytest.approx(0.6830188679245284, abs=1e-12)
    assert float(error) == pytest.approx(0.061627864044111504, abs=1e-12)


def test_tables_hold_common_faces_alone() -> None:
    """By hand: the first two share two faces, the last shares one with the second and none with the first."""
    found = pairs(Ratings.of([[0, 1, None], [1, 1, None], [None, 0, 1]], "ab"))
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [(0, 1), (1, 2)]
    assert found.tables.tolist() == [[[0, 1], [0, 1]], [[0, 1], [0, 0]]]
    assert found.observed.tolist() == [0.5, 0.0]


def test_order_of_answers_does_not_matter() -> None:
    """Ratings that are not sorted within a face give the same tables."""
    ratings = Ratings.of([[0, 1, 1], [1, 1, 0]], "ab")
    turned = Ratings(
        2,
        ratings.raters,
        ratings.options,
        ratings.face,
        ratings.rater[[2, 0, 1, 5, 3, 4]],
        ratings.answer[[2, 0, 1, 5, 3, 4]],
    )
    assert pairs(turned).tables.tolist() == pairs(ratings).tables.tolist()


def test_one_rater_has_no_pair() -> None:
    """Nothing is compared, and nothing fails."""
    assert len(pairs(Ratings.of([[0], [1]], "ab")).first) == 0


def test_one_answer_only_is_not_defined() -> None:
    """Both always say the same one thing: κ is 0 / 0."""
    assert math.isnan(pairs(Ratings.of([[0, 0], [0, 0]], "ab")).kappa[0])
