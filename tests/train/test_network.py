"""A network about to be kept: statistics that fit its weights."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from train.network import settle


def test_statistics_are_means_over_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Means 1 and 7 give 4, variances 1 and 9 give 5; what was there before does not count, the momentum stays."""
    inputs = keras.Input((1, 1))
    layer = keras.layers.BatchNormalization(momentum=0.95)
    model = keras.Model(inputs, layer(inputs))
    layer.moving_mean.assign([100.0])
    monkeypatch.setattr("train.network._BATCH", 2)
    settle(model, np.array([0, 4, 2, 10], np.uint8).reshape(4, 1, 1))
    assert np.asarray(layer.moving_mean) == pytest.approx([4.0])
    assert np.asarray(layer.moving_variance) == pytest.approx([5.0])
    assert layer.momentum == 0.95
