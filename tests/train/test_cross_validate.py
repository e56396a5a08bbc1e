"""Folds, and figures that survive a kill."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from schemas.errors import InputError, UsageError
from schemas.settings import FitSettings
from train.cross_validate import cross_validate, fold_of, text
from train.order import Order
from train.spread import spread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECIPE = FitSettings(epochs=2, batch=16, learning_rate=0.01, crop=48, ema=0.0)


@settings(deadline=None)
@given(strategies.lists(strategies.tuples(strategies.integers(0, 30), strategies.integers(0, 6)), min_size=40))
def test_equal_faces_are_in_one_fold(faces: list[tuple[int, int]]) -> None:
    """Whatever groups and labels there are."""
    groups = np.array([*(group for group, _ in faces), *range(31, 36)], np.int64)
    labels = np.array([*(label for _, label in faces), 0, 1, 2, 3, 4])
    folds = fold_of(groups, labels, 5, seed=0)
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))
    assert set(folds.tolist()) == set(range(5))


def test_each_class_is_dealt_evenly() -> None:
    """Of 50 and 5 different faces in five folds, each has ten and one."""
    labels = np.array([3] * 50 + [1] * 5)
    folds = fold_of(np.arange(55), labels, 5, seed=1)
    counts = [[int((folds[labels == label] == fold).sum()) for fold in range(5)] for label in (3, 1)]
    assert counts == [[10] * 5, [1] * 5]


@pytest.mark.parametrize("folds", [1, 0, -3, 8])
def test_folds_that_cannot_be(folds: int) -> None:
    """Seven different faces among ten go to two to seven folds."""
    with pytest.raises(UsageError, match="7 different faces"):
        fold_of(np.array([0, 0, 0, 1, 2, 3, 4, 5, 6, 0]), np.zeros(10, int), folds, seed=0)


def test_interval_of_folds() -> None:
    """Nadeau and Bengio: for five folds t(4) · sd · √(1/5 + 1/4); 2.776 · 0.01 · 0.6708 = 0.01862."""
    found = spread([0.6 - 0.01, 0.6 - 0.01, 0.6, 0.6 + 0.01, 0.6 + 0.01], 1 / 4)
    assert found.sd == pytest.approx(0.01)
    assert found.high - found.mean == pytest.approx(0.01862, abs=1e-5)


def test_killed_and_run_again(striped: Path, tmp_path: Path, killed: Callable[[int], list[int]]) -> None:
    """Ended in the second fold's first epoch: the first is not trained again, the figures are those of one run."""
    whole = cross_validate(Order([striped], tmp_path / "whole", "lenet5"), 3, RECIPE)
    assert sum(row["tested_on"] for row in whole["folds"]) == 70
    assert {row["trained_on"] + row["tested_on"] for row in whole["folds"]} == {70}
    saves = killed(3)
    order = Order([striped], tmp_path / "killed", "lenet5")
    with pytest.raises(KeyboardInterrupt):
        cross_validate(order, 3, RECIPE)
    assert saves == [1, 2, 1]
    resumed = cross_validate(order, 3, RECIPE)
    assert saves[3:] == [2, 1, 2]
    untimed = [[{**row, "seconds": 0} for row in one["folds"]] for one in (whole, resumed)]
    assert untimed[0] == untimed[1]
    assert json.loads((tmp_path / "killed" / "cross-validation.json").read_bytes())["accuracy"] == whole["accuracy"]
    assert "mean ± sd of 3 folds" in text(resumed)
    with pytest.raises(UsageError, match="other data, architecture or settings"):
        cross_validate(order, 3, dataclasses.replace(RECIPE, learning_rate=0.02))
    (tmp_path / "killed" / "fold-1.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        cross_validate(order, 3, RECIPE)
