"""Curves as pictures."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from train.curves import COLOURS, Curve, curves


def pixels(runs: list[Curve]) -> np.ndarray:
    """The drawing, uint8 RGB."""
    return np.asarray(Image.open(io.BytesIO(curves(runs))).convert("RGB"))


def shown(picture: np.ndarray, colour: str) -> bool:
    """Whether a colour is in it."""
    return bool((picture == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2).any())


def test_size_and_sameness(run: Any) -> None:
    """1,650 × 690 pixels, and the same bytes again."""
    picture = curves([Curve("cnn", run.history, 3)])
    assert Image.open(io.BytesIO(picture)).size == (1650, 690)
    assert curves([Curve("cnn", run.history, 3)]) == picture


def test_several_runs_have_a_colour_each(run: Any) -> None:
    """And a single one only the first."""
    together = pixels([Curve("one", run.history), Curve("two", run.history[:3], 2), Curve("three", run.history[:2])])
    assert [shown(together, colour) for colour in COLOURS] == [True, True, True, False, False, False]
    assert [shown(pixels([Curve("one", run.history)]), colour) for colour in COLOURS[:2]] == [True, False]


@pytest.mark.parametrize("name", ["_hidden", "a$b$c$", "\x00\n", "n" * 1000, ""])
def test_any_name(run: Any, name: str) -> None:
    """Names that matplotlib would leave out, take for formulas, or run off the edge with."""
    assert pixels([Curve(name, run.history, 3), Curve(name, run.history)]).shape == (690, 1650, 3)


@pytest.mark.parametrize(
    "history",
    [
        [],
        [{"epoch": 1, "loss": 1.0, "accuracy": 0.5}],
        [{"epoch": 1, "loss": float("nan"), "validation_accuracy": None}, {"epoch": 2, "loss": float("inf")}],
        [
            {"epoch": at, "loss": 1.0, "accuracy": 0.5, "validation_loss": 1.0, "validation_accuracy": 0.5}
            for at in (1, 2)
        ],
    ],
)
def test_histories_with_little_in_them(history: list[dict[str, Any]]) -> None:
    """Nothing, one epoch, no validation, no numbers, a flat line: a picture all the same."""
    assert pixels([Curve("cnn", history, 1)]).shape == (690, 1650, 3)
