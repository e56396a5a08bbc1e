"""The figures as one page that opens offline, on a phone too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annotate.agreement.plots import course, dots, grid
from annotate.agreement.text import COEFFICIENTS
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SPLITS = 12


def write_page(path: Path, name: str, result: Mapping[str, Any]) -> None:
    """Writes the page.

    Args:
        path: The HTML file; one that is there is replaced.
        name: What the data set is called.
        result: As `annotate.agreement.step.agreement` gives it. Every text in it is escaped.

    Raises:
        StorageError: The disk refused it.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("annotate", "agreement"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = environment.get_template("page.html.jinja").render(name=name, result=result, **_parts(result))
    write_atomically(path.absolute(), page.encode("utf-8", "backslashreplace"))


def _parts(result: Mapping[str, Any]) -> dict[str, Any]:
    raters = [rater for rater in result["raters"] if rater["answers"]]
    coefficients = [(title, says, result["coefficients"][name]) for name, (title, says) in COEFFICIENTS.items()]
    options = [entry["name"] for entry in result["classes"]]
    return {
        "raters": raters,
        "options": [*options, "unusable"],
        "overall": dots("Agreement", coefficients),
        "classes": dots("Others name it too", [(row["name"], "", row["agreement"]) for row in result["classes"]]),
        "kappas": dots("κ of each expression", [(row["name"], "", row["kappa"]) for row in result["classes"]]),
        "split_pairs": [pair for pair in result["pairs"] if pair["split"]][:_SPLITS],
        "split_grid": _splits(result, options),
        "rater_grid": _raters(result, [rater["rater"] for rater in raters]),
        "with_others": dots("With others", [(row["rater"], "", row["agreement"]) for row in raters]),
        "with_self": dots(
            "With self",
            [
                (row["rater"], f"{row['repeats']['faces']} faces", row["repeats"]["share"])
                for row in result["raters"]
                if row["repeats"]["faces"]
            ],
        ),
        "with_known": dots(
            "Known label",
            [
                (row["rater"], f"{row['gold']['faces']} faces", row["gold"]["accuracy"])
                for row in result["raters"]
                if row["gold"]["faces"]
            ],
        ),
        "courses": [course(rater) for rater in raters if rater["blocks"]],
    }


def _splits(result: Mapping[str, Any], options: list[str]) -> dict[str, Any]:
    cells = {}
    for pair in result["pairs"]:
        share = pair["split"] / pair["either"] if pair["either"] else 0.0
        says = f"{pair['first']} and {pair['second']}: {pair['split']} of {pair['either']}"
        cells[pair["first"], pair["second"]] = cells[pair["second"], pair["first"]] = (str(pair["split"]), share, says)
    return grid("Faces split between two expressions; darker: a greater part of those called either", options, cells)


def _raters(result: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    cells = {}
    for pair in result["rater_pairs"]:
        kappa = pair["kappa"]["value"]
        text = "–" if kappa is None else f"{kappa:.2f}"
        says = f"{pair['first']} and {pair['second']}: {pair['faces']} faces, the same on {pair['observed']:.0%}"
        cells[pair["first"], pair["second"]] = cells[pair["second"], pair["first"]] = (text, kappa or 0.0, says)
    return grid("Cohen's κ of two raters each", names, cells)
