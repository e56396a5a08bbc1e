"""Training curves as geometry: the page's template draws it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from train.curves import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from train.history import Epoch

WIDTH, HEIGHT = 480.0, 230.0
"""Of the plot, in the drawing's units."""


@dataclass(frozen=True)
class Mark:
    """A place on an axis.

    Attributes:
        at: Where, in the drawing's units; from the left or from the top.
        text: What stands there.
    """

    at: float
    text: str


@dataclass(frozen=True)
class Point:
    """An epoch.

    Attributes:
        x: Where, in the drawing's units.
        training: Height of the training's value, from the top; None where there is none.
        validation: The same of validation.
        text: Its values in words.
    """

    x: float
    training: float | None
    validation: float | None
    text: str


@dataclass(frozen=True)
class Plot:
    """What the template draws.

    Attributes:
        training: The line of training, as an SVG polyline has it.
        validation: The line of validation.
        points: All epochs.
        best: The epoch whose weights were kept.
        x_ticks: Epochs.
        y_ticks: Values, from the bottom up.
        step: Width of an epoch, in the drawing's units.
        width: Of the plot.
        height: Of the plot.
    """

    training: str
    validation: str
    points: tuple[Point, ...]
    best: Point | None
    x_ticks: tuple[Mark, ...]
    y_ticks: tuple[Mark, ...]
    step: float
    width: float = WIDTH
    height: float = HEIGHT


def plot(history: Sequence[Epoch], measure: str, best: int | None, *, percent: bool) -> Plot | None:
    """Lays out training and validation of one measure.

    Args:
        history: A row an epoch.
        measure: `accuracy` or `loss`.
        best: The epoch to be marked.
        percent: Whether values are shares that are shown as per cent.

    Returns:
        The drawing, or None where nothing was measured.
    """
    lines = [dict(values(history, name)) for name in (measure, f"validation_{measure}")]
    measured = [value for line in lines for value in line.values()]
    if not measured:
        return None
    y_values = ticks(min(measured), max(measured))
    low, high = y_values[0], y_values[-1]
    epochs = [row["epoch"] for row in history]
    first, last = epochs[0], max(epochs[-1], epochs[0] + 1)

    def across(epoch: float) -> float:
        place: float = round(WIDTH * (epoch - first) / (last - first), 2)
        return place

    def down(value: float) -> float:
        return round(HEIGHT * (high - value) / (high - low), 2)

    def said(value: float) -> str:
        return f"{100 * value:.1f} %" if percent else f"{value:.3f}"

    points = []
    for epoch in epochs:
        both = [line.get(epoch) for line in lines]
        words = [
            f"{name} {said(value)}"
            for name, value in zip(("training", "validation"), both, strict=True)
            if value is not None
        ]
        places = [None if value is None else down(value) for value in both]
        points.append(Point(across(epoch), places[0], places[1], f"epoch {epoch}: {', '.join(words)}"))
    return Plot(
        _line((point.x, point.training) for point in points),
        _line((point.x, point.validation) for point in points),
        tuple(points),
        next((point for epoch, point in zip(epochs, points, strict=True) if epoch == best), None),
        tuple(Mark(across(tick), f"{tick:g}") for tick in ticks(first, last, whole=True) if first <= tick <= last),
        tuple(Mark(down(tick), f"{100 * tick:g} %" if percent else f"{tick:g}") for tick in y_values),
        round(WIDTH / (last - first), 2),
    )


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round numbers around a range, eight at most: the first is not above `low`, the last not below `high`.

    Args:
        low: Start of the range.
        high: Its end, not below `low`.
        whole: Whether they must be whole numbers.

    >>> ticks(0.31, 0.72)
    [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    """
    rough = max((high - low) / 6, 1e-6 * max(abs(low), abs(high)), 1e-9)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 2.5, 5, 10) if factor * unit >= rough * (1 - 1e-9))
    step = max(1.0, math.ceil(step)) if whole else step
    start = math.floor(low / step + 1e-9)
    end = max(start + 1, math.ceil(high / step - 1e-9))
    return [round(at * step, 12) for at in range(start, end + 1)]


def _line(places: Iterable[tuple[float, float | None]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in places if y is not None)
