"""The same training from several seeds."""

from __future__ import annotations

import dataclasses
import statistics
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from schemas.errors import UsageError
from schemas.settings import FitSettings
from train.order import Order, gather
from train.repeat import repeat, text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECIPE = FitSettings(epochs=2, batch=16, learning_rate=0.01, crop=48, ema=0.0)


def test_killed_and_run_again(striped: Path, tmp_path: Path, killed: Callable[[int], list[int]]) -> None:
    """Ended in the second seed's first epoch: it goes on there, and the networks are those of one run."""
    whole = repeat(Order([striped], tmp_path / "whole", "lenet5"), 2, RECIPE)
    accuracies = [row["accuracy"] for row in whole["seeds"]]
    assert whole["accuracy"]["mean"] == pytest.approx(statistics.mean(accuracies))
    assert "mean ± sd of 2 seeds" in text(whole)
    saves = killed(3)
    order = Order([striped], tmp_path / "killed", "lenet5")
    with pytest.raises(KeyboardInterrupt):
        repeat(order, 2, RECIPE)
    resumed = repeat(order, 2, RECIPE)
    assert saves == [1, 2, 1, 2]
    assert {**resumed, "written": ""} == {**whole, "written": ""}
    for name in ("seed-0.keras", "seed-1.keras"):
        weights = [keras.models.load_model(tmp_path / where / name).get_weights() for where in ("whole", "killed")]
        assert all((one == other).all() for one, other in zip(*weights, strict=True))
    with pytest.raises(UsageError, match="other data, architecture or settings"):
        repeat(order, 2, dataclasses.replace(RECIPE, epochs=3))


def test_mirrored_is_the_mean_over_a_face_and_its_mirror_image(striped: Path, tmp_path: Path) -> None:
    """Asked by hand: of each network alone, and of both together."""
    order = Order([striped], tmp_path, "lenet5")
    result = repeat(order, 2, RECIPE)
    faces = gather(order).validation
    pixels = faces.pixels[..., None].astype(np.float32)
    both = 0
    for row in result["seeds"]:
        network = keras.models.load_model(tmp_path / row["model"])
        said = network.predict(pixels, verbose=0) + network.predict(np.flip(pixels, axis=2), verbose=0)
        assert row["mirrored"] == (said.argmax(axis=1) == faces.labels).mean()
        both += said
    assert result["ensemble"]["mirrored"] == (both.argmax(axis=1) == faces.labels).mean()
    assert result["mirrored"]["mean"] == pytest.approx(statistics.mean(row["mirrored"] for row in result["seeds"]))
    assert f"mirrored too {result['ensemble']['mirrored']:.2%}" in text(result)


def test_one_seed_has_no_spread(striped: Path, tmp_path: Path) -> None:
    """Said before anything is read."""
    with pytest.raises(UsageError, match="no spread"):
        repeat(Order([striped], tmp_path, "lenet5"), 1, RECIPE)
