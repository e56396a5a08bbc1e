"""Accuracy, confusion matrix, and what follows from them: the paper's Table III and hand-worked cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from schemas.emotion import NAMES
from schemas.errors import InputError
from train.measures import balanced_accuracy, by_class, measure, mistakes

TABLE_III = (
    (33, 0, 3, 0, 0, 1, 0),
    (5, 10, 0, 2, 3, 0, 2),
    (0, 0, 22, 0, 1, 13, 2),
    (1, 0, 1, 134, 0, 0, 5),
    (0, 0, 2, 1, 20, 0, 7),
    (0, 0, 1, 2, 0, 39, 1),
    (1, 0, 2, 2, 1, 0, 79),
)
"""The paper's confusion matrix of its natural set: actual in rows, predicted in columns."""


def answers(confusion: tuple[tuple[int, ...], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and labels that give a confusion matrix; every answer is 0.7 sure."""
    counts = np.array(confusion)
    labels, given = np.repeat(np.stack(np.indices(counts.shape)).reshape(2, -1), counts.ravel(), axis=1)
    side = len(counts)
    rest = np.float32(0.3 / (side - 1))
    return np.where(np.eye(side, dtype=bool)[given], np.float32(0.7), rest), labels


def test_the_papers_table() -> None:
    """337 of 396 right, 85.10 per cent, interval 81.26 to 88.27, and the matrix itself."""
    metric = measure("natural set", *answers(TABLE_III), selected=False)
    assert metric.confusion == TABLE_III
    assert metric.n == 396
    assert round(100 * metric.accuracy, 2) == 85.10
    assert [round(100 * end, 2) for end in (metric.low, metric.high)] == [81.26, 88.27]


def test_the_papers_recalls() -> None:
    """The table's last column, and its mean, 76.84."""
    recalls = [one.recall.value for one in by_class(TABLE_III, NAMES)]
    assert [round(100 * (value or 0), 2) for value in recalls] == [89.19, 45.45, 57.89, 95.04, 66.67, 90.70, 92.94]
    assert round(100 * balanced_accuracy(TABLE_III), 2) == 76.84


def test_the_papers_f1() -> None:
    """The mean over the classes is 78.33."""
    figures = [one.f1 or 0 for one in by_class(TABLE_III, NAMES)]
    assert round(100 * sum(figures) / 7, 2) == 78.33


def test_fear_is_taken_for_surprise() -> None:
    """The paper's most frequent mistake, 13 of 38; of two that are as frequent the first in the table comes first."""
    found = [(one.label, one.answer, one.share.right, one.share.n) for one in mistakes(TABLE_III, NAMES, 4)]
    assert found == [
        ("fear", "surprise", 13, 38),
        ("sad", "neutral", 7, 30),
        ("disgust", "angry", 5, 22),
        ("happy", "neutral", 5, 141),
    ]


def test_loss_by_hand() -> None:
    """-(ln 0.5 + ln 0.25) / 2 = 1.5 ln 2."""
    said = np.array([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]], np.float32)
    metric = measure("two", said, np.array([0, 1]), selected=False)
    assert metric.loss == pytest.approx(1.5 * math.log(2), abs=1e-7)


def test_one_sure_and_wrong_answer_is_not_infinite() -> None:
    """It counts as a probability of 1e-7, as with Keras."""
    metric = measure("one", np.array([[1, 0]], np.float32), np.array([1]), selected=False)
    assert metric.loss == pytest.approx(7 * math.log(10))


def test_faces_without_a_label_are_left_out() -> None:
    """Neither right nor wrong."""
    said = np.array([[0.9, 0.1], [0.9, 0.1]], np.float32)
    assert measure("two", said, np.array([-1, 0], np.int8), selected=True).n == 1


def test_class_that_is_neither_labelled_nor_answered() -> None:
    """It has no figures, and does not count in the balanced accuracy."""
    confusion = ((3, 1, 0), (0, 4, 0), (0, 0, 0))
    absent = by_class(confusion, NAMES[:3])[2]
    assert (absent.recall.value, absent.precision.value, absent.f1) == (None, None, None)
    assert absent.recall.interval == (0.0, 1.0)
    assert balanced_accuracy(confusion) == pytest.approx(0.875)


def test_no_labels_at_all() -> None:
    """Nothing can be measured."""
    with pytest.raises(InputError, match="no face of PublicTest has a label"):
        measure("PublicTest", np.ones((2, 7), np.float32), np.array([-1, -1]), selected=False)


def test_answers_that_are_no_numbers() -> None:
    """A network that has come apart is not measured."""
    with pytest.raises(InputError, match="no numbers"):
        measure("PublicTest", np.full((1, 7), np.nan, np.float32), np.array([0]), selected=False)
