"""Writes what an evaluation found into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evaluate.folder import write_folder
from evaluate.remarks import headline
from evaluate.report.step import report
from evaluate.result import FORMAT, plain
from evaluate.tables import answers_table, as_csv, as_latex, tables

if TYPE_CHECKING:
    from pathlib import Path

    from evaluate.run import Evaluation

RESULTS = "results.json"
"""By it the folder is known as one of this command."""


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """What `results.json` holds; `results.schema.json` beside this module describes it."""
    return {
        "format": FORMAT,
        "network": evaluation.name,
        "headline": headline(evaluation.result, evaluation.name),
        "protocol": plain(evaluation.protocol),
        "result": plain(evaluation.result),
    }


def write(evaluation: Evaluation, out: Path, cell_faces: int, *, draw: bool) -> list[str]:
    """Writes report, tables, figures, answers and results.

    Args:
        evaluation: What was found.
        out: A folder; made where there is none. What an earlier evaluation left there is replaced.
        cell_faces: Most faces to be shown for each cell of the confusion matrix.
        draw: Whether to draw the figures as PDF and PNG.

    Returns:
        Names of the files, below `out`.

    Raises:
        StorageError: The disk refused it.
        MissingPartError: Matplotlib is not there, and figures shall be drawn.
    """
    files = {"report.html": report(evaluation, cell_faces).encode("utf-8", "backslashreplace")}
    for name, (caption, rows) in tables(evaluation.result).items():
        files[f"tables/{name}.csv"] = as_csv(rows)
        files[f"tables/{name}.tex"] = as_latex(caption, rows)
    if draw:
        from evaluate.figures import figures

        files |= {f"figures/{name}": content for name, content in figures(evaluation.result)}
    files["answers.csv"] = as_csv(answers_table(evaluation.answers))
    write_folder(out, files, RESULTS, as_json(evaluation))
    return [*files, RESULTS]
