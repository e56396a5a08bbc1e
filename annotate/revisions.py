"""Puts answers as they are found now beside those that were taken before: what changed becomes a revision.

Nothing that was once taken is ever changed or dropped but the mark `gone`, so whatever is pulled twice, in part or in
another order, adds nothing.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from annotate.answers import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from workspace.store import Workspace

STUDIO = "label-studio"
"""`source` of what was pulled."""

_CONTENT = tuple(item.name for item in dataclasses.fields(Answer))
_SHOWING = ("face_id", "rater", "presentation")


@dataclass(frozen=True)
class Found:
    """One answer, taken or refused, as it stands where it came from.

    Attributes:
        place: `project/task/annotation` on the server, or the line or file.
        verdict: The answer, or why there is none.
        raw: The answer as it came, for the table of the refused.
        face_id: The face; None where it is not known.
        rater: The rater; None where not known.
        presentation: 0 for the first showing, 1 for the hidden repeat.
        kind: task, gold, repeat or import.
        lead_time_s: Seconds the page was open.
        created_at: ISO 8601, UTC.
        updated_at: ISO 8601, UTC.
        project: Number on the server; -1 for an import, as `task` and `annotation`.
        task: Number on the server.
        annotation: Number on the server.
        suggested: The label that was ticked beforehand.
        source: `label-studio`, or the name of the imported file.
    """

    place: str
    verdict: Answer | Refusal
    raw: Any
    face_id: str | None
    rater: str | None
    presentation: int = 0
    kind: str = "import"
    lead_time_s: float | None = None
    created_at: str | None = None
    updated_at: str | None = None
    project: int = -1
    task: int = -1
    annotation: int = -1
    suggested: str | None = None
    source: str = STUDIO


@dataclass
class Server:
    """What the projects that were pulled hold, to tell what has gone from them.

    Attributes:
        projects: Their numbers.
        tasks: Numbers of all their tasks.
        annotations: Numbers of all their annotations, the refused ones too.
    """

    projects: set[int] = field(default_factory=set)
    tasks: set[int] = field(default_factory=set)
    annotations: set[int] = field(default_factory=set)


def record(workspace: Workspace, found: Iterable[Found], server: Server) -> dict[str, int]:
    """Adds answers to `annotations` and `rejected_annotations`; a table to which nothing is new is not touched.

    The caller holds the workspace's lock.

    Args:
        workspace: Where the tables are.
        found: All answers as they stand now, in any order; those of `server.projects` completely.
        server: The projects that were read completely; empty where nothing can be told to have gone.

    Returns:
        `answers` and `refused` found; `new` answers, `changed` ones (a further revision), `unchanged`; rows whose mark
        `gone` is another now; `new_refused`.
    """
    items = sorted(found, key=lambda item: (item.updated_at or "", item.annotation, item.place))
    counts: Counter[str] = Counter()
    taken = [item for item in items if isinstance(item.verdict, Answer)]
    refused = [item for item in items if isinstance(item.verdict, Refusal)]
    rows = _with_revisions(workspace.read_arrow("annotations").to_pylist(), taken, counts)
    _mark_gone(rows, server, counts)
    _write(workspace, "annotations", rows, changed=bool(counts["new"] + counts["changed"] + counts["gone"]))
    told = _with_refusals(workspace.read_arrow("rejected_annotations").to_pylist(), refused, counts)
    _write(workspace, "rejected_annotations", told, changed=bool(counts["new_refused"]))
    names = ("new", "changed", "unchanged", "gone", "new_refused")
    return {"answers": len(taken), "refused": len(refused), **{name: counts[name] for name in names}}


def latest(annotations: pd.DataFrame) -> pd.DataFrame:
    """The answers that count: of each face, rater and showing the greatest revision that was not deleted by the rater.

    Args:
        annotations: The table of that name.

    Returns:
        Rows of it, in their order.
    """
    there = annotations[annotations["gone"].isna() | (annotations["gone"] != "annotation")]
    greatest = there.groupby(list(_SHOWING), sort=False)["revision"].transform("max")
    return there[there["revision"] == greatest]


def _with_revisions(rows: list[dict[str, Any]], taken: list[Found], counts: Counter[str]) -> list[dict[str, Any]]:
    """The old rows and one for each answer that differs from the last one with its origin."""
    newest: dict[tuple[Any, ...], int] = {}
    last: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["revision"]):
        showing = tuple(row[name] for name in _SHOWING)
        newest[showing] = row["revision"]
        last[_origin(row["source"], row["project"], row["annotation"], showing)] = row
    for item in taken:
        showing = (item.face_id, item.rater, item.presentation)
        origin = _origin(item.source, item.project, item.annotation, showing)
        content = dataclasses.asdict(item.verdict)
        before = last.get(origin)
        if before is not None and all(before[name] == content[name] for name in _CONTENT):
            counts["unchanged"] += 1
            continue
        counts["new" if before is None else "changed"] += 1
        newest[showing] = newest.get(showing, -1) + 1
        last[origin] = _row(item, content, newest[showing])
        rows.append(last[origin])
    return rows


def _origin(source: str, project: int, annotation: int, showing: tuple[Any, ...]) -> tuple[Any, ...]:
    """What stays the same when an answer is changed: its number on the server, or the file and the face."""
    return (source, project, annotation) if annotation >= 0 else (source, *showing)


def _row(item: Found, content: Mapping[str, Any], revision: int) -> dict[str, Any]:
    kept = {
        name: getattr(item, name)
        for name in (*_SHOWING, "kind", "lead_time_s", "created_at", "updated_at", "project", "task", "annotation")
    }
    return {**kept, **content, "revision": revision, "suggested": item.suggested, "source": item.source, "gone": None}


def _mark_gone(rows: list[dict[str, Any]], server: Server, counts: Counter[str]) -> None:
    for row in rows:
        if row["source"] != STUDIO or row["project"] not in server.projects:
            continue
        if row["annotation"] in server.annotations:
            gone = None
        elif row["gone"] == "annotation":
            continue  # taken back by its rater; what becomes of the task later does not bring it back
        else:
            gone = "annotation" if row["task"] in server.tasks else "task"
        if row["gone"] != gone:
            row["gone"] = gone
            counts["gone"] += 1


def _with_refusals(rows: list[dict[str, Any]], refused: list[Found], counts: Counter[str]) -> list[dict[str, Any]]:
    last: dict[tuple[str, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["revision"]):
        last[row["source"], row["place"]] = row
    for item in refused:
        told = _refused_row(item)
        before = last.get((item.source, item.place))
        told["revision"] = before["revision"] + 1 if before else 0
        same = ("reason", "detail", "rater", "face_id", "answer")
        if before and all(before[name] == told[name] for name in same):
            continue
        counts["new_refused"] += 1
        last[item.source, item.place] = told
        rows.append(told)
    return rows


def _refused_row(item: Found) -> dict[str, Any]:
    assert isinstance(item.verdict, Refusal)  # noqa: S101 - the caller has sorted them
    return {
        "source": item.source,
        "place": item.place,
        "reason": item.verdict.reason,
        "detail": item.verdict.detail,
        "rater": item.rater,
        "face_id": item.face_id,
        "updated_at": item.updated_at,
        "answer": json.dumps(item.raw, ensure_ascii=False, sort_keys=True),
    }


def _write(workspace: Workspace, table: str, rows: list[dict[str, Any]], *, changed: bool) -> None:
    if changed or not workspace.has(table):
        import pandas as pd

        from schemas.tables import TABLES

        # As objects: pandas would make floats of whole numbers beside missing ones, and NaN of what is missing.
        workspace.replace(table, pd.DataFrame(rows, columns=TABLES[table].names, dtype=object))
