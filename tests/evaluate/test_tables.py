"""The tables of an evaluation."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from evaluate.tables import answers_table, as_csv, as_latex, tables

if TYPE_CHECKING:
    from evaluate.run import Evaluation


def read(rows: list[list[object]]) -> list[list[str]]:
    """What another program reads from the CSV."""
    return list(csv.reader(io.StringIO(as_csv(rows).decode())))


def test_confusion_matrix(evaluation: Evaluation) -> None:
    """Table III's third row."""
    assert read(tables(evaluation.result)["confusion"][1])[3] == ["fear", "0", "0", "22", "0", "1", "13", "2"]


def test_figures(evaluation: Evaluation) -> None:
    """The accuracy with its interval, six significant digits."""
    rows = read(tables(evaluation.result)["figures"][1])
    assert rows[1] == ["accuracy", "0.85101", "0.812573", "0.882702", "wilson"]


def test_answer_of_every_face(evaluation: Evaluation) -> None:
    """Name, label, answer and the probabilities, which sum to 1."""
    rows = read(answers_table(evaluation.answers))
    assert len(rows) == 397
    assert rows[1][:3] == ["faces.csv:2", "angry", "angry"]
    assert abs(sum(map(float, rows[1][4:])) - 1) < 1e-5


def test_a_name_with_commas_and_quotes_stays_one_field() -> None:
    """As RFC 4180 has it."""
    assert read([["face"], ['a "b", c\n.png']]) == [["face"], ['a "b", c\n.png']]


def test_latex_of_a_hostile_value() -> None:
    """What means something to LaTeX is escaped."""
    assert rb"a\_b \& \$c\textbackslash{}d" in as_latex("Slices", [["value"], ["a_b & $c\\d"]])
