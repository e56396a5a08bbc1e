"""A training run as one static HTML page that opens offline."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from train.measures import balanced_accuracy, by_class, mistakes
from train.model_card import limits, percent
from train.plot import plot

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from schemas.card import ModelCard
    from train.history import Epoch
    from train.samples import Sample

_MISTAKES = 6


@dataclass(frozen=True)
class Check:
    """Something that was looked at in the data.

    Attributes:
        what: What was looked at: a file, a property.
        found: What was found, in words.
        fine: Whether nothing is the matter.
        places: Where, the first few of them.
    """

    what: str
    found: str
    fine: bool = True
    places: tuple[str, ...] = ()


def page(card: ModelCard, history: Sequence[Epoch], checks: Sequence[Check], drawn: Sequence[Sample]) -> bytes:
    """Draws the page of a run.

    Args:
        card: Of its model. The first metric is the headline; its confusion matrix is shown.
        history: A row an epoch.
        checks: What was looked for in the data.
        drawn: Augmented faces.

    Returns:
        HTML in UTF-8. It asks for nothing outside itself, and its content-security policy lets it ask for nothing.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("train", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = percent
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["picture"] = _uri
    first = next(iter(card.metrics), None)
    confusion = first.confusion if first else None
    text = environment.get_template("page.html.jinja").render(
        card=card,
        first=first,
        plots=_plots(card, history),
        seconds=_duration([row.get("seconds") for row in history]),
        confusion=confusion,
        balanced=balanced_accuracy(confusion) if confusion else None,
        classes=by_class(confusion, card.classes) if confusion else [],
        mistakes=mistakes(confusion, card.classes, _MISTAKES) if confusion else [],
        checks=checks,
        samples=_grouped(drawn),
        limits=limits(card),
    )
    return text.encode("utf-8", "backslashreplace")


def _plots(card: ModelCard, history: Sequence[Epoch]) -> list[tuple[str, Any]]:
    both = [("Accuracy", "accuracy", True), ("Loss (cross-entropy)", "loss", False)]
    plots = [(title, plot(history, measure, card.best_epoch, percent=share)) for title, measure, share in both]
    return [(title, drawing) for title, drawing in plots if drawing is not None]


def _duration(seconds: Sequence[float | None]) -> str:
    """The time of all epochs, for people.

    >>> _duration([3600.0, 125.0]), _duration([95.0]), _duration([7.25]), _duration([None])
    ('1 h 2 min', '1 min 35 s', '7.2 s', '')
    """
    measured = [value for value in seconds if value is not None]
    whole = round(sum(measured))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    if whole >= 60:
        return f"{whole // 60} min {whole % 60} s"
    return f"{sum(measured):.2g} s" if measured else ""


def _grouped(drawn: Sequence[Sample]) -> dict[str, list[Sample]]:
    groups: dict[str, list[Sample]] = {}
    for sample in drawn:
        groups.setdefault(sample.name, []).append(sample)
    return groups


def _uri(pixels: NDArray[np.uint8]) -> str:
    """A grey picture as a PNG in a data URI, pixel for pixel."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
