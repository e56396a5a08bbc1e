"""Networks compared on the same faces."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evaluate.compare import Said, compared, pareto
from evaluate.mcnemar import holm
from schemas.settings import EvaluateSettings

SETTINGS = EvaluateSettings(resamples=4000)


def said(labels: list[int], *answers: list[int], groups: list[int] | None = None) -> Said:
    """Answers of networks, each face a group of its own unless said otherwise."""
    own = list(range(len(labels))) if groups is None else groups
    return Said(np.array(labels), np.array(answers), np.array(own), (1.0,) * len(answers))


@pytest.fixture
def drawn() -> Said:
    """400 faces of three labels; the first network is right on 70 %, the second on 55 %, partly on the same."""
    random = np.random.default_rng(7)
    labels = random.choice([0, 3, 6], 400, p=[0.2, 0.5, 0.3])
    hard = random.random(400)
    answers = [np.where(hard + 0.3 * random.standard_normal(400) < at, labels, (labels + 1) % 7) for at in (0.7, 0.55)]
    return Said(labels, np.array(answers), np.arange(400), (1.0, 1.0))


def test_two_identical_networks(drawn: Said) -> None:
    """No difference, p = 1, full agreement, and no interval that would claim a width of nothing."""
    same = Said(drawn.labels, drawn.answers[[0, 0]], drawn.groups, drawn.seconds)
    _, _, (pair,) = compared(same, ["a", "b"], SETTINGS)
    assert (pair.test.exact_p, pair.test.mid_p, pair.exact_p_holm) == (1, 1, 1)
    assert (pair.accuracy.value, pair.accuracy.method) == (0, "")
    assert (pair.agreement, pair.kappa) == (1, 1)
    assert {one.mid_p for one in pair.classes} == {1}


def test_difference_of_accuracies_as_scipy(drawn: Said) -> None:
    """SciPy's paired BCa bootstrap of the same faces, to what 4,000 resamples leave to chance."""
    right = (drawn.answers == drawn.labels).astype(float)
    theirs = stats.bootstrap(
        (right[0], right[1]),
        lambda a, b, axis=-1: a.mean(axis) - b.mean(axis),
        paired=True,
        method="BCa",
        n_resamples=4000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    _, _, (pair,) = compared(drawn, ["a", "b"], SETTINGS)
    assert pair.accuracy.value == pytest.approx(right[0].mean() - right[1].mean())
    assert (pair.accuracy.low, pair.accuracy.high) == pytest.approx((theirs.low, theirs.high), abs=0.005)


def test_difference_of_balanced_accuracies_as_scipy(drawn: Said) -> None:
    """The mean of the recalls' differences, faces and labels drawn together."""

    def balanced(labels: np.ndarray, a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        recalls = [
            [((labels == one) & hit).sum(axis) / (labels == one).sum(axis) for hit in (a, b)] for one in (0, 3, 6)
        ]
        return np.mean([first - second for first, second in recalls], axis=0)

    right = drawn.answers == drawn.labels
    theirs = stats.bootstrap(
        (drawn.labels, right[0], right[1]),
        balanced,
        paired=True,
        method="BCa",
        n_resamples=4000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    _, _, (pair,) = compared(drawn, ["a", "b"], SETTINGS)
    assert pair.balanced_accuracy.value == pytest.approx(float(balanced(drawn.labels, right[0], right[1])))
    found = (pair.balanced_accuracy.low, pair.balanced_accuracy.high)
    assert found == pytest.approx((theirs.low, theirs.high), abs=0.006)


def test_planted_difference_is_found() -> None:
    """Of 1,000 faces the second fails on 30 more fearful ones: found there, and nowhere else."""
    labels = [2] * 200 + [3] * 800
    first = [2] * 150 + [5] * 50 + [3] * 700 + [6] * 100
    second = [2] * 120 + [5] * 80 + [3] * 690 + [6] * 100 + [3] * 10
    _, _, (pair,) = compared(said(labels, first, second), ["a", "b"], SETTINGS)
    fear, happy = pair.classes
    assert (pair.test.first_only, pair.test.second_only) == (40, 10)
    assert pair.accuracy.value == pytest.approx(0.03)
    assert pair.accuracy.low > 0
    assert (fear.name, fear.first, fear.second) == ("fear", 0.75, 0.6)
    assert fear.difference.low > 0
    assert fear.mid_p_holm < 1e-6
    assert (happy.first_only, happy.second_only) == (10, 10)
    assert happy.mid_p_holm > 0.5
    assert happy.difference.low < 0 < happy.difference.high


def test_related_faces_are_drawn_together() -> None:
    """50 photographs of which four copies each go one way tell as little as 50 faces: twice as wide an interval."""
    random = np.random.default_rng(3)
    labels = [3] * 200
    first, second = (np.repeat(np.where(random.random(50) < share, 3, 6), 4).tolist() for share in (0.7, 0.5))
    alone, together = (
        compared(said(labels, first, second, groups=groups), ["a", "b"], SETTINGS)[2][0].accuracy
        for groups in (list(range(200)), np.repeat(np.arange(50), 4).tolist())
    )
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(2, rel=0.1)


def test_every_pair_and_holm() -> None:
    """Three networks are three pairs; the least p is taken three times, and none is less than one before it."""
    labels = [3] * 40
    answers = [[3] * right + [6] * (40 - right) for right in (40, 34, 33)]
    _, _, pairs = compared(said(labels, *answers), ["a", "b", "c"], SETTINGS)
    assert [(one.first, one.second) for one in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    # 7, 6 and 1 faces that one alone recognises: 2 · 2^-7, 2 · 2^-6 and 1.
    assert [one.test.exact_p for one in pairs] == pytest.approx([2 / 64, 2 / 128, 1])
    assert [one.exact_p_holm for one in pairs] == pytest.approx([2 * 2 / 64, 3 * 2 / 128, 1])


def test_holm_as_statsmodels() -> None:
    """`statsmodels` 0.15.0, `multipletests([.01, .04, .03, .005, .5], method='holm')[1]`."""
    assert holm([0.01, 0.04, 0.03, 0.005, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.025, 0.5])
    assert holm([]) == []


def test_what_both_say() -> None:
    """Rows are the first network's answers; kappa of 3 agreements in 4 with margins 2, 2 and 1, 3 is a half."""
    labels = [3, 3, 6, 6]
    _, _, (pair,) = compared(said(labels, [3, 3, 6, 6], [3, 6, 6, 6]), ["a", "b"], SETTINGS)
    assert (pair.answers[3][3], pair.answers[3][6], pair.answers[6][6]) == (1, 1, 2)
    assert pair.agreement == 0.75
    assert pair.kappa == pytest.approx(0.5)


def test_front() -> None:
    """An equal is not beaten; whoever is worse in one and better in none is."""
    assert pareto([(0.7, -4.0, 100.0), (0.7, -4.0, 100.0), (0.6, -1.0, 50.0), (0.6, -1.0, 40.0)]) == [
        True,
        True,
        True,
        False,
    ]
