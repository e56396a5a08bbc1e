"""Labels from the answers of several raters."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from annotate.consensus.decide import confusion
from annotate.consensus.step import consensus
from annotate.consensus.text import text
from annotate.consensus.votes import write_votes
from schemas.emotion import NAMES
from schemas.errors import WorkspaceError
from schemas.settings import ConsensusSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

METHODS = ("majority", "weighted", "dawid-skene")


def labels(workspace: Workspace, **settings: Any) -> dict[str, dict[str, Any]]:
    """The table after consensus: face_id -> row."""
    assert text(consensus(workspace, ConsensusSettings(**settings)))
    return {row["face_id"]: row for row in workspace.read("labels").to_dict("records")}


def votes(face: str, *said: str | None) -> list[tuple[str, str, str | None]]:
    """One answer of each of the raters r0, r1 and so on."""
    return [(face, f"r{at}", label) for at, label in enumerate(said)]


def test_statuses_by_votes(answers: Callable[..., Workspace]) -> None:
    """Three alike agree, two of three are a majority, one of three or two against two decide nothing."""
    found = labels(
        answers(
            *votes("agreed", "sad", "sad", "sad"),
            *votes("majority", "fear", "surprise", "fear"),
            *votes("tie", "fear", "fear", "surprise", "surprise"),
            *votes("doubtful", "fear", "fear", "sad", "happy"),
            *votes("unusable", "unusable", "unusable", "sad"),
        )
    )
    assert {face: row["status"] for face, row in found.items()} == {name: name for name in found}
    assert found["agreed"]["label"] == "sad"
    assert found["majority"]["label"] == "fear"
    assert found["majority"]["confidence"] == pytest.approx(2 / 3)
    assert all(
        found[face]["label"] is None or found[face]["label"] != found[face]["label"]
        for face in ("tie", "doubtful", "unusable")
    )


def test_votes_and_soft_label(answers: Callable[..., Workspace]) -> None:
    """The distribution of the votes stands beside the label; `unusable` has no part in the soft one."""
    row = labels(answers(*votes("f", "fear", "fear", "surprise", "unusable", None)))["f"]
    assert (row["votes_fear"], row["votes_surprise"], row["votes_unusable"], row["raters"]) == (2, 1, 1, 4)
    assert [row[f"p_{name}"] for name in NAMES] == pytest.approx([0, 0, 2 / 3, 0, 0, 1 / 3, 0])


def test_no_soft_label_where_it_would_say_what_nobody_meant(answers: Callable[..., Workspace]) -> None:
    """A face that cannot be used, or shows contempt, has no distribution over the seven."""
    found = labels(answers(*votes("f", "unusable", "unusable", "sad"), *votes("g", "contempt", "contempt", "angry")))
    assert math.isnan(found["f"]["p_sad"])
    assert math.isnan(found["g"]["p_angry"])
    assert found["g"]["label"] == "contempt"


@pytest.mark.parametrize("method", METHODS)
def test_one_rater_only_is_doubtful(answers: Callable[..., Workspace], method: str) -> None:
    """Nobody agrees or disagrees; --min-raters 1 takes the one answer."""
    workspace = answers(*votes("f", "sad"), *votes("g", "happy"))
    assert {row["status"] for row in labels(workspace, consensus_method=method).values()} == {"doubtful"}
    assert labels(workspace, consensus_method=method, min_raters=1)["f"]["label"] == "sad"


@pytest.mark.parametrize("method", METHODS)
def test_all_skipped_gives_no_rows(answers: Callable[..., Workspace], method: str) -> None:
    """A face without an answer has no label, not an empty one."""
    assert labels(answers(*votes("f", None, None)), consensus_method=method) == {}


def test_adjudicator_wins_and_is_marked(answers: Callable[..., Workspace]) -> None:
    """Over a tie, and over a majority; the vote is counted among the votes."""
    eve = {"kind": "adjudication"}
    workspace = answers(
        *votes("f", "fear", "surprise"),
        *votes("g", "fear", "fear"),
        *votes("h", "fear", "surprise"),
        *votes("i", "fear", "surprise"),
        ("f", "eve", "surprise", eve),
        ("g", "eve", "surprise", eve),
        ("h", "eve", "unusable", eve),
    )
    found = labels(workspace)
    assert [found[face]["label"] for face in "fg"] == ["surprise", "surprise"]
    assert {found[face]["status"] for face in "fg"} == {"adjudicated"}
    assert [found[face]["method"] for face in "fghi"] == ["adjudication"] * 3 + ["majority"]
    assert (found["h"]["status"], found["i"]["status"]) == ("unusable", "tie")
    assert (found["f"]["votes_fear"], found["f"]["votes_surprise"], found["f"]["raters"]) == (1, 2, 3)


def test_panel_at_odds_decides_nothing(answers: Callable[..., Workspace]) -> None:
    """Two adjudicators who differ leave the face open; most of three decide."""
    panel = [("f", "eve", "fear"), ("f", "dan", "sad")]
    rows = [*votes("f", "fear", "surprise"), *((*row, {"kind": "adjudication"}) for row in panel)]
    assert labels(answers(*rows))["f"]["status"] == "tie"
    found = labels(answers(*rows, ("f", "cat", "sad", {"kind": "adjudication"})))["f"]
    assert (found["label"], found["status"]) == ("sad", "adjudicated")
    assert found["confidence"] == pytest.approx(2 / 3)


def test_weights_break_a_tie(answers: Callable[..., Workspace]) -> None:
    """The rater who goes with the others is believed before the one who does not."""
    clear = [row for at in range(5) for row in votes(f"clear{at}", "happy", "happy", "happy", "sad")]
    workspace = answers(*clear, ("f", "r0", "fear"), ("f", "r3", "surprise"))
    assert labels(workspace)["f"]["status"] == "tie"
    assert labels(workspace, consensus_method="weighted")["f"]["label"] == "fear"


def test_unusable_is_decided_by_votes_alone(answers: Callable[..., Workspace]) -> None:
    """Dawid and Skene's model never calls a face unusable that most raters named."""
    random = np.random.default_rng(0)
    rows = []
    for at in range(60):
        for rater in range(4):
            answer = "unusable" if random.random() < 0.05 else str(random.choice(NAMES))
            rows.append((f"{at:02}", f"r{rater}", answer))
    found = labels(answers(*rows), consensus_method="dawid-skene")
    called = [row for row in found.values() if row["status"] == "unusable"]
    assert all(row["votes_unusable"] * 2 >= row["raters"] for row in called)


def test_second_run_does_nothing(answers: Callable[..., Workspace]) -> None:
    """The same answers and settings: the table is left as it is; other settings make it anew."""
    workspace = answers(*votes("f", "sad", "sad"))
    first = consensus(workspace, ConsensusSettings())
    again = consensus(workspace, ConsensusSettings())
    assert (first["done_before"], again["done_before"]) == (False, True)
    assert {**first, "done_before": True} == again
    assert not consensus(workspace, ConsensusSettings(min_raters=3))["done_before"]


@pytest.mark.parametrize("method", METHODS)
def test_order_of_rows_does_not_matter(answers: Callable[..., Workspace], method: str) -> None:
    """The table is the same, bit for bit."""
    random = np.random.default_rng(1)
    rows = [(f"{at:02}", f"r{rater}", str(random.choice(NAMES))) for at in range(30) for rater in range(3)]
    workspace = answers(*rows)
    labels(workspace, consensus_method=method)
    digest = workspace.digest("labels")
    labels(answers(*reversed(rows)), consensus_method=method)
    assert workspace.digest("labels") == digest


def test_confusion_leaves_the_answer_itself_out() -> None:
    """By hand: of fear, fear and surprise, each fear meets a tie and counts for nothing; surprise meets fear."""
    assert confusion(np.array([[2, 1]]), np.array([3])).tolist() == [[0, 3], [0, 0]]
    assert confusion(np.array([[3, 1]]), np.array([1])).tolist() == [[3, 1], [0, 0]]


def test_votes_as_ferplus_has_them(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """Its twelve columns in its order; unusable stands under NF, not a face."""
    workspace = answers(*votes("f", "fear", "neutral", "unusable", "contempt"))
    with pytest.raises(WorkspaceError):
        write_votes(workspace, tmp_path / "votes.csv")
    consensus(workspace, ConsensusSettings())
    assert write_votes(workspace, tmp_path / "votes.csv") == 1
    with (tmp_path / "votes.csv").open() as file:
        head, row = csv.reader(file)
    assert head[:4] == ["Usage", "Image name", "neutral", "happiness"]
    assert head[-4:] == ["fear", "contempt", "unknown", "NF"]
    assert row == ["", "f.png", "1", "0", "0", "0", "0", "0", "1", "1", "0", "1"]
