"""From answers to all figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.assess import assess
from evaluate.result import plain
from schemas.settings import EvaluateSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evaluate.result import Answers

SETTINGS = EvaluateSettings(resamples=200)


def test_published_table(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """The paper's Table III as predictions: 85.10 % (81.26 to 88.27), recall 76.84, F1 78.33, κ .810, MCC .811."""
    found = assess(answers_of(table_iii), SETTINGS)
    assert [round(100 * value, 2) for value in (found.accuracy.value, found.accuracy.low, found.accuracy.high)] == [
        85.10,
        81.26,
        88.27,
    ]
    assert round(100 * found.scores["balanced_accuracy"].value, 2) == 76.84
    assert round(100 * found.scores["macro_f1"].value, 2) == 78.33
    assert round(found.scores["cohen_kappa"].value, 3) == 0.810
    assert round(found.scores["matthews"].value, 3) == 0.811
    assert round(100 * found.majority, 1) == 35.6
    assert found.n == 396


def test_intervals_hold_their_figures(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """Every interval lies around its figure and within the range of the figure."""
    found = assess(answers_of(table_iii), SETTINGS)
    estimates = [found.accuracy, found.top_2, *found.scores.values(), found.calibration.brier]
    estimates += [getattr(one, name) for one in found.per_class for name in ("precision", "recall", "f1")]
    for estimate in estimates:
        assert estimate.method in ("wilson", "bca")
        assert estimate.low <= estimate.value <= estimate.high
    # Disgust was never predicted wrongly: resampling shows no spread, Wilson's interval of 10 of 10 does.
    assert found.per_class[1].precision.method == "wilson"
    assert found.per_class[1].precision.low == pytest.approx(0.7225, abs=5e-5)


def test_grouped_faces_have_wider_intervals(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """Each face twice, as copies: the same figures, less sure than twice as many faces would be."""
    double = 2 * table_iii
    alone = assess(answers_of(double), SETTINGS)
    together = assess(answers_of(double, groups=np.arange(792) // 2), SETTINGS)
    assert together.accuracy.value == alone.accuracy.value
    assert together.groups == 396
    for name in ("balanced_accuracy", "macro_f1", "cohen_kappa"):
        wide, narrow = together.scores[name], alone.scores[name]
        assert wide.high - wide.low > 1.2 * (narrow.high - narrow.low)


def test_a_class_without_faces(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """No disgusted face: its recall cannot be told, the balanced accuracy is that of six classes."""
    table_iii[1] = 0
    found = assess(answers_of(table_iii), SETTINGS)
    assert math.isnan(found.per_class[1].recall.value)
    recalls = [33 / 37, 22 / 38, 134 / 141, 20 / 30, 39 / 43, 79 / 85]
    assert found.scores["balanced_accuracy"].value == pytest.approx(np.mean(recalls))
    mixed = next(one for one in found.variants if one.name == "fer2013_mix")
    assert math.isnan(mixed.accuracy.value)


def test_fer2013_mix_by_hand(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """Table III's recalls on PrivateTest's 491, 55, 528, 879, 594, 416 and 626 of 3,589 faces."""
    found = assess(answers_of(table_iii), SETTINGS)
    faces = [491, 55, 528, 879, 594, 416, 626]
    recalls = [33 / 37, 10 / 22, 22 / 38, 134 / 141, 20 / 30, 39 / 43, 79 / 85]
    expected = sum(one * recall for one, recall in zip(faces, recalls, strict=True)) / 3589
    mixed = next(one for one in found.variants if one.name == "fer2013_mix")
    assert mixed.accuracy.value == pytest.approx(expected)


def test_without_leaks(answers_of: Callable[..., Answers]) -> None:
    """Of four faces one is a copy of a training face: three are left in that variant."""
    answers = answers_of(np.array([[2, 1], [0, 1]]), leaked=np.array([True, False, False, False]))
    variants = {one.name: one for one in assess(answers, SETTINGS).variants}
    assert variants["without_leaks"].n == 3
    assert variants["without_leaks"].accuracy.value == pytest.approx(2 / 3)


def test_each_group_once(answers_of: Callable[..., Answers]) -> None:
    """Two copies of the first face: it counts once in that variant."""
    answers = answers_of(np.array([[3, 1], [0, 1]]), groups=np.array([0, 0, 1, 2, 3]))
    variants = {one.name: one for one in assess(answers, SETTINGS).variants}
    assert variants["each_once"].n == 4
    assert variants["each_once"].accuracy.value == pytest.approx(3 / 4)


def test_temperature_is_of_other_faces(answers_of: Callable[..., Answers]) -> None:
    """Fitted where 3 of 4 are right at 0.9, T is 2 (see the calibration's tests), and 0.75 is what is then said."""
    validation = answers_of(np.array([[3, 1], [0, 0]]))
    found = assess(answers_of(np.array([[6, 2], [0, 0]])), SETTINGS, validation)
    assert found.temperature is not None
    assert found.temperature.value == pytest.approx(2.0, abs=1e-4)
    assert found.temperature.fitted_on == 4
    assert found.calibration.ece == pytest.approx(0.15)
    assert found.temperature.calibration.ece == pytest.approx(0, abs=1e-4)


def test_a_single_face(answers_of: Callable[..., Answers]) -> None:
    """One face gives figures, and the intervals that one face allows."""
    found = assess(answers_of(np.array([[1, 0], [0, 0]])), SETTINGS)
    assert (found.n, found.accuracy.value) == (1, 1.0)
    assert found.accuracy.low < 0.25


def test_json_has_no_nan(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """What cannot be told is null."""
    table_iii[1] = 0
    found = plain(assess(answers_of(table_iii), SETTINGS))
    assert found["per_class"][1]["recall"]["value"] is None


def test_same_input_same_result(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """Bit for bit, intervals too."""
    once, again = (plain(assess(answers_of(table_iii), SETTINGS)) for _ in range(2))
    assert once == again
