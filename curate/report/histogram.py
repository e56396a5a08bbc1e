"""Histograms as geometry: the page's template draws it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BINS = 48
WIDTH, HEIGHT = 360.0, 100.0
"""Of the plot, in the drawing's units."""
_SMALLEST = 1e-12
"""What counts as zero on a logarithmic axis."""
_TAIL = 0.5
"""Per cent of the values at either end that are drawn in the outermost bins, lest one outlier flatten the rest."""


@dataclass(frozen=True)
class Bar:
    """One bin.

    Attributes:
        x: Its left edge, in the drawing's units.
        height: Of all its values.
        out: Of those that this figure took out; the lower part of the bar.
        text: Its range and counts, in words.
    """

    x: float
    height: float
    out: float
    text: str


@dataclass(frozen=True)
class Mark:
    """A place on the axis.

    Attributes:
        x: Where, in the drawing's units.
        text: What stands there.
    """

    x: float
    text: str


@dataclass(frozen=True)
class Histogram:
    """What the template draws.

    Attributes:
        bars: The bins that hold something, from left to right.
        bar_width: In the drawing's units.
        ticks: Of the axis.
        thresholds: Where the settings cut.
        tallest: Values in the fullest bin.
        width: Of the plot, in the drawing's units.
        height: Of the plot; the tallest bar's.
    """

    bars: tuple[Bar, ...]
    bar_width: float
    ticks: tuple[Mark, ...]
    thresholds: tuple[Mark, ...]
    tallest: int
    width: float = WIDTH
    height: float = HEIGHT


def histogram(
    values: NDArray[np.float64], out: NDArray[np.bool_], thresholds: Sequence[float], *, logarithmic: bool = False
) -> Histogram | None:
    """Counts values into bins and lays them out.

    Args:
        values: float64 `[N]`; those that are no number are left out.
        out: bool `[N]`, which of them this figure took out.
        thresholds: Where the settings cut, in the values' unit.
        logarithmic: Whether the axis is; values of 0 and less then stand in the first bin.

    Returns:
        The drawing, or None where there is no value.
    """
    out = out[np.isfinite(values)]
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    scale = _Scale(values, thresholds, logarithmic=logarithmic)
    places = np.clip((scale.place(values) * BINS).astype(int), 0, BINS - 1)
    totals, outs = np.bincount(places, minlength=BINS), np.bincount(places[out], minlength=BINS)
    tallest = int(totals.max())
    bars = tuple(_bar(scale, at, int(totals[at]), int(outs[at]), tallest) for at in range(BINS) if totals[at])
    ticks = tuple(Mark(WIDTH * float(scale.place(np.array(tick))), number(tick)) for tick in scale.ticks())
    lines = tuple(Mark(WIDTH * float(scale.place(np.array(cut))), number(cut)) for cut in thresholds)
    return Histogram(bars, WIDTH / BINS, ticks, lines, tallest)


def number(value: float) -> str:
    """A number for people: three significant digits, thousands apart.

    >>> number(0.02), number(1234.5), number(7.0), number(-0.00001)
    ('0.02', '1,234', '7', '-1e-05')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _bar(scale: _Scale, at: int, total: int, out: int, tallest: int) -> Bar:
    low, high = (number(scale.value(edge / BINS)) for edge in (at, at + 1))
    said = f"{low} to {high}: {total:,}" + (f", {out:,} of them out" if out else "")
    # One picture among 100,000 must still be seen.
    height, below = (max(1.5, HEIGHT * count / tallest) if count else 0.0 for count in (total, out))
    return Bar(round(WIDTH * at / BINS, 2), round(height, 2), round(below, 2), said)


class _Scale:
    """From values to places between 0 and 1, and back."""

    def __init__(self, values: NDArray[np.float64], thresholds: Sequence[float], *, logarithmic: bool) -> None:
        positive = values[values > _SMALLEST]
        self._log = logarithmic and len(positive) > 0 and all(cut > _SMALLEST for cut in thresholds)
        shown = positive if self._log else values
        ends = [float(end) for end in np.percentile(shown, [_TAIL, 100 - _TAIL])]
        low, high = min([*ends, *thresholds]), max([*ends, *thresholds])
        if self._log:
            low, high = math.log10(low), math.log10(high)
        cuts = sorted(math.log10(cut) if self._log else cut for cut in thresholds)
        self._low, self._high = _fitted(low, high, cuts)

    def place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        shown = np.log10(np.maximum(values, 10**self._low)) if self._log else values
        return np.clip((shown - self._low) / (self._high - self._low), 0.0, 1.0)

    def value(self, place: float) -> float:
        shown = self._low + place * (self._high - self._low)
        return float(10**shown) if self._log else shown

    def ticks(self) -> list[float]:
        """Three to six round numbers."""
        if self._log:
            whole = list(range(math.floor(self._low), math.ceil(self._high) + 1))
            every = max(1, len(whole) // 4)
            fine = [1, 2, 5] if len(whole) <= 3 else [1]
            marks = [digit * 10.0**power for power in whole[::every] for digit in fine]
            return [mark for mark in marks if self._low <= math.log10(mark) <= self._high]
        rough = (self._high - self._low) / 5.5
        unit = 10 ** math.floor(math.log10(rough))
        step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
        first = math.ceil(self._low / step)
        return [step * at for at in range(first, math.floor(self._high / step) + 1)]


def _fitted(low: float, high: float, cuts: Sequence[float]) -> tuple[float, float]:
    """Widens a range so that every cut (one, or two that are opposite) lies between two bins and not within one."""
    if not cuts:
        return (low, high) if high > low else (low - 0.5, low + 0.5)
    if len(cuts) == 2 and cuts[0] == -cuts[1]:
        half, reach = BINS // 2, max(-low, high, 1.05 * cuts[1])
        width = cuts[1] / max(1, math.floor(half * cuts[1] / reach))
        return -half * width, half * width
    # Two bins fewer than there are: room for the shift, and for something to be seen beyond the cut.
    width = (high - low or 1.0) / (BINS - 2)
    start = cuts[0] - math.ceil((cuts[0] - low) / width + 1e-9) * width
    return start, start + BINS * width
