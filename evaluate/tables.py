"""The tables of an evaluation, as CSV for programs and LaTeX for papers."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evaluate.result import Answers, Estimate, Result

Rows = list[list[Any]]
"""A heading and rows below it."""

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "κ": r"$\kappa$",
        "–": "--",
        "σ": r"$\sigma$",
        "°": r"$^\circ$",
    }
)


def tables(result: Result) -> dict[str, tuple[str, Rows]]:
    """File name without ending -> caption and rows; shares go from 0 to 1."""
    return {
        "figures": ("Figures with 95 % intervals", _figures(result)),
        "classes": ("Precision, recall and F1 of each class, with 95 % intervals", _classes(result)),
        "confusion": ("Faces by label (row) and answer (column)", _matrix(result.classes, result.matrix)),
        "pairs": ("Confused pairs, the commonest first", _pairs(result)),
        "slices": ("Accuracy of parts of the faces", _slices(result)),
        **_robustness(result),
        "reliability": ("Accuracy by confidence", _reliability(result)),
        **_human(result),
    }


def answers_table(answers: Answers) -> Rows:
    """A row for each face: its name, label, answer, confidence and all probabilities."""
    heading = ["face", "label", "answer", "confidence", *(f"p_{name}" for name in answers.classes)]
    rows = zip(answers.names, answers.labels, answers.predicted, answers.probabilities.tolist(), strict=True)
    return [
        heading,
        *(
            [name, answers.classes[label], answers.classes[answer], given[answer], *given]
            for name, label, answer, given in rows
        ),
    ]


def as_csv(rows: Rows) -> bytes:
    """Rows as CSV (RFC 4180); what cannot be told is empty, figures have six significant digits."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([_plain(value) for value in row] for row in rows)
    return file.getvalue().encode()


def as_latex(caption: str, rows: Rows) -> bytes:
    r"""Rows as a LaTeX table that needs the package booktabs; figures have three decimals.

    >>> print(as_latex("Faces", [["class", "n"], ["odd & even", 0.5]]).decode())
    \begin{table}
      \caption{Faces}
      \begin{tabular}{lr}
        \toprule
        class & n \\
        \midrule
        odd \& even & 0.500 \\
        \bottomrule
      \end{tabular}
    \end{table}
    <BLANKLINE>
    """
    lines = [f"    {' & '.join(_cell(value) for value in row)} \\\\" for row in rows]
    text = "\n".join(
        [
            r"\begin{table}",
            f"  \\caption{{{caption.translate(_LATEX)}}}",
            f"  \\begin{{tabular}}{{l{'r' * (len(rows[0]) - 1)}}}",
            r"    \toprule",
            lines[0],
            r"    \midrule",
            *lines[1:],
            r"    \bottomrule",
            r"  \end{tabular}",
            r"\end{table}",
            "",
        ]
    )
    return text.encode()


def _figures(result: Result) -> Rows:
    named: list[tuple[str, Estimate]] = [
        ("accuracy", result.accuracy),
        *((name.replace("_", " "), estimate) for name, estimate in result.scores.items()),
        ("top-2 accuracy", result.top_2),
        ("log loss", result.calibration.log_loss),
        ("brier", result.calibration.brier),
        *((f"accuracy, {one.meaning}", one.accuracy) for one in result.variants[1:]),
    ]
    return [["figure", "value", "low", "high", "interval"], *([name, *_ends(one), one.method] for name, one in named)]


def _classes(result: Result) -> Rows:
    measures = ("precision", "recall", "f1")
    heading = ["class", "faces", "answers"]
    for name in measures:
        heading += [name, f"{name} low", f"{name} high"]
    rows: Rows = [heading]
    for one in result.per_class:
        ends = [end for name in measures for end in _ends(getattr(one, name))]
        rows.append([one.name, one.faces, one.predicted, *ends])
    return rows


def _matrix(classes: Sequence[str], matrix: Sequence[Sequence[int]]) -> Rows:
    return [["label", *classes], *([name, *row] for name, row in zip(classes, matrix, strict=True))]


def _pairs(result: Result) -> Rows:
    heading = ["label", "answer", "faces", "share of label", "raters: label", "raters: answer", "by a rater", "verdict"]
    return [
        heading,
        *(
            [
                one.actual,
                one.predicted,
                one.n,
                one.share,
                one.raters_actual,
                one.raters_predicted,
                one.by_a_rater,
                one.verdict,
            ]
            for one in result.confusions
        ),
    ]


def _slices(result: Result) -> Rows:
    return [
        ["column", "value", "faces", "accuracy", "low", "high", "by its classes"],
        *([one.column, one.value, one.n, *_ends(one.accuracy), one.expected] for one in result.slices),
    ]


def _reliability(result: Result) -> Rows:
    return [
        ["above", "up to", "faces", "confidence", "accuracy", "low", "high"],
        *([one.low, one.high, one.n, one.confidence, *_ends(one.accuracy)] for one in result.calibration.bins),
    ]


def _robustness(result: Result) -> dict[str, tuple[str, Rows]]:
    if not result.robustness:
        return {}
    heading = ["faces are", "faces", "accuracy", "low", "high", "same answer"]
    rows = [[one.name, one.n, *_ends(one.accuracy), one.unchanged.value] for one in result.robustness]
    return {"robustness": ("The same faces a little worse seen", [heading, *rows])}


def _human(result: Result) -> dict[str, tuple[str, Rows]]:
    if result.raters is None or result.raters.matrix is None:
        return {}
    caption = "Votes by what the other raters say (row) and the rater says (column)"
    return {"raters": (caption, _matrix(result.classes, result.raters.matrix))}


def _ends(estimate: Estimate) -> Iterator[float]:
    yield from (estimate.value, estimate.low, estimate.high)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return value


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "--" if math.isnan(value) else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value).translate(_LATEX)
