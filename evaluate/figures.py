"""The figures of an evaluation for papers: PDF, and PNG of the same."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.metrics import normalised
from schemas.errors import MissingPartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evaluate.result import Result

COLUMN = 3.5
"""Inches: one column of most two-column papers."""
COLOURS = ("#0c6b63", "#b4380f", "#7a5200", "#3b4cc0", "#5b5f68")
"""Of the report first; of networks in one figure, in their order, and again from the first."""
_COLOUR, _OTHER = COLOURS[:2]
_FORMATS: dict[str, dict[str, Any]] = {
    # No dates, so that a figure drawn again has the same bytes.
    "pdf": {"metadata": {"CreationDate": None, "Creator": None, "Producer": None}},
    "png": {"dpi": 300, "metadata": {"Software": None}},
}


def figures(result: Result) -> Iterator[tuple[str, bytes]]:
    """Draws the confusion matrix, the reliability diagram and the recalls.

    Yields:
        File name and content.

    Raises:
        MissingPartError: Matplotlib is not there.
    """
    drawings: dict[str, Callable[[Any, Result], None]] = {
        "confusion": _confusion,
        "reliability": _reliability,
        "recalls": _recalls,
    }
    with for_papers() as figure_of:
        for name, draw in drawings.items():
            figure = figure_of(figsize=(COLUMN, 3.2), layout="constrained")
            draw(figure.add_subplot(), result)
            yield from files(name, figure)


@contextmanager
def for_papers() -> Iterator[Any]:
    """Matplotlib's `Figure` with small letters and fonts that publishers take.

    Raises:
        MissingPartError: Matplotlib is not there.
    """
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        what = "drawing figures needs Matplotlib"
        raise MissingPartError(what, "pip install 'mien[evaluate]', or --no-figures") from error
    # Type 42 fonts: publishers refuse the default's type 3.
    with mpl.rc_context({"font.size": 7, "pdf.fonttype": 42, "axes.linewidth": 0.6, "svg.hashsalt": "mien"}):
        yield Figure


def files(name: str, figure: Any) -> Iterator[tuple[str, bytes]]:
    """A figure as PDF and PNG: names and contents."""
    for ending, how in _FORMATS.items():
        file = io.BytesIO()
        figure.savefig(file, format=ending, **how)
        yield f"{name}.{ending}", file.getvalue()


def _confusion(axes: Any, result: Result) -> None:
    counts = np.array(result.matrix)
    shares = np.nan_to_num(normalised(counts, -1))
    axes.imshow(shares, cmap="Greens", vmin=0, vmax=1)
    ticks = range(len(result.classes))
    axes.set_xticks(ticks, result.classes, rotation=45, ha="right")
    axes.set_yticks(ticks, result.classes)
    axes.set_xlabel("answer")
    axes.set_ylabel("label")
    for at in ticks:
        for to in ticks:
            colour = "white" if shares[at, to] > 0.6 else "black"
            text = f"{counts[at, to]:,}\n{100 * shares[at, to]:.0f} %" if counts[at, to] else "0"
            axes.text(to, at, text, ha="center", va="center", color=colour, fontsize=5.5)


def _reliability(axes: Any, result: Result) -> None:
    axes.plot([0, 1], [0, 1], "--", color="grey", linewidth=0.8, label="perfect")
    drawn = [(f"as put out, ECE {result.calibration.ece:.3f}", result.calibration, _COLOUR)]
    if result.temperature is not None:
        after = result.temperature.calibration
        drawn.append((f"temperature {result.temperature.value:.2f}, ECE {after.ece:.3f}", after, _OTHER))
    for name, calibration, colour in drawn:
        bins = calibration.bins
        x = [one.confidence for one in bins]
        y = [one.accuracy.value for one in bins]
        low, high = ([abs(one.accuracy.value - end(one)) for one in bins] for end in (_low, _high))
        axes.errorbar(x, y, yerr=[low, high], fmt="o-", color=colour, markersize=3, linewidth=0.8, label=name)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy", aspect="equal")
    axes.legend(frameon=False)


def _recalls(axes: Any, result: Result) -> None:
    known = [one for one in result.per_class if one.faces]
    places = np.arange(len(known))
    values = [one.recall.value for one in known]
    low = [max(0.0, one.recall.value - one.recall.low) if one.recall.method else 0.0 for one in known]
    high = [max(0.0, one.recall.high - one.recall.value) if one.recall.method else 0.0 for one in known]
    axes.errorbar(values, places, xerr=[low, high], fmt="o", color=_COLOUR, markersize=4, linewidth=1)
    axes.set_yticks(places, [f"{one.name} ({one.faces:,})" for one in known])
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="recall with 95 % interval")
    axes.grid(axis="x", linewidth=0.3)


def _low(one: Any) -> float:
    return float(one.accuracy.low)


def _high(one: Any) -> float:
    return float(one.accuracy.high)
