"""Training curves as a picture: accuracy and loss of training and validation, of one run or several together."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from train.history import Epoch

COLOURS = ("#0c6b63", "#c2410c", "#3b5bdb", "#8b3a8f", "#8a6100", "#4d4f55")
"""Told apart with every kind of colour blindness by their lightness and hue; beyond six runs they come again."""
_TRAINING = "#9096a1"
"""Training of a single run, beside which validation is what counts."""
_INK, _SOFT = "#1b1d21", "#5b5f68"
_LONGEST_NAME = 24


@dataclass(frozen=True)
class Curve:
    """A run.

    Attributes:
        name: What it is called.
        history: A row an epoch.
        best: The epoch whose weights were kept; None where none is marked.
    """

    name: str
    history: Sequence[Epoch]
    best: int | None = None


def curves(runs: Sequence[Curve]) -> bytes:
    """Draws the runs into one picture, accuracy left, loss right.

    Args:
        runs: At least one. Of several each has its colour; training is dashed. Names are cut after 24 letters.

    Returns:
        A PNG of 1,650 × 690 pixels. The same runs give the same pixels with one version of matplotlib.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.6), dpi=150, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, 2)
    for panel, measure, title in zip(panels, ("accuracy", "loss"), ("Accuracy", "Loss (cross-entropy)"), strict=True):
        _dress(panel, title)
        for at, run in enumerate(runs):
            colour = COLOURS[at % len(COLOURS)]
            _line(panel, run, measure, color=colour if len(runs) > 1 else _TRAINING, ls="--", lw=1.3)
            _line(panel, run, f"validation_{measure}", color=colour, lw=2.2)
            _mark(panel, run, f"validation_{measure}", colour)
    panels[0].yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    _legend(figure, runs)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def values(history: Sequence[Epoch], measure: str) -> list[tuple[int, float]]:
    """The epochs at which something was measured and is a number, with its value."""
    pairs = [(row["epoch"], row.get(measure)) for row in history]
    return [(epoch, value) for epoch, value in pairs if value is not None and math.isfinite(value)]


def _dress(panel: Axes, title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    panel.set_title(title, loc="left", fontsize=13, fontweight="bold", color=_INK)
    panel.set_xlabel("epoch", color=_SOFT)
    panel.grid(axis="y", color="#e6e4dd")
    panel.set_axisbelow(True)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.spines["bottom"].set_color("#a6a9b0")
    panel.tick_params(colors=_SOFT, length=0)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _line(panel: Axes, run: Curve, measure: str, **style: Any) -> None:
    points = values(run.history, measure)
    marker = "o" if len(points) == 1 else ""  # a line through one point is not seen
    panel.plot([epoch for epoch, _ in points], [value for _, value in points], marker=marker, **style)


def _mark(panel: Axes, run: Curve, measure: str, colour: str) -> None:
    for epoch, value in values(run.history, measure):
        if epoch == run.best:
            panel.plot(epoch, value, "o", color=colour, markersize=8, markeredgecolor="white", markeredgewidth=1)


def _legend(figure: Any, runs: Sequence[Curve]) -> None:
    from matplotlib.lines import Line2D

    single = len(runs) == 1
    neutral = _TRAINING if single else _SOFT
    entries = [
        ("training", Line2D([], [], color=neutral, ls="--", lw=1.5)),
        (
            _said(runs[0], "validation") if single else "validation",
            Line2D([], [], color=COLOURS[0] if single else _SOFT, lw=2),
        ),
    ]
    if any(run.best is not None for run in runs):
        entries.append(("kept epoch", Line2D([], [], color=COLOURS[0] if single else _SOFT, marker="o", ls="")))
    if not single:
        entries += [
            (_said(run, run.name), Line2D([], [], color=COLOURS[at % len(COLOURS)], lw=4))
            for at, run in enumerate(runs)
        ]
    legend = figure.legend(
        [line for _, line in entries],
        # A no-break space first: matplotlib leaves out names that begin with an underscore.
        [f"\N{NO-BREAK SPACE}{text}" for text, _ in entries],
        loc="outside lower left",
        ncols=3,
        frameon=False,
        labelcolor=_INK,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)  # a dollar in a run's name is a dollar


def _said(run: Curve, name: str) -> str:
    shown = "".join(letter for letter in name if letter.isprintable())
    shown = shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME - 1]}…"
    best = next((value for epoch, value in values(run.history, "validation_accuracy") if epoch == run.best), None)
    return shown if best is None else f"{shown}: {100 * best:.1f} % after epoch {run.best}"
