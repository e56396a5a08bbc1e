"""Which answers count for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from annotate.ratings import Rated, read_ratings
from schemas.errors import WorkspaceError
from schemas.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.store import Workspace


def said(rated: Rated) -> list[tuple[str, str, str]]:
    """Face, rater and answer of every rating."""
    ratings = rated.ratings
    return [
        (str(rated.face_ids[face]), ratings.raters[rater], ratings.options[answer])
        for face, rater, answer in zip(ratings.face, ratings.rater, ratings.answer, strict=True)
    ]


def test_latest_revision_counts(answers: Callable[..., Workspace]) -> None:
    """An answer that was changed is the changed one; one that was taken back by a skip is none."""
    rated = read_ratings(
        answers(
            ("f", "ada", "happy"),
            ("f", "ada", "sad", {"revision": 1}),
            ("g", "ada", "happy"),
            ("g", "ada", None, {"revision": 1}),
        )
    )
    assert said(rated) == [("f", "ada", "sad")]
    assert rated.skipped.tolist() == [1]
    assert rated.counts["superseded or deleted"] == 2


def test_deleted_answer_does_not_count(answers: Callable[..., Workspace]) -> None:
    """What a rater deleted on the server was not said."""
    rated = read_ratings(answers(("f", "ada", "happy"), ("f", "bob", "sad", {"gone": "annotation"})))
    assert said(rated) == [("f", "ada", "happy")]


def test_second_showing_is_only_a_repeat(answers: Callable[..., Workspace]) -> None:
    """It is held against the same rater's first answer, and is no rating."""
    rated = read_ratings(
        answers(("f", "ada", "happy"), ("f", "ada", "sad", {"presentation": 1, "kind": "repeat"}), ("f", "bob", "sad"))
    )
    assert said(rated) == [("f", "ada", "happy"), ("f", "bob", "sad")]
    assert rated.repeats[["first", "again"]].to_numpy().tolist() == [[3, 4]]


def test_known_labels_are_no_ratings(answers: Callable[..., Workspace]) -> None:
    """A face of known label tells of the rater; the label stands in `tasks`."""
    workspace = answers(("f", "ada", "happy", {"kind": "gold"}), ("g", "ada", "sad"))
    task = {"face_id": "f", "rater": "ada", "kind": "gold", "gold_label": "fear", "uid": "u"}
    row = {column.name: task.get(column.name, None if column.nullable else 0) for column in TABLES["tasks"].columns}
    workspace.replace("tasks", pd.DataFrame([row]))
    rated = read_ratings(workspace)
    assert said(rated) == [("g", "ada", "sad")]
    assert rated.gold[["answer", "gold"]].to_numpy().tolist() == [[3, 2]]


def test_adjudicators_answers_are_apart(answers: Callable[..., Workspace]) -> None:
    """They decide, and are no independent ratings."""
    rated = read_ratings(answers(("f", "ada", "happy"), ("f", "eve", "sad", {"kind": "adjudication"})))
    assert said(rated) == [("f", "ada", "happy")]
    assert rated.adjudications.answer.tolist() == [4]


def test_unusable_is_the_last_option(answers: Callable[..., Workspace]) -> None:
    """It is an answer; contempt is an option where anybody said it."""
    without = read_ratings(answers(("f", "ada", "unusable")))
    assert without.ratings.options[-1] == "unusable"
    assert "contempt" not in without.ratings.options
    rated = read_ratings(answers(("f", "ada", "unusable"), ("f", "bob", "contempt")))
    assert rated.ratings.options[-2:] == ("contempt", "unusable")


def test_nothing_pulled(workspace: Workspace) -> None:
    """There is an error that says what to run."""
    with pytest.raises(WorkspaceError) as error:
        read_ratings(workspace)
    assert "annotate pull" in error.value.fix


def test_strange_label(answers: Callable[..., Workspace]) -> None:
    """A label that is none of the classes is an error, not a class."""
    with pytest.raises(WorkspaceError, match="smirk"):
        read_ratings(answers(("f", "ada", "smirk")))
