"""What the template is given: plain data, of which every text is escaped there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from evaluate import metrics
from evaluate.remarks import headline
from evaluate.report.pictures import Face, Faces

if TYPE_CHECKING:
    from evaluate.result import Calibration, Confusion, Estimate, Result, Slice
    from evaluate.run import Evaluation

_PAIRS = 8
_PAIR_FACES = 6
_ERRORS = 24
"""How many the page shows at most, so that it stays small with 100,000 faces."""

NAMES = {
    "balanced_accuracy": ("Balanced accuracy", "mean recall over the classes"),
    "macro_precision": ("Macro precision", "mean precision over the classes"),
    "macro_f1": ("Macro F1", "mean F1 over the classes"),
    "weighted_f1": ("Weighted F1", "mean F1, each class by its faces"),
    "cohen_kappa": ("Cohen's κ", "agreement beyond chance"),
    "matthews": ("Matthews' correlation", "-1 to 1, over all cells"),
}
"""Figure of the confusion matrix -> what it is called, and what it is."""


@dataclass(frozen=True)
class Cell:
    """A cell of a confusion matrix.

    Attributes:
        actual: Its row, a class.
        predicted: Its column.
        n: Faces, or votes.
        row: Share of its row, 0 to 1; 0 in an empty one.
        column: Share of its column.
        right: Whether it is on the diagonal.
    """

    actual: str
    predicted: str
    n: int
    row: float
    column: float
    right: bool


@dataclass(frozen=True)
class Panel:
    """The faces of a cell.

    Attributes:
        cell: Which one.
        faces: The most confident first.
    """

    cell: Cell
    faces: list[Face]


@dataclass(frozen=True)
class Pair:
    """A confused pair with some of its faces.

    Attributes:
        confusion: The pair.
        faces: The most confident first.
        answer: Whose fault it is, in words; empty where nobody voted.
    """

    confusion: Confusion
    faces: list[Face]
    answer: str


@dataclass(frozen=True)
class Page:
    """What the template is given.

    Attributes:
        headline: The answer in one sentence.
        evaluation: The figures and what they rest on.
        figures: Name, explanation, estimate, whether it is a share.
        matrix: Rows of cells.
        human: The same of raters' votes; None where there are none.
        network: The network's on the same rows.
        panels: Faces of each cell that holds some.
        first: The panel that is open at first.
        pairs: The commonest confusions.
        errors: The most confident errors.
        slices: Column -> its slices.
        diagrams: Title, calibration and whether it is after the temperature.
        settings: All settings, as text.
        drawn: How many different faces the page holds.
    """

    headline: str
    evaluation: Evaluation
    figures: list[tuple[str, str, Estimate, bool]]
    matrix: list[list[Cell]]
    human: list[list[Cell]] | None
    network: list[list[Cell]] | None
    panels: list[Panel]
    first: Panel
    pairs: list[Pair]
    errors: list[Face]
    slices: list[tuple[str, list[Slice]]]
    diagrams: list[tuple[str, Calibration]]
    settings: str
    drawn: int


def page(evaluation: Evaluation, cell_faces: int) -> Page:
    """Lays an evaluation out.

    Args:
        evaluation: Figures and faces.
        cell_faces: Most faces to be shown for each cell.
    """
    result, faces = evaluation.result, Faces(evaluation)
    matrix = cells(result.classes, result.matrix)
    panels = _panels(evaluation, matrix, faces, cell_faces)
    wrong = [one for one in panels if not one.cell.right]
    pairs = [_pair(one, faces, cell_faces) for one in result.confusions[:_PAIRS]]
    errors = _errors(evaluation, faces, cell_faces)
    return Page(
        headline=headline(result, evaluation.name),
        evaluation=evaluation,
        figures=_figures(result),
        matrix=matrix,
        human=_votes(result, "matrix"),
        network=_votes(result, "network_matrix"),
        panels=panels,
        first=max(wrong or panels, key=lambda one: one.cell.n),
        pairs=pairs,
        errors=errors,
        slices=[(column, list(some)) for column, some in groupby(result.slices, key=lambda one: one.column)],
        diagrams=_diagrams(result),
        settings=json.dumps(evaluation.protocol["settings"], indent=1),
        drawn=len(faces),
    )


def cells(classes: tuple[str, ...], matrix: tuple[tuple[int, ...], ...]) -> list[list[Cell]]:
    """A confusion matrix as cells, row by row."""
    counts = np.array(matrix)
    rows, columns = (np.nan_to_num(metrics.normalised(counts, axis)) for axis in (-1, -2))
    return [
        [
            Cell(actual, predicted, int(counts[at, to]), float(rows[at, to]), float(columns[at, to]), at == to)
            for to, predicted in enumerate(classes)
        ]
        for at, actual in enumerate(classes)
    ]


def _votes(result: Result, which: str) -> list[list[Cell]] | None:
    counts = None if result.raters is None else getattr(result.raters, which)
    return None if counts is None else cells(result.classes, counts)


def _panels(evaluation: Evaluation, matrix: list[list[Cell]], faces: Faces, most: int) -> list[Panel]:
    answers = evaluation.answers
    order = np.argsort(-answers.confidence, kind="stable")
    found = []
    for at, row in enumerate(matrix):
        for to, cell in enumerate(row):
            if cell.n:
                these = order[(answers.labels[order] == at) & (answers.predicted[order] == to)][:most]
                found.append(Panel(cell, [faces.face(int(one)) for one in these]))
    return found


def _pair(confusion: Confusion, faces: Faces, most: int) -> Pair:
    words = {
        "picture": "mostly the picture or its label: raters answer so about as often",
        "network": "mostly the network: raters hardly answer so",
        "both": "both: raters answer so too, but less often",
        "few": "" if not confusion.rated else "too few faces with votes to tell",
    }
    shown = [faces.face(at) for at in confusion.faces[: min(most, _PAIR_FACES)]]
    return Pair(confusion, shown, words[confusion.verdict])


def _errors(evaluation: Evaluation, faces: Faces, most: int) -> list[Face]:
    answers = evaluation.answers
    order = np.argsort(-answers.confidence, kind="stable")
    wrong = order[~answers.correct[order]]
    return [faces.face(int(at)) for at in wrong[: _ERRORS if most else 0]]


def _figures(result: Result) -> list[tuple[str, str, Estimate, bool]]:
    figures = [(*NAMES[name], estimate, True) for name, estimate in result.scores.items()]
    figures.insert(1, ("Top-2 accuracy", "the label is among the two likeliest", result.top_2, True))
    figures.append(("Log loss", "nats; 0 is best", result.calibration.log_loss, False))
    figures.append(("Brier score", "0 to 2; 0 is best", result.calibration.brier, False))
    return figures


def _diagrams(result: Result) -> list[tuple[str, Calibration]]:
    diagrams = [("As the network puts them out", result.calibration)]
    if result.temperature is not None:
        diagrams.append((f"With a temperature of {result.temperature.value:.2f}", result.temperature.calibration))
    return diagrams
