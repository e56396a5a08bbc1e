"""Answers as found now beside those taken before."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings, strategies as st

from annotate.answers import Answer, Refusal
from annotate.revisions import Found, Server, latest, record
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def found(number: int, verdict: Answer | Refusal, **further: Any) -> Found:
    """Annotation `number` of r01 to face f in task 1 of project 3, submitted in that order."""
    values: dict[str, Any] = {
        "place": f"3/1/{number}",
        "raw": {"n": number},
        "face_id": "f",
        "rater": "r01",
        "kind": "task",
        "lead_time_s": 2.5,
        "created_at": f"2026-01-01T00:00:{number:02}.5Z",
        "updated_at": f"2026-01-01T00:00:{number:02}.5Z",
        "project": 3,
        "task": 1,
        "annotation": number,
    }
    return Found(verdict=verdict, **{**values, **further})


def there(*annotations: int, tasks: Sequence[int] = (1,)) -> Server:
    """What project 3 holds."""
    return Server({3}, set(tasks), set(annotations))


def rows(workspace: Workspace) -> list[tuple[Any, ...]]:
    """Revision, label, gone of all rows."""
    table = workspace.read_arrow("annotations").to_pylist()
    return [(row["revision"], row["label"], row["gone"]) for row in table]


def digests(workspace: Workspace) -> dict[str, str]:
    """Every file of the tables and its digest."""
    files = sorted(path for path in (workspace.path / "tables").rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() + str(path.stat().st_ino) for path in files}


SAD, FEAR = Answer(label="sad", intensity=3, confidence=None), Answer(label="fear")


def test_an_answer_is_kept_whole(workspace: Workspace) -> None:
    """Every field is in the row, missing ones as missing."""
    record(workspace, [found(7, SAD, suggested="fear")], there(7))
    assert workspace.read_arrow("annotations").to_pylist() == [
        {
            "face_id": "f",
            "rater": "r01",
            "presentation": 0,
            "revision": 0,
            "kind": "task",
            "label": "sad",
            "second": None,
            "intensity": 3,
            "confidence": None,
            "unusable": None,
            "note": None,
            "skipped": False,
            "lead_time_s": 2.5,
            "created_at": "2026-01-01T00:00:07.5Z",
            "updated_at": "2026-01-01T00:00:07.5Z",
            "project": 3,
            "task": 1,
            "annotation": 7,
            "suggested": "fear",
            "source": "label-studio",
            "gone": None,
        }
    ]


def test_the_same_again_touches_no_file(workspace: Workspace) -> None:
    """Twice the same gives the same bytes in the same files."""
    items = [found(7, SAD), found(8, Refusal("no-answer", "none"), rater="r02")]
    record(workspace, items, there(7, 8))
    before = digests(workspace)
    counts = record(workspace, items, there(7, 8))
    assert digests(workspace) == before
    assert counts == {
        "answers": 1,
        "refused": 1,
        "new": 0,
        "changed": 0,
        "unchanged": 1,
        "gone": 0,
        "new_refused": 0,
    }


def test_a_changed_answer_is_a_further_revision(workspace: Workspace) -> None:
    """The older revision stays as it was, and the newer counts."""
    record(workspace, [found(7, SAD)], there(7))
    counts = record(workspace, [found(7, FEAR, updated_at="2026-01-02T00:00:00Z")], there(7))
    assert (counts["new"], counts["changed"]) == (0, 1)
    assert rows(workspace) == [(0, "sad", None), (1, "fear", None)]
    assert latest(workspace.read("annotations"))["label"].tolist() == ["fear"]


def test_a_change_and_back_are_two_revisions(workspace: Workspace) -> None:
    """What is compared is the last revision, not any."""
    for answer in (SAD, FEAR, SAD):
        record(workspace, [found(7, answer)], there(7))
    assert rows(workspace) == [(0, "sad", None), (1, "fear", None), (2, "sad", None)]


def test_two_annotations_of_one_rater_are_revisions_in_their_order(workspace: Workspace) -> None:
    """A task answered twice has one row for each, the later one the greater revision, in whatever order they come."""
    record(workspace, [found(9, FEAR), found(7, SAD)], there(7, 9))
    assert rows(workspace) == [(0, "sad", None), (1, "fear", None)]


def test_a_deleted_answer_stays_and_counts_no_longer(workspace: Workspace) -> None:
    """It is marked, and the one before it counts again."""
    record(workspace, [found(7, SAD), found(9, FEAR)], there(7, 9))
    counts = record(workspace, [found(7, SAD)], there(7))
    assert counts["gone"] == 1
    assert rows(workspace) == [(0, "sad", None), (1, "fear", "annotation")]
    assert latest(workspace.read("annotations"))["label"].tolist() == ["sad"]


def test_the_answer_to_a_deleted_task_still_counts(workspace: Workspace) -> None:
    """Whoever deletes a task does not take back what a rater said."""
    record(workspace, [found(7, SAD)], there(7))
    record(workspace, [], there(tasks=()))
    assert rows(workspace) == [(0, "sad", "task")]
    assert latest(workspace.read("annotations"))["label"].tolist() == ["sad"]


def test_an_answer_taken_back_stays_so_when_its_task_is_deleted(workspace: Workspace) -> None:
    """A deleted task keeps its answers counting, but not one that was withdrawn before."""
    record(workspace, [found(7, SAD)], there(7))
    record(workspace, [], there())
    record(workspace, [], there(tasks=()))
    assert rows(workspace) == [(0, "sad", "annotation")]


def test_a_project_that_was_not_read_loses_nothing(workspace: Workspace) -> None:
    """Only what was read completely can tell that something has gone."""
    record(workspace, [found(7, SAD)], there(7))
    record(workspace, [], Server({4}, set(), set()))
    assert rows(workspace) == [(0, "sad", None)]


def test_an_answer_that_became_wrong_leaves_the_last_good_one(workspace: Workspace) -> None:
    """The refused change is told; what the rater said before goes on counting."""
    record(workspace, [found(7, SAD)], there(7))
    record(workspace, [found(7, Refusal("unknown-value", "`emotion` cannot be 'x'"))], there(7))
    assert rows(workspace) == [(0, "sad", None)]
    told = workspace.read_arrow("rejected_annotations").to_pylist()
    assert [(row["place"], row["revision"], row["reason"], row["answer"]) for row in told] == [
        ("3/1/7", 0, "unknown-value", '{"n": 7}')
    ]


def test_the_hidden_repeat_is_a_showing_of_its_own(workspace: Workspace) -> None:
    """Both showings begin at revision 0."""
    record(workspace, [found(7, SAD), found(8, FEAR, presentation=1, task=2)], there(7, 8, tasks=(1, 2)))
    assert rows(workspace) == [(0, "sad", None), (0, "fear", None)]


def test_two_imports_of_one_face_do_not_mix(workspace: Workspace) -> None:
    """Answers from two files are revisions of one showing, and each file compares with its own."""
    import_of = {"project": -1, "task": -1, "annotation": -1, "updated_at": None, "created_at": None, "kind": "import"}
    one = [found(0, SAD, source="a.csv", **import_of)]
    two = [found(0, FEAR, source="b.csv", **import_of)]
    for items in (one, two, one, two):
        record(workspace, items, Server())
    assert rows(workspace) == [(0, "sad", None), (1, "fear", None)]


ANSWERS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["sad", "fear", "happy"]), st.sampled_from(["r01", "r02"])),
    unique_by=lambda drawn: drawn[0],
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANSWERS, min_size=1, max_size=4))
def test_every_state_that_was_pulled_can_be_found_again(tmp_path: Path, states: list[Any]) -> None:
    """After any sequence of pulls, what counts is the last state, and no row that ever was has changed but its mark."""
    workspace = Workspace.open(tmp_path / hashlib.sha256(repr(states).encode()).hexdigest(), create=True)
    kept: dict[Any, Any] = {}
    for step, state in enumerate(states):
        items = [
            dataclasses.replace(
                found(number, Answer(label=label)), rater=rater, updated_at=f"2026-01-01T00:{step:02}:{number:02}Z"
            )
            for number, label, rater in state
        ]
        record(workspace, items, there(*(number for number, _, _ in state)))
        table = workspace.read_arrow("annotations").to_pylist()
        now = {(row["face_id"], row["rater"], row["revision"]): {**row, "gone": None} for row in table}
        assert all(now[key] == row for key, row in kept.items())
        kept = now
        alive = {(row["annotation"], row["label"]) for row in table if row["gone"] is None}
        assert {(number, label) for number, label, _ in state} <= alive


def test_no_answers_give_empty_tables(workspace: Workspace) -> None:
    """A pull of nothing writes both tables, so that later steps can tell that it was run."""
    record(workspace, [], Server())
    assert workspace.has("annotations")
    assert workspace.has("rejected_annotations")
    assert len(latest(workspace.read("annotations"))) == 0
