"""Every figure that decides: what it is called, which setting cuts it, and its histogram."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.filter import checks
from curate.report.histogram import Histogram, histogram
from schemas.settings import FilterSettings, make

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Figure:
    """A measure that a setting holds pictures or faces against.

    Attributes:
        reason: What something is out for that it takes out.
        name: What it is called.
        setting: The setting that cuts it; 0 switches it off.
        unit: Its unit; empty for a plain number.
        logarithmic: Whether its axis is.
        column: Of the table `faces`; empty for pictures, whose figures `curate.filter.checks` gives.
        both: Whether the setting cuts on both sides of zero, as an angle's.
    """

    reason: str
    name: str
    setting: str
    unit: str = ""
    logarithmic: bool = False
    column: str = ""
    both: bool = False


PICTURE_FIGURES = (
    Figure("small", "shorter side", "min_side", "px", logarithmic=True),
    Figure("odd-aspect", "longer by shorter side", "max_aspect", logarithmic=True),
    Figure("dark", "brightest level", "min_bright_level", "grey levels"),
    Figure("over-exposed", "darkest level", "max_dark_level", "grey levels"),
    Figure("low-contrast", "darkest to brightest level", "min_level_range", "grey levels"),
    Figure("blur", "sharpest tile", "min_sharpness", logarithmic=True),
    Figure("drawing", "common greys + hard edges", "max_drawing"),
)
FACE_FIGURES = (
    Figure("low-score", "detector's score", "min_score", column="score"),
    Figure("small-face", "size in the photograph", "min_face", "px", logarithmic=True, column="face_size"),
    Figure("cut-face", "part outside the photograph", "max_outside", column="outside"),
    Figure("turned-face", "turn to the side", "max_yaw", "degrees", column="yaw", both=True),
    Figure("nodding-face", "nod", "max_pitch", "degrees", column="pitch", both=True),
    Figure("blurred-face", "sharpness", "min_face_sharpness", logarithmic=True, column="face_sharpness"),
)
_FURTHER = {"no-face": "min_score", "duplicate-face": "same_face"}
"""Reasons without a figure of their own -> the setting that bears on them."""
SETTINGS = {figure.reason: figure.setting for figure in (*PICTURE_FIGURES, *FACE_FIGURES)} | _FURTHER
"""Reason -> the setting that decides it."""
NAMES = {figure.reason: figure.name for figure in (*PICTURE_FIGURES, *FACE_FIGURES)} | {
    "duplicate-face": "correlation with the kept face beside it"
}
"""Reason -> what its figure is called."""


@dataclass(frozen=True)
class Drawn:
    """A figure with its histogram.

    Attributes:
        figure: What is shown.
        histogram: Its drawing.
        setting: The value of the setting that cuts it.
        out: How many it took out, alone or among others.
        count: How many there are.
    """

    figure: Figure
    histogram: Histogram
    setting: float
    out: int
    count: int


def draw_pictures(images: pd.DataFrame, settings: Mapping[str, Any]) -> Iterator[Drawn]:
    """Draws the figures that the filter holds pictures against.

    Args:
        images: The columns `curate.filter.COLUMNS`.
        settings: The filter's, as its last run had them.
    """
    # A log may be older than a setting, or younger than the removal of one.
    known = {field.name: settings[field.name] for field in dataclasses.fields(FilterSettings) if field.name in settings}
    applied = {check.reason: check for check in checks(images, make(FilterSettings, known))}
    for figure in PICTURE_FIGURES:
        check = applied.get(figure.reason)
        if check is not None:
            yield from _drawn(figure, check.figures, check.out, float(check.threshold))


def draw_faces(faces: pd.DataFrame, settings: Mapping[str, Any]) -> Iterator[Drawn]:
    """Draws the figures that detected faces are held against.

    Args:
        faces: Rows of the table `faces`.
        settings: The step's, as its last run had them.
    """
    reasons = "," + faces["reason"] + "," + faces["also"] + ","
    for figure in FACE_FIGURES:
        out = reasons.str.contains(f",{figure.reason},", regex=False).to_numpy(bool)
        yield from _drawn(
            figure, faces[figure.column].to_numpy(np.float64), out, float(settings.get(figure.setting, 0))
        )


def _drawn(figure: Figure, values: NDArray[Any], out: NDArray[np.bool_], setting: float) -> Iterator[Drawn]:
    cuts = [] if setting == 0 else [-setting, setting] if figure.both else [setting]
    plot = histogram(np.asarray(values, np.float64), out, cuts, logarithmic=figure.logarithmic)
    if plot is not None:
        yield Drawn(figure, plot, setting, int(out.sum()), int(np.isfinite(values).sum()))
