"""Log loss, Brier score, calibration error, temperature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sklearn import metrics as sklearn

from evaluate import calibration


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_log_loss_and_brier_as_scikit_learn(seed: int) -> None:
    """Equal to `log_loss` and `brier_score_loss` of scikit-learn."""
    random = np.random.default_rng(seed)
    probabilities, labels = random.dirichlet(np.ones(4), 30), random.integers(0, 4, 30)
    assert calibration.log_losses(probabilities, labels).mean() == pytest.approx(
        sklearn.log_loss(labels, probabilities, labels=range(4))
    )
    assert calibration.brier_scores(probabilities, np.eye(4)[labels]).mean() == pytest.approx(
        sklearn.brier_score_loss(labels, probabilities, labels=range(4))
    )


def test_certain_and_wrong_as_scikit_learn() -> None:
    """A label that was given probability 0 costs what scikit-learn takes for float32, not infinity."""
    probabilities = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    expected = sklearn.log_loss([1, 1], probabilities, labels=[0, 1])
    assert calibration.log_losses(probabilities.astype(float), np.array([1, 1])).mean() == pytest.approx(expected)


def test_calibration_error_by_hand() -> None:
    """Two ranges: two faces at 0.4 with none right, two at 0.8 with both: (2 · 0.4 + 2 · 0.2) / 4 = 0.3."""
    bins = calibration.reliability(np.array([0.4, 0.4, 0.8, 0.8]), np.array([False, False, True, True]), 2)
    assert [(one.n, one.low, one.high) for one in bins] == [(2, 0.0, 0.5), (2, 0.5, 1.0)]
    assert calibration.calibration_error(bins) == pytest.approx(0.3)


def test_edges_belong_to_the_range_below() -> None:
    """(0, 0.5] and (0.5, 1], as Guo et al. have them; 0 and 1 have a place too."""
    bins = calibration.reliability(np.array([0.0, 0.5, 0.51, 1.0]), np.ones(4, bool), 2)
    assert [one.n for one in bins] == [2, 2]


def test_equally_full_ranges() -> None:
    """Eight faces in four ranges are two each, however close they lie."""
    confidence = np.array([0.90, 0.91, 0.92, 0.93, 0.94, 0.95, 0.96, 0.97])
    assert [one.n for one in calibration.reliability(confidence, np.ones(8, bool), 4, equal_mass=True)] == [2] * 4


def test_all_equally_sure() -> None:
    """A network that always says 1.0 has one range, equally full ones too."""
    for equal_mass in (False, True):
        bins = calibration.reliability(np.ones(4), np.array([True, False, True, True]), 15, equal_mass=equal_mass)
        assert calibration.calibration_error(bins) == pytest.approx(0.25)


def test_chance_alone_shows_an_error() -> None:
    """Of 100 faces at 0.5, about half ± 5 are right: the mean distance is √(2/π) · 0.05 = 0.0399."""
    assert calibration.chance_error(np.full(100, 0.5), 15, 0, draws=4000) == pytest.approx(0.0399, abs=0.002)


def test_temperature_by_hand() -> None:
    """Always 0.9 sure and right 3 times of 4: the best is 0.75, so T = ln(9) / ln(3) = 2."""
    probabilities, labels = np.tile([0.9, 0.1], (4, 1)), np.array([0, 0, 0, 1])
    assert calibration.fit_temperature(probabilities, labels) == pytest.approx(2.0, abs=1e-4)


def test_temperature_mends_the_loss_it_was_fitted_on() -> None:
    """No other temperature near it gives a smaller log loss."""
    random = np.random.default_rng(1)
    probabilities = random.dirichlet(np.full(5, 0.3), 400)
    labels = np.array([random.choice(5, p=calibration.tempered(row[None], 1.7)[0]) for row in probabilities])
    fitted = calibration.fit_temperature(probabilities, labels)
    losses = {
        value: calibration.log_losses(calibration.tempered(probabilities, value), labels).mean()
        for value in (0.9 * fitted, fitted, 1.1 * fitted)
    }
    assert min(losses, key=losses.__getitem__) == fitted
    assert fitted == pytest.approx(1.7, rel=0.15)


def test_temperature_one_changes_nothing() -> None:
    """And none changes which class is the likeliest."""
    random = np.random.default_rng(2)
    probabilities = random.dirichlet(np.ones(5), 20)
    np.testing.assert_allclose(calibration.tempered(probabilities, 1.0), probabilities)
    assert (calibration.tempered(probabilities, 3.0).argmax(1) == probabilities.argmax(1)).all()


def test_temperature_has_an_end() -> None:
    """A network that is always right would be cooled for ever; it ends at the range's end, as near as floats tell."""
    assert 0.05 <= calibration.fit_temperature(np.tile([0.9, 0.1], (4, 1)), np.zeros(4, int)) < 0.06
