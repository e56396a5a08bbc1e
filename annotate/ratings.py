"""The table `annotations` as ratings: which answers count for what.

- The latest revision counts, even where it takes an answer back by skipping the face.
- The first showing is the rating. The hidden repeat is only held against the same rater's first answer.
- Gold faces, whose label is known, only tell how well a rater does.
- An adjudicator's answer is no independent rating: it decides what the others left open.
- `unusable` is an answer: the last option. A skipped face has no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from annotate.revisions import latest
from annotate.statistics.ratings import Ratings
from schemas.emotion import CONTEMPT, NAMES, UNUSABLE
from schemas.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workspace.store import Workspace

_COLUMNS = (
    "face_id",
    "rater",
    "presentation",
    "revision",
    "kind",
    "label",
    "unusable",
    "skipped",
    "lead_time_s",
    "created_at",
    "gone",
)


@dataclass(frozen=True)
class Rated:
    """What raters said.

    Attributes:
        face_ids: object `[N]`, every face that was shown, sorted.
        ratings: Independent first answers; the options are the seven expressions, contempt where anybody said it,
            and `unusable` last.
        rows: One row for each of these answers, in their order: face, rater, answer, lead_time_s, created_at, unusable.
        repeats: face, rater, first, again: answers of one rater to one face at both showings.
        gold: rater, answer, gold, created_at: answers to faces whose label is known.
        adjudications: Answers of adjudicators, of the same faces, raters and options.
        skipped: int64 `[R]`, faces that each rater passed over.
        counts: What became of all rows, by name.
    """

    face_ids: NDArray[np.object_]
    ratings: Ratings
    rows: pd.DataFrame
    repeats: pd.DataFrame
    gold: pd.DataFrame
    adjudications: Ratings
    skipped: NDArray[np.int64]
    counts: dict[str, int]


def read_ratings(workspace: Workspace) -> Rated:
    """Reads what raters said.

    Args:
        workspace: With the table `annotations`; `tasks`, if it is there, has the labels of gold faces.

    Raises:
        WorkspaceError: Nothing was pulled yet, or a label is none of the classes.
    """
    table = workspace.read("annotations", _COLUMNS)
    if table.empty:
        raise WorkspaceError(f"{workspace.path} has no answers of raters", "run `annotate pull`, or `annotate import`")
    frame = latest(table)
    options = (*NAMES, *([CONTEMPT] if (frame["label"] == CONTEMPT).any() else []), UNUSABLE)
    face, face_ids = pd.factorize(frame["face_id"], sort=True)
    rater, raters = pd.factorize(frame["rater"], sort=True)
    frame = frame.assign(face=face, rater=rater, answer=_answers(frame, options))
    names = tuple(str(name) for name in raters)
    given, first = frame["answer"] >= 0, frame["presentation"] == 0
    decided, known = frame["kind"] == "adjudication", frame["kind"] == "gold"
    independent = first & ~decided & ~known

    def ratings(rows: pd.DataFrame) -> Ratings:
        face, rater, answer = (rows[name].to_numpy(np.int64) for name in ("face", "rater", "answer"))
        return Ratings(len(face_ids), names, options, face, rater, answer)

    rows = frame[independent & given].sort_values(["face", "rater"])
    # A face that was adjudicated has no second showing to the adjudicator.
    again = frame[(frame["presentation"] == 1) & given & ~decided]
    skipped = np.bincount(rater[frame["skipped"] & independent], minlength=len(names))
    counts = {
        "rows": len(table),
        "superseded or deleted": len(table) - len(frame),
        "skipped": int(frame["skipped"].sum()),
        "without an answer": int((~given & ~frame["skipped"]).sum()),
        "ratings": len(rows),
        "repeats": len(again),
        "gold": int((known & given & first).sum()),
        "adjudications": int((decided & given).sum()),
    }
    return Rated(
        face_ids=np.asarray(face_ids, dtype=object),
        ratings=ratings(rows),
        rows=rows[["face", "rater", "answer", "lead_time_s", "created_at", "unusable"]].reset_index(drop=True),
        repeats=_repeats(rows, again),
        gold=_gold(workspace, frame[known & given & first], options),
        adjudications=ratings(frame[decided & given].sort_values(["face", "rater"])),
        skipped=skipped.astype(np.int64),
        counts=counts,
    )


def _answers(frame: pd.DataFrame, options: Sequence[str]) -> NDArray[np.int64]:
    """The answer of each row as an index of the options; -1 where there is none."""
    number = {name: at for at, name in enumerate(options)}
    answers = frame["label"].map(number)
    unknown = frame["label"].notna() & answers.isna()
    if unknown.any():
        what = f"table `annotations` has a label that is none of the classes: {frame.loc[unknown, 'label'].iloc[0]}"
        raise WorkspaceError(what, f"the classes are {', '.join((*NAMES, CONTEMPT))}")
    answers = answers.mask(frame["unusable"].notna(), number[UNUSABLE]).mask(frame["skipped"])
    return np.asarray(answers.fillna(-1), np.int64)


def _repeats(rows: pd.DataFrame, again: pd.DataFrame) -> pd.DataFrame:
    both = rows.merge(again[["face", "rater", "answer"]], on=["face", "rater"], suffixes=("", "_again"))
    return both.rename(columns={"answer": "first", "answer_again": "again"})[["face", "rater", "first", "again"]]


def _gold(workspace: Workspace, answered: pd.DataFrame, options: Sequence[str]) -> pd.DataFrame:
    """Answers to gold faces beside the known label; a label that is none of the options (contempt) is known too."""
    tasks = workspace.read("tasks", ["face_id", "rater", "presentation", "kind", "gold_label"])
    tasks = tasks[(tasks["kind"] == "gold") & tasks["gold_label"].notna()]
    number = {name: at for at, name in enumerate(options)}
    # In a shared project the task was planned for nobody in particular.
    labels = tasks.drop_duplicates("face_id").set_index("face_id")["gold_label"].map(number).astype("float64")
    gold = answered["face_id"].map(labels).fillna(-1).astype(np.int64)
    known = answered.assign(gold=gold)
    return known.loc[gold >= 0, ["rater", "answer", "gold", "created_at"]].reset_index(drop=True)
