"""Accuracy of parts of the faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.slices import slices

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluate.result import Answers

MATRIX = np.array([[6, 2], [4, 4]])
"""Recalls 0.75 and 0.5; the faces stand in the order of the cells."""


def test_texts_by_count(answers_of: Callable[..., Answers]) -> None:
    """The commonest value first; accuracy and size of each by hand."""
    where = np.array(["park"] * 8 + ["street"] * 3 + ["park"] * 5)
    found = slices(answers_of(MATRIX, columns={"place": where}), MATRIX, 5)
    assert [(one.value, one.n, one.small) for one in found] == [("park", 13, False), ("street", 3, True)]
    assert [one.accuracy.value for one in found] == pytest.approx([10 / 13, 0 / 3])


def test_what_the_mix_of_classes_alone_gives(answers_of: Callable[..., Answers]) -> None:
    """Eight faces of the first class and five of the second: (8 · 0.75 + 5 · 0.5) / 13."""
    where = np.array(["park"] * 8 + ["street"] * 3 + ["park"] * 5)
    found = slices(answers_of(MATRIX, columns={"place": where}), MATRIX, 5)
    assert found[0].expected == pytest.approx((8 * 0.75 + 5 * 0.5) / 13)


def test_numbers_are_cut_into_quarters(answers_of: Callable[..., Answers]) -> None:
    """Of 16 faces each quarter has four; what is not known stands last."""
    sizes = np.arange(16, dtype=float)
    found = slices(answers_of(MATRIX, columns={"size": sizes}), MATRIX, 5)
    assert [one.n for one in found] == [4, 4, 4, 4]
    sizes[:2] = np.nan
    assert [one.value for one in slices(answers_of(MATRIX, columns={"size": sizes}), MATRIX, 5)][-1] == "unknown"


def test_every_face_is_in_one_slice(answers_of: Callable[..., Answers]) -> None:
    """Whatever ties the numbers have."""
    sizes = np.array([1.0] * 9 + [2.0] * 6 + [3.0])
    found = slices(answers_of(MATRIX, columns={"size": sizes}), MATRIX, 5)
    assert sum(one.n for one in found) == 16


def test_rare_values_are_one_slice(answers_of: Callable[..., Answers]) -> None:
    """Sixteen places: eleven by name and the other five together."""
    found = slices(answers_of(MATRIX, columns={"place": np.array([f"{at:02}" for at in range(16)])}), MATRIX, 5)
    assert [one.value for one in found][-1] == "5 more"
    assert sum(one.n for one in found) == 16


@pytest.mark.parametrize("values", [np.array(["all"] * 16), np.full(16, 3.0), np.full(16, np.nan)])
def test_one_value_says_nothing(answers_of: Callable[..., Answers], values: np.ndarray) -> None:
    """A column that does not tell faces apart is left out."""
    assert slices(answers_of(MATRIX, columns={"same": values}), MATRIX, 5) == ()
