"""The model card for people: Markdown, made of the card for machines and of nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jinja2

from train.measures import balanced_accuracy, by_class, mistakes
from train.sources import PUBLISHED
from workspace.markdown import literal

if TYPE_CHECKING:
    from schemas.card import ModelCard

_MISTAKES = 5


def model_card(card: ModelCard) -> bytes:
    """Writes a model card.

    What the card does not say is left out: nothing is filled in.

    Args:
        card: Of the model. Its first metric is the one whose classes and confusions are shown.

    Returns:
        Markdown in UTF-8, with the front matter that Hugging Face reads.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("train", "templates"),
        autoescape=False,  # noqa: S701 - Markdown; every text of a card goes through `literal`
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["literal"] = literal
    environment.filters["percent"] = percent
    environment.filters["thousands"] = lambda number: f"{number:,}"
    first = next(iter(card.metrics), None)
    confusion = first.confusion if first else None
    text = environment.get_template("model_card.md.jinja").render(
        card=card,
        first=first,
        balanced=balanced_accuracy(confusion) if confusion else None,
        classes=by_class(confusion, card.classes) if confusion else [],
        mistakes=mistakes(confusion, card.classes, _MISTAKES) if confusion else [],
        limits=limits(card),
        json=json.dumps,
    )
    return text.encode("utf-8", "backslashreplace")


def percent(share: float | None) -> str:
    """A share as per cent with one digit after the point; a dash for none.

    >>> percent(0.8510101), percent(None)
    ('85.1', '–')
    """
    return "–" if share is None else f"{100 * share:.1f}"


def limits(card: ModelCard) -> list[str]:
    """What a reader of the figures must know: of the selection, of the data."""
    sources = dict.fromkeys(data.source for data in card.data if data.source in PUBLISHED)
    known = [f"{source}: {limit}" for source in sources for limit in PUBLISHED[source].limits]
    chosen = [metric.set for metric in card.metrics if metric.selected]
    flattered = f"Epoch, recipe or network were chosen on {' and '.join(chosen)}: on new faces expect somewhat less."
    return [flattered] * bool(chosen) + known
