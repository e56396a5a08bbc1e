"""Which faces to label next."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from annotate.consensus.step import consensus
from annotate.suggest.step import suggest, text
from schemas.emotion import NAMES
from schemas.errors import WorkspaceError
from schemas.settings import ConsensusSettings, SuggestSettings
from schemas.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from workspace.store import Workspace


def fill(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    """Writes a table; what a row does not name is empty."""
    columns, empty = TABLES[name].columns, {"string": "", "bool": False}
    full = [{c.name: row.get(c.name, None if c.nullable else empty.get(c.type, 0)) for c in columns} for row in rows]
    workspace.replace(name, pd.DataFrame(full, columns=TABLES[name].names, dtype=object))


def faces(workspace: Workspace, names: str) -> None:
    """Fills `faces` with kept faces."""
    fill(workspace, "faces", [{"face_id": name, "image_id": name, "kept": True} for name in names])


def predicted(workspace: Workspace, probabilities: Mapping[str, Mapping[str, float]], *models: str) -> None:
    """Fills `predictions`; what is left of 1 is spread over the other classes."""
    rows = []
    for model in models or ("net@1",):
        for face, given in probabilities.items():
            rest = (1 - sum(given.values())) / max(1, len(NAMES) - len(given))
            shares = {f"p_{name}": given.get(name, rest) for name in NAMES}
            rows.append({"model": model, "face_id": face, "label": max(given, key=given.__getitem__), **shares})
    fill(workspace, "predictions", rows)


def order(workspace: Workspace, path: Path, **settings: Any) -> list[str]:
    """The faces in the order of the file."""
    assert text(suggest(workspace, path / "next.csv", SuggestSettings(**settings)))
    with (path / "next.csv").open() as file:
        return [row["face_id"] for row in csv.DictReader(file)]


ONLY = {"uncertainty_weight": 0.0, "disagreement_weight": 0.0, "deficit_weight": 0.0}


def test_doubt_of_the_model_goes_first(workspace: Workspace, tmp_path: Path) -> None:
    """The face it is least sure of comes first."""
    faces(workspace, "abc")
    predicted(workspace, {"a": {"happy": 0.9}, "b": {"happy": 0.2}, "c": {"happy": 0.5}})
    assert order(workspace, tmp_path, **ONLY | {"uncertainty_weight": 1.0}) == ["b", "c", "a"]


def test_disagreement_goes_first(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """Two raters who differ go before two who agree, and those before a face nobody has seen only by name."""
    workspace = answers(("c", "ada", "fear"), ("c", "bob", "sad"), ("b", "ada", "fear"), ("b", "bob", "fear"))
    faces(workspace, "abc")
    assert order(workspace, tmp_path, **ONLY | {"disagreement_weight": 1.0}) == ["c", "a", "b"]


def test_rare_class_goes_first(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """With many happy faces labelled, one that is likely happy goes last."""
    rows = [(f"x{at}", rater, "happy") for at in range(3) for rater in ("ada", "bob")]
    workspace = answers(*rows)
    consensus(workspace, ConsensusSettings())
    faces(workspace, "ab")
    predicted(workspace, {"a": {"happy": 0.8}, "b": {"disgust": 0.8}})
    assert order(workspace, tmp_path, **ONLY | {"deficit_weight": 1.0}) == ["b", "a"]


def test_decided_faces_are_no_candidates(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """What has a label is not asked again; what is a tie is."""
    workspace = answers(("a", "ada", "sad"), ("a", "bob", "sad"), ("b", "ada", "sad"), ("b", "bob", "fear"))
    consensus(workspace, ConsensusSettings())
    faces(workspace, "ab")
    assert order(workspace, tmp_path) == ["b"]


def test_number_of_faces(workspace: Workspace, tmp_path: Path) -> None:
    """No more than asked for."""
    faces(workspace, "abcdef")
    predicted(workspace, {face: {"happy": 0.5} for face in "abcdef"})
    assert order(workspace, tmp_path, suggest_faces=2) == ["a", "b"]


def test_model_must_be_named_where_there_are_two(workspace: Workspace, tmp_path: Path) -> None:
    """Two models are not mixed; a name without the digits of its file is enough."""
    faces(workspace, "ab")
    predicted(workspace, {"a": {"happy": 0.9}, "b": {"happy": 0.3}}, "net@1", "other@2")
    with pytest.raises(WorkspaceError, match="several models"):
        order(workspace, tmp_path)
    assert order(workspace, tmp_path, suggest_model="net")[0] == "b"
    with pytest.raises(WorkspaceError, match="no model"):
        order(workspace, tmp_path, suggest_model="absent")


def test_nothing_to_go_by(workspace: Workspace, tmp_path: Path) -> None:
    """Without faces, and without answers and predictions, there is an error, not an order by chance."""
    with pytest.raises(WorkspaceError, match="no kept face"):
        order(workspace, tmp_path)
    faces(workspace, "ab")
    with pytest.raises(WorkspaceError, match="neither predictions"):
        order(workspace, tmp_path)


def test_face_the_model_has_not_seen_is_doubtful(workspace: Workspace, tmp_path: Path) -> None:
    """It is taken for one of which nothing is known."""
    faces(workspace, "ab")
    predicted(workspace, {"a": {"happy": 0.9}})
    assert order(workspace, tmp_path)[0] == "b"
    assert np.isfinite(pd.read_csv(tmp_path / "next.csv")["score"]).all()
