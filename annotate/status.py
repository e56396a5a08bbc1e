"""How far the raters are: per rater and per face, from the tables alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from schemas.errors import WorkspaceError
from workspace.lineage import last_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workspace.store import Workspace

BREAK_SECONDS = 600.0
"""A longer time between two answers is a break and does not count as work; a face takes seconds, a note a minute."""


def status(workspace: Workspace) -> dict[str, Any]:
    """Counts what was pushed, answered and skipped, as of the last pull.

    Labels are not looked at but to tell an answer from a skip: nothing here says what a rater thinks, nor how well they
    do on faces of known label.

    Pace is answers per hour of work. The work on an answer is the time since the rater's answer before it; where that
    is over ten minutes, a break, it is the time the page was open (`lead_time_s`), ten minutes at most.

    Args:
        workspace: Whose tables.

    Returns:
        `pulled` (when, or None), `raters` (id -> `tasks`, `answered`, `skipped`, `left`, `per_hour`, `hours_left`,
        `last_answer`), `faces` (list of `wanted`, `answered`, `faces`: how many faces to be labelled have how
        many answers), `open_faces` (face_id -> `wanted`, `answered`, `skipped`), `refused` (answers that the last pull
        could not take).

    Raises:
        WorkspaceError: Nothing was pushed and nothing imported.
    """
    tasks = workspace.read_arrow("tasks", ["face_id", "rater", "kind"]).to_pylist()
    answers = _counting(workspace.read_arrow("annotations").to_pylist())
    if not tasks and not answers:
        raise WorkspaceError(f"nothing was pushed from {workspace.path}", "push faces with `annotate push`")
    wanted, counts = _faces(tasks, answers.values(), _wanted_if_shared(workspace))
    table = Counter((wanted[face], counts[face]["answered"]) for face in wanted)
    line = last_line(workspace, "pull")
    return {
        "pulled": line["finished"] if line else None,
        "raters": _raters(tasks, answers),
        "faces": [
            {"wanted": shall, "answered": has, "faces": number} for (shall, has), number in sorted(table.items())
        ],
        "open_faces": {
            face: {"wanted": wanted[face], "answered": counts[face]["answered"], "skipped": counts[face]["skipped"]}
            for face in sorted(wanted)
            if counts[face]["answered"] < wanted[face]
        },
        "refused": line["counts"]["refused"] if line else 0,
    }


def _counting(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str, int], Mapping[str, Any]]:
    """(face_id, rater, presentation) -> the revision that counts, as `annotate.revisions.latest` has it."""
    counting: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["revision"]):
        if row["gone"] != "annotation":
            counting[row["face_id"], row["rater"], row["presentation"]] = row
    return counting


def _wanted_if_shared(workspace: Workspace) -> int:
    """Answers that a face of a shared project shall have, as the last push set it."""
    line = last_line(workspace, "push")
    return int(line["settings"].get("raters_per_face", 1)) if line else 1


def _faces(
    tasks: Sequence[Mapping[str, Any]], answers: Iterable[Mapping[str, Any]], wanted_if_shared: int
) -> tuple[dict[str, int], dict[str, Counter[str]]]:
    """Answers wanted and had by each face to be labelled; gold and the hidden repeats are no part of it.

    Wanted are as many as there are raters it was given to; in a shared project it is given to nobody by name.
    """
    wanted: Counter[str] = Counter()
    for task in tasks:
        if task["kind"] == "task":
            wanted[task["face_id"]] += 1 if task["rater"] else wanted_if_shared
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in answers:
        if row["kind"] == "task":
            counts[row["face_id"]]["skipped" if row["skipped"] else "answered"] += 1
    return dict(wanted), counts


def _raters(
    tasks: Iterable[Mapping[str, Any]], answers: Mapping[tuple[str, str, int], Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    given = Counter(task["rater"] for task in tasks)
    shared = given.pop("", 0)
    by_rater: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for (_, rater, _), row in answers.items():
        by_rater[rater].append(row)
    told = {}
    for rater in sorted({*given, *by_rater}):
        rows = by_rater[rater]
        pulled = [row for row in rows if row["project"] >= 0]
        skipped = sum(row["skipped"] for row in rows)
        total = given[rater] + (shared if pulled and not given[rater] else 0)
        left, pace = max(total - len(pulled), 0), _pace(pulled)
        told[rater] = {
            "tasks": total,
            "answered": len(rows) - skipped,
            "skipped": skipped,
            "left": left,
            "per_hour": round(pace, 1) if pace else None,
            "hours_left": round(left / pace, 2) if pace else None,
            "last_answer": max((row["updated_at"] for row in pulled if row["updated_at"]), default=None),
        }
    return told


def _pace(rows: Iterable[Mapping[str, Any]]) -> float | None:
    """Answers per hour of work; None where no time is known."""
    seconds, counted = 0.0, 0
    before: datetime | None = None
    for row in sorted((row for row in rows if row["created_at"]), key=lambda row: str(row["created_at"])):
        when, lead = datetime.fromisoformat(row["created_at"]), row["lead_time_s"]
        gap = (when - before).total_seconds() if before else BREAK_SECONDS + 1
        work = gap if gap <= BREAK_SECONDS else min(lead, BREAK_SECONDS) if lead is not None else None
        before = when
        if work is not None:
            seconds, counted = seconds + work, counted + 1
    return counted * 3600 / seconds if seconds > 0 else None


def text(result: Mapping[str, Any], *, faces: bool = False) -> str:
    """The status for people.

    Args:
        result: What `status` gave.
        faces: Whether to list the faces that lack answers.
    """
    width = max([5, *map(len, result["raters"])])
    lines = [
        f"{'rater':<{width}} {'tasks':>7}{'answered':>10}{'skipped':>9}{'left':>7}{'an hour':>9}{'hours left':>12}"
    ]
    for name, told in result["raters"].items():
        pace, hours = (f"{told[key]:,.1f}" if told[key] is not None else "–" for key in ("per_hour", "hours_left"))
        counted = f"{told['tasks']:>7,}{told['answered']:>10,}{told['skipped']:>9,}{told['left']:>7,}"
        lines.append(f"{name:<{width}} {counted}{pace:>9}{hours:>12}")
    if result["faces"]:
        lines += ["", "answers    faces"]
        lines += [f"{row['answered']} of {row['wanted']:<5}{row['faces']:>7,}" for row in result["faces"]]
    if faces:
        lines += ["", *(f"{face}  {row['answered']} of {row['wanted']}" for face, row in result["open_faces"].items())]
    lines += ["", f"as of the last pull: {result['pulled'] or 'none was made'}"]
    if result["refused"]:
        lines.append(f"{result['refused']:,} answers could not be taken: `annotate pull` names the reasons")
    return "\n".join(lines)
