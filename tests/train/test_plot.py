"""Curves as geometry."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from train.plot import HEIGHT, WIDTH, plot, ticks


def history(*values: float | None) -> list[dict[str, Any]]:
    """Epochs with these training and, a tenth higher, validation accuracies."""
    return [
        {"epoch": at, "accuracy": value, "validation_accuracy": None if value is None else value + 0.1}
        for at, value in enumerate(values, start=1)
    ]


def test_places_by_hand() -> None:
    """0.1 to 0.6 needs an axis from 10 to 60 per cent, whose fifth is 46 of 230 units."""
    drawing = plot(history(0.1, 0.3, 0.5), "accuracy", 2, percent=True)
    assert drawing is not None
    assert (WIDTH, HEIGHT) == (480, 230)
    assert [mark.text for mark in drawing.y_ticks] == ["10 %", "20 %", "30 %", "40 %", "50 %", "60 %"]
    assert drawing.training == "0,230 240,138 480,46"
    assert drawing.validation == "0,184 240,92 480,0"
    assert [mark.text for mark in drawing.x_ticks] == ["1", "2", "3"]
    assert drawing.best is not None
    assert (drawing.best.x, drawing.best.validation) == (240, 92)
    assert drawing.best.text == "epoch 2: training 30.0 %, validation 40.0 %"


def test_what_was_not_measured_is_not_drawn() -> None:
    """The line goes on from the epoch before to the one after."""
    drawing = plot([*history(0.1, None, 0.5), {"epoch": 4, "accuracy": float("nan")}], "accuracy", None, percent=True)
    assert drawing is not None
    assert len(drawing.training.split()) == 2
    assert drawing.points[1].training is None
    assert drawing.best is None


@pytest.mark.parametrize("rows", [[], [{"epoch": 1}], [{"epoch": 1, "loss": float("inf")}]])
def test_nothing_measured_nothing_drawn(rows: list[dict[str, Any]]) -> None:
    """No empty axes."""
    assert plot(rows, "loss", None, percent=False) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_all_points_are_on_the_plot(values: list[float]) -> None:
    """Whatever the losses are."""
    rows = [{"epoch": at, "loss": value} for at, value in enumerate(values, start=1)]
    drawing = plot(rows, "loss", 1, percent=False)
    assert drawing is not None
    for point in drawing.points:
        assert point.training is not None
        assert 0 <= point.x <= WIDTH
        assert 0 <= point.training <= HEIGHT


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_enclose_the_range_and_are_few(low: float, width: float) -> None:
    """Rising, at equal steps, two to eight of them."""
    marks = ticks(low, low + width)
    slack = 1e-6 * max(1.0, abs(low) + width)
    assert marks[0] <= low + slack
    assert marks[-1] >= low + width - slack
    assert 2 <= len(marks) <= 9
    assert marks == sorted(set(marks))
