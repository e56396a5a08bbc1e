"""How far the raters are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from annotate.answers import Answer
from annotate.revisions import Found, Server, record
from annotate.status import status, text
from schemas.errors import WorkspaceError
from schemas.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workspace.store import Workspace

HAPPY, SKIP = Answer(label="happy"), Answer(skipped=True)


def pushed(workspace: Workspace, *pairs: tuple[str, str], presentation: int = 0) -> None:
    """Writes the table of tasks: face and rater of each."""
    values = [
        {
            "face_id": face,
            "rater": rater,
            "presentation": presentation,
            "kind": "task",
            "uid": f"{face}{rater}",
            "project": 1,
            "task": number,
            "order": number,
            "push_id": 1,
        }
        for number, (face, rater) in enumerate(pairs)
    ]
    workspace.replace("tasks", pd.DataFrame(values, columns=TABLES["tasks"].names, dtype=object))


def answered(workspace: Workspace, *answers: tuple[str, str, str, Answer], lead: float | None = 30.0) -> None:
    """Records answers: face, rater, time of day, answer."""
    items = [
        Found(
            place=f"1/{number}/{number}",
            verdict=verdict,
            raw={},
            face_id=face,
            rater=rater,
            kind="task",
            lead_time_s=lead,
            created_at=f"2026-01-01T{when}Z",
            updated_at=f"2026-01-01T{when}Z",
            project=1,
            task=number,
            annotation=number,
        )
        for number, (face, rater, when, verdict) in enumerate(answers)
    ]
    record(workspace, items, Server())


def of(workspace: Workspace, rater: str, *names: str) -> Sequence[Any]:
    """What is told of a rater."""
    return [status(workspace)["raters"][rater][name] for name in names]


def test_progress_of_each_rater(workspace: Workspace) -> None:
    """Two of three answered, one of them skipped: one is left."""
    pushed(workspace, ("a", "R01"), ("b", "R01"), ("c", "R01"), ("a", "R02"))
    answered(workspace, ("a", "R01", "10:00:00", HAPPY), ("b", "R01", "10:01:00", SKIP))
    names = ("tasks", "answered", "skipped", "left", "last_answer")
    assert of(workspace, "R01", *names) == [3, 1, 1, 1, "2026-01-01T10:01:00Z"]
    assert of(workspace, "R02", *names) == [1, 0, 0, 1, None]


def test_pace_counts_work_and_leaves_breaks_out(workspace: Workspace) -> None:
    """30 s (page open), 60 s, a break of an hour (30 s page open), 120 s: 4 answers in 240 s are 60 an hour."""
    pushed(workspace, *((face, "R01") for face in "abcdefghij"))
    times = ("10:00:00", "10:01:00", "11:01:00", "11:03:00")
    answered(workspace, *((face, "R01", when, HAPPY) for face, when in zip("abcd", times, strict=True)))
    assert of(workspace, "R01", "per_hour", "left", "hours_left") == [60.0, 6, 0.1]


def test_a_page_left_open_over_night_counts_ten_minutes(workspace: Workspace) -> None:
    """One answer after 8 hours of an open page: 6 an hour."""
    pushed(workspace, ("a", "R01"), ("b", "R01"))
    answered(workspace, ("a", "R01", "10:00:00", HAPPY), lead=28_800.0)
    assert of(workspace, "R01", "per_hour") == [6.0]


def test_without_times_there_is_no_pace(workspace: Workspace) -> None:
    """Nothing is made up where no time is known."""
    pushed(workspace, ("a", "R01"), ("b", "R01"))
    answered(workspace, ("a", "R01", "10:00:00", HAPPY), lead=None)
    assert of(workspace, "R01", "per_hour", "hours_left") == [None, None]
    assert "–" in text(status(workspace))


def test_faces_by_the_answers_they_have(workspace: Workspace) -> None:
    """A skip is no answer; the hidden repeat is not counted twice."""
    pushed(workspace, ("a", "R01"), ("a", "R02"), ("b", "R01"), ("b", "R02"))
    answered(
        workspace,
        ("a", "R01", "10:00:00", HAPPY),
        ("a", "R02", "10:00:00", HAPPY),
        ("b", "R01", "10:00:10", HAPPY),
        ("b", "R02", "10:00:10", SKIP),
    )
    result = status(workspace)
    assert result["faces"] == [
        {"wanted": 2, "answered": 1, "faces": 1},
        {"wanted": 2, "answered": 2, "faces": 1},
    ]
    assert result["open_faces"] == {"b": {"wanted": 2, "answered": 1, "skipped": 1}}
    assert "b  1 of 2" in text(result, faces=True)


def test_nothing_tells_what_a_rater_said(workspace: Workspace) -> None:
    """No label is in the status, in no form: whoever watches the progress stays blind."""
    pushed(workspace, ("a", "R01"))
    answered(workspace, ("a", "R01", "10:00:00", HAPPY))
    assert "happy" not in repr(status(workspace)) + text(status(workspace), faces=True)


def test_nothing_pushed_is_told(workspace: Workspace) -> None:
    """A workspace without tasks and answers has no status."""
    with pytest.raises(WorkspaceError, match="nothing was pushed"):
        status(workspace)
