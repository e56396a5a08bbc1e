"""Plots as geometry: the page's template draws them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDTH = 360.0
_MARGIN = 12.0
_ROW = 34.0
_DARKEST = 45
"""Per cent of colour in the darkest field: text on it keeps a contrast of 4.5, in light and dark (WCAG 2.2, 1.4.3)."""


def dots(title: str, rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Figures with their intervals, a row each, on one axis from 0 (or the least below it) to 1.

    Args:
        title: What they are.
        rows: Name, remark and figure of each.
    """
    rows = list(rows)
    lows: list[float] = [figure[end] for _, _, figure in rows for end in ("value", "low") if figure[end] is not None]
    start = -0.2 * math.ceil(-min([0.0, *lows]) / 0.2 - 1e-9)

    def place(value: float | None) -> float | None:
        if value is None:
            return None
        share: float = (min(max(value, start), 1.0) - start) / (1 - start)
        return round(_MARGIN + (WIDTH - 2 * _MARGIN) * share, 2)

    drawn = [
        {
            "name": name,
            "says": says,
            "text": _text(figure),
            "y": 14 + at * _ROW,
            "x": place(figure["value"]),
            "low": place(figure["low"]),
            "high": place(figure["high"]),
        }
        for at, (name, says, figure) in enumerate(rows)
    ]
    count = round((1 - start) / 0.2)
    marks = [round(start + 0.2 * at, 1) for at in range(count + 1)]
    ticks = [{"x": place(mark), "text": f"{mark:g}"} for mark in marks]
    height = len(rows) * _ROW + 22
    return {"title": title, "rows": drawn, "ticks": ticks, "marks": [], "width": WIDTH, "height": height}


def grid(title: str, names: Sequence[str], cells: Mapping[tuple[str, str], tuple[str, float, str]]) -> dict[str, Any]:
    """A square of fields, shaded by value.

    Args:
        title: What it shows.
        names: Of rows and columns.
        cells: Two names -> text, value from 0 to 1, and what to say of it.
    """
    greatest = max([abs(value) for _, value, _ in cells.values()], default=0.0) or 1.0

    def field(row: str, column: str) -> dict[str, Any]:
        text, value, says = cells.get((row, column), ("·" if row == column else "", 0.0, ""))
        shade = round(_DARKEST * max(value, 0.0) / greatest)
        return {"text": text, "shade": shade, "own": row == column, "says": says}

    rows = [{"name": row, "cells": [field(row, column) for column in names]} for row in names]
    return {"title": title, "names": list(names), "rows": rows}


def course(rater: Mapping[str, Any]) -> dict[str, Any]:
    """A rater's agreement, pace and known labels over time.

    Args:
        rater: As `annotate.agreement.individual` gives it, with blocks.
    """
    drift = rater["drift"]
    said = "too few answers to compare beginning and end"
    if drift:
        said = (
            f"from the first part to the last, agreement changed by {drift['value']:+.2f} "
            f"({drift['low']:+.2f} to {drift['high']:+.2f})"
        )
    curves = [
        _curve("agreement with others", [block["agreement"]["value"] for block in rater["blocks"]], "{:.2f}"),
        _curve("seconds each", [block["pace_s"] for block in rater["blocks"]], "{:.1f}"),
        _curve("known labels right", [block["gold"]["accuracy"]["value"] for block in rater["blocks"]], "{:.2f}"),
    ]
    return {"name": rater["rater"], "drift": said, "curves": [curve for curve in curves if curve["points"]]}


def _curve(name: str, values: Sequence[float | None], form: str) -> dict[str, Any]:
    known = [value for value in values if value is not None]
    most = max(known, default=0.0) or 1.0
    points = [
        {"x": 24 + 68 * at, "y": round(66 - 34 * value / most, 1), "text": form.format(value)}
        for at, value in enumerate(values)
        if value is not None
    ]
    return {"name": name, "points": points, "texts": [str(point["text"]) for point in points]}


def _text(figure: Mapping[str, Any]) -> str:
    if figure["value"] is None:
        return "not defined"
    if figure["low"] is None:
        return f"{figure['value']:.2f}"
    return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
