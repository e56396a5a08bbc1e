"""Metrics of a confusion matrix and of probabilities."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sklearn import metrics as sklearn

from evaluate import metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)
"""Label and prediction of some faces, of four classes; classes may be missing."""


def test_published_table(table_iii: NDArray[np.int64]) -> None:
    """The figures of the paper's Table III: 337 of 396, macro recall 76.84, macro F1 78.33, κ .810, MCC .811."""
    assert metrics.accuracy(table_iii) * 396 == pytest.approx(337)
    assert round(100 * float(metrics.balanced_accuracy(table_iii)), 2) == 76.84
    assert round(100 * float(metrics.macro_f1(table_iii)), 2) == 78.33
    assert round(float(metrics.cohen_kappa(table_iii)), 3) == 0.810
    assert round(float(metrics.matthews(table_iii)), 3) == 0.811


def test_published_recalls(table_iii: NDArray[np.int64]) -> None:
    """The last column of Table III."""
    expected = [89.19, 45.45, 57.89, 95.04, 66.67, 90.70, 92.94]
    assert (100 * metrics.recall(table_iii)).round(2).tolist() == expected


def test_statsmodels_kappa(table_iii: NDArray[np.int64]) -> None:
    """`statsmodels` 0.15.0, `cohens_kappa` of Table III: 0.8098447113975974."""
    assert float(metrics.cohen_kappa(table_iii)) == pytest.approx(0.8098447113975974, abs=1e-15)


@given(FACES)
@settings(max_examples=60, deadline=None)
def test_equal_to_scikit_learn(faces: list[tuple[int, int]]) -> None:
    """Every figure is scikit-learn's, with classes missing from labels, predictions or both."""
    labels, predicted = np.array(faces).T
    matrix = metrics.confusion_matrix(labels, predicted, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": sklearn.accuracy_score(labels, predicted),
            "balanced_accuracy": sklearn.balanced_accuracy_score(labels, predicted),
            "macro_precision": sklearn.precision_score(labels, predicted, average="macro", zero_division=0),
            "macro_f1": sklearn.f1_score(labels, predicted, average="macro", zero_division=0),
            "weighted_f1": sklearn.f1_score(labels, predicted, average="weighted", zero_division=0),
            "cohen_kappa": sklearn.cohen_kappa_score(labels, predicted),
            "matthews": sklearn.matthews_corrcoef(labels, predicted),
        }
        micro = sklearn.f1_score(labels, predicted, average="micro", zero_division=0)
        np.testing.assert_array_equal(matrix, sklearn.confusion_matrix(labels, predicted, labels=range(4)))
    found = {name: float(score(matrix)) for name, score in metrics.SCORES.items()}
    assert set(found) == set(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, atol=1e-12, err_msg=name)
    assert metrics.accuracy(matrix) == pytest.approx(micro)


@given(FACES)
@settings(max_examples=40, deadline=None)
def test_per_class_as_scikit_learn(faces: list[tuple[int, int]]) -> None:
    """Precision, recall and F1 of each class are scikit-learn's where it can tell them, NaN where it cannot."""
    labels, predicted = np.array(faces).T
    matrix = metrics.confusion_matrix(labels, predicted, 4)
    expected = sklearn.precision_recall_fscore_support(labels, predicted, labels=range(4), zero_division=np.nan)
    for found, wanted in zip((metrics.precision, metrics.recall, metrics.f1), expected, strict=False):
        np.testing.assert_allclose(found(matrix), wanted, atol=1e-12)


def test_matrices_at_once(table_iii: NDArray[np.int64]) -> None:
    """A stack of matrices gives a stack of figures."""
    both = np.stack([table_iii, 2 * table_iii])
    for score in metrics.SCORES.values():
        assert score(both).tolist() == pytest.approx([float(score(table_iii))] * 2)


def test_class_without_faces_is_not_zero() -> None:
    """A recall that nothing was measured by is NaN, and the balanced accuracy is the mean of the others."""
    matrix = np.array([[3, 1, 0], [0, 0, 0], [0, 1, 1]])
    assert np.isnan(metrics.recall(matrix)[1])
    assert metrics.balanced_accuracy(matrix) == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_no_faces_no_figure() -> None:
    """Of no faces nothing is known."""
    assert all(np.isnan(score(np.zeros((3, 3)))) for score in metrics.SCORES.values())


def test_reweighted_by_hand() -> None:
    """Recalls of 3/4 and 1/2 on a mix of 1 to 4 give 0.2 · 0.75 + 0.8 · 0.5 = 0.55."""
    matrix = np.array([[3, 1], [1, 1]])
    assert metrics.reweighted_accuracy(matrix, np.array([0.2, 0.8])) == pytest.approx(0.55)


def test_reweighting_needs_every_class_of_the_mix() -> None:
    """A recall nobody measured cannot be weighted."""
    assert np.isnan(metrics.reweighted_accuracy(np.array([[3, 1], [0, 0]]), np.array([0.2, 0.8])))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_top_two_as_scikit_learn(seed: int) -> None:
    """Equal to `top_k_accuracy_score` with k = 2."""
    random = np.random.default_rng(seed)
    probabilities, labels = random.dirichlet(np.ones(5), 50), random.integers(0, 5, 50)
    expected = sklearn.top_k_accuracy_score(labels, probabilities, k=2, labels=range(5))
    assert metrics.top_k(probabilities, labels, 2).mean() == pytest.approx(expected)


def test_top_one_of_a_tie_is_the_first() -> None:
    """As `argmax` has it, so that the top-1 share is the accuracy."""
    tied = np.array([[0.5, 0.5], [0.5, 0.5]])
    assert metrics.top_k(tied, np.array([0, 1]), 1).tolist() == [True, False]


def test_normalised_rows_and_columns() -> None:
    """Rows, or columns, sum to 1; an empty one cannot be told."""
    matrix = np.array([[3, 1], [0, 0]])
    assert metrics.normalised(matrix, -1)[0].tolist() == [0.75, 0.25]
    assert np.isnan(metrics.normalised(matrix, -1)[1]).all()
    assert metrics.normalised(matrix, -2)[0].tolist() == [1.0, 1.0]
