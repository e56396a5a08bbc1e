"""The queue of the faces that raters left open."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from annotate.adjudicate import adjudicate, text
from annotate.consensus.step import consensus
from schemas.errors import WorkspaceError
from schemas.settings import ConsensusSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

ROWS = [
    *((("clear", rater, "happy")) for rater in ("ada", "bob", "cat")),
    *(("doubt", "ada", "fear"), ("doubt", "bob", "fear"), ("doubt", "cat", "sad"), ("doubt", "dan", "happy")),
    *(("tie", "ada", "fear"), ("tie", "bob", "sad"), ("tie", "cat", "happy")),
]


def queue(path: Path) -> list[dict[str, str]]:
    """The rows of the file."""
    with path.open() as file:
        return list(csv.DictReader(file))


def test_only_open_faces_are_listed(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """Ties and doubtful faces, the least sure first, and no votes unless asked for."""
    workspace = answers(*ROWS)
    consensus(workspace, ConsensusSettings())
    result = adjudicate(workspace, tmp_path / "queue.csv", show_votes=False)
    assert result["statuses"] == {"tie": 1, "doubtful": 1}
    assert "2 faces" in text(result)
    expected = [
        {"face_id": "tie", "status": "tie", "confidence": "0.3333"},
        {"face_id": "doubt", "status": "doubtful", "confidence": "0.5000"},
    ]
    assert queue(tmp_path / "queue.csv") == expected


def test_votes_are_shown_when_asked(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """What each class got, in the classes' order."""
    workspace = answers(*ROWS)
    consensus(workspace, ConsensusSettings())
    adjudicate(workspace, tmp_path / "queue.csv", show_votes=True)
    assert [row["votes"] for row in queue(tmp_path / "queue.csv")] == [
        "fear 1, happy 1, sad 1",
        "fear 2, happy 1, sad 1",
    ]


def test_decided_faces_leave_the_queue(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """What an adjudicator has answered is not asked again."""
    eve = {"kind": "adjudication"}
    workspace = answers(*ROWS, ("tie", "eve", "fear", eve), ("doubt", "eve", "fear", eve))
    consensus(workspace, ConsensusSettings())
    result = adjudicate(workspace, tmp_path / "queue.csv", show_votes=False)
    assert (result["faces"], result["decided"]) == (0, 2)
    assert queue(tmp_path / "queue.csv") == []


def test_labels_older_than_answers_are_refused(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """The queue would ask for what has been answered meanwhile."""
    workspace = answers(*ROWS)
    with pytest.raises(WorkspaceError, match="no labels"):
        adjudicate(workspace, tmp_path / "queue.csv", show_votes=False)
    consensus(workspace, ConsensusSettings())
    answers(*ROWS, ("tie", "dan", "fear"))
    with pytest.raises(WorkspaceError, match="older"):
        adjudicate(workspace, tmp_path / "queue.csv", show_votes=False)
