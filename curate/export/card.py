"""The data-set card: `README.md`, with the front matter by which Hugging Face finds the files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jinja2

from workspace.markdown import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from curate.export.facts import Facts
    from curate.export.formats import Format
    from curate.export.selection import Selection
    from schemas.settings import ExportSettings

FILE = "README.md"

_GLOBS = {"parquet": "data/{split}-*.parquet", "imagefolder": "data/{split}/**"}
"""Format -> files of a split, for the readers that go by the card."""
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
"""Hugging Face's words for sizes."""


def card(form: Format, kind: str, selection: Selection, facts: Facts, settings: ExportSettings) -> str:
    """The card's text.

    Args:
        form: The format.
        kind: `faces` or `grey`, the crops that are exported.
        selection: What is exported.
        facts: Its figures.
        settings: Title, licence and the rest that only the publisher knows.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("curate", "export"),
        autoescape=False,  # noqa: S701 - Markdown; every text of a stranger goes through `literal`
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["literal"] = literal
    first = selection.splits[0] or {"coco": "all", "folders": ".", "fiftyone": "."}.get(form.name, "train")
    glob = _GLOBS.get(form.name)
    configs = {name or "train": glob.format(split=name or "train") for name in selection.splits} if glob else {}
    return environment.get_template("card.md.jinja").render(
        form=form,
        kind=kind,
        selection=selection,
        facts=facts,
        settings=settings,
        load=form.load.format(first=first),
        configs=configs,
        licence=licence(facts.licences, settings),
        size=next((word for most, word in _SIZES if facts.faces < most), "n>1M"),
        json=json.dumps,
    )


def licence(declared: Mapping[str, int], settings: ExportSettings) -> str:
    """The licence of the whole: as the publisher says, else the only one declared, else empty."""
    only = [text for text in declared if text != "none declared"]
    return settings.licence or (only[0] if len(only) == len(declared) == 1 else "")
