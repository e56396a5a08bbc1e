"""Fills the page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2

    from evaluate.result import Estimate
    from evaluate.run import Evaluation

_NONE = "–"
"""What stands where a figure cannot be told."""


def report(evaluation: Evaluation, cell_faces: int) -> str:
    """The report as one HTML document that asks for nothing over the network and runs no script.

    Args:
        evaluation: Figures and faces.
        cell_faces: Most faces to be shown for each cell of the confusion matrix.
    """
    from evaluate.report.page import page

    return environment().get_template("page.html.jinja").render(page=page(evaluation, cell_faces))


def environment() -> jinja2.Environment:
    """The templates of this folder, which share styles and parts, with what they need to write figures."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader("evaluate", "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(percent=percent, number=number, between=between)
    return made


def percent(share: float, digits: int = 1) -> str:
    r"""A share in per cent.

    >>> percent(0.8510), percent(float("nan"))
    ('85.1\xa0%', '–')
    """
    return _NONE if math.isnan(share) else f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def number(value: float, digits: int = 3) -> str:
    """A figure with so many decimals.

    >>> number(0.80984), number(float("nan"))
    ('0.810', '–')
    """
    return _NONE if math.isnan(value) else f"{value:.{digits}f}"


def between(estimate: Estimate, *, share: bool = True) -> str:
    """An interval in words.

    >>> from evaluate.result import Estimate
    >>> between(Estimate(0.8510, 0.8126, 0.8827)), between(Estimate(0.5)), between(Estimate(1.0, 0.9, 1.1), share=False)
    ('81.3 to 88.3 %', '', '0.900 to 1.100')
    """
    if math.isnan(estimate.low):
        return ""
    scale, digits, unit = (100, 1, " %") if share else (1, 3, "")
    return f"{scale * estimate.low:.{digits}f} to {scale * estimate.high:.{digits}f}{unit}"
