"""Every figure that decides: where it is measured, which settings cut it, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.report.histogram import Histogram, histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Figure:
    """A measure that settings hold pictures or faces against.

    Attributes:
        name: What it is called.
        unit: Its unit; empty for a plain number.
        columns: Of the table `images` or `faces`.
        settings: Names of the settings that cut it.
        reasons: The reasons it can take something out for.
        measure: From those columns to the figure; None where it is a column itself.
        logarithmic: Whether its axis is.
        both: Whether a setting cuts on both sides of zero, as an angle's.
    """

    name: str
    unit: str
    columns: tuple[str, ...]
    settings: tuple[str, ...]
    reasons: tuple[str, ...]
    measure: Callable[..., Any] | None = None
    logarithmic: bool = False
    both: bool = False


PICTURE_FIGURES: tuple[Figure, ...] = ()
"""In the order they are shown."""

FACE_FIGURES = (
    Figure("score", "", ("score",), ("min_score",), ("low-score",)),
    Figure("size", "px", ("face_size",), ("min_face",), ("small-face",), logarithmic=True),
    Figure("part outside the photograph", "", ("outside",), ("max_outside",), ("cut-face",)),
    Figure("turn to the side", "°", ("yaw",), ("max_yaw",), ("turned-face",), both=True),
    Figure("nod", "°", ("pitch",), ("max_pitch",), ("nodding-face",), both=True),
    Figure("sharpness", "", ("face_sharpness",), ("min_face_sharpness",), ("blurred-face",), logarithmic=True),
)
"""Of the table `faces`, in the order they are shown."""


@dataclass(frozen=True)
class Drawn:
    """A figure with its histogram.

    Attributes:
        figure: What is shown.
        histogram: Its drawing.
        settings: Setting -> value, of those that cut it.
        out: How many it took out, alone or among others.
        count: How many there are.
    """

    figure: Figure
    histogram: Histogram
    settings: Mapping[str, Any]
    out: int
    count: int


def columns_of(figures: Sequence[Figure]) -> list[str]:
    """The columns that some figures need, each once, in order."""
    return list(dict.fromkeys(column for figure in figures for column in figure.columns))


def draw(figures: Sequence[Figure], rows: pd.DataFrame, settings: Mapping[str, Any]) -> list[Drawn]:
    """Draws the histogram of every figure that has values.

    Args:
        figures: Which ones.
        rows: Their columns, with `reason` and `also` of each row.
        settings: The step's settings as its last run had them.
    """
    drawn = []
    reasons = (rows["reason"] + "," + rows["also"]).to_numpy(dtype=object)
    for figure in figures:
        found = [rows[column].to_numpy(dtype=np.float64) for column in figure.columns]
        values: NDArray[np.float64] = np.asarray(figure.measure(*found) if figure.measure else found[0], np.float64)
        known = {name: settings[name] for name in figure.settings if name in settings}
        cuts = [float(value) for value in known.values() if not isinstance(value, bool)]
        if figure.both:
            cuts += [-cut for cut in cuts]
        out = np.array([not set(figure.reasons).isdisjoint(said.split(",")) for said in reasons], dtype=bool)
        plot = histogram(values, out, sorted(cuts), logarithmic=figure.logarithmic)
        if plot is not None:
            drawn.append(Drawn(figure, plot, known, int(out.sum()), int(np.isfinite(values).sum())))
    return drawn
