"""Plans the adjudicators' tasks: rows of `tasks` that the next push sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from annotate.raters import raters as known_raters
from annotate.uid import opaque, read_key
from schemas.errors import UsageError
from schemas.tables import TASKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workspace.store import Workspace

KIND = "adjudication"
"""Kind of their tasks and of their answers."""


def plan_queue(workspace: Workspace, faces: Sequence[str], adjudicators: Sequence[str]) -> dict[str, int]:
    """Adds a task for each face and adjudicator to the table `tasks`.

    A face that an adjudicator has, or rated before as everybody did, is not given to them again: it would be no
    fresh look.

    Args:
        workspace: Its table `tasks` is replaced.
        faces: face_ids, in the order in which they are to be shown.
        adjudicators: Ids of raters. Each decides on every face; most of a panel win.

    Returns:
        Adjudicator -> new tasks.

    Raises:
        UsageError: An id is no rater's.
    """
    known = {rater.id for rater in known_raters(workspace).values() if not rater.removed}
    for name in adjudicators:
        if name not in known:
            what = f"there is no rater `{name}`"
            raise UsageError(what, f"one of: {', '.join(sorted(known)) or 'none'}; annotate raters add {name}")
    with workspace.lock():
        key = read_key(workspace)
        table = workspace.read("tasks")
        answered = workspace.read("annotations", ["face_id", "rater"])
        pairs = [frame[["face_id", "rater"]].itertuples(index=False, name=None) for frame in (table, answered)]
        taken = {tuple(map(str, pair)) for found in pairs for pair in found}
        new = []
        for name in adjudicators:
            last = table.loc[table["rater"] == name, "order"].max() if (table["rater"] == name).any() else -1
            mine = [face for face in faces if (face, name) not in taken]
            new += [_row(key, face, name, int(last) + 1 + at) for at, face in enumerate(mine)]
        if new:
            number = int(table["push_id"].max()) + 1 if len(table) else 1
            planned = pd.DataFrame([{**row, "push_id": number} for row in new], columns=TASKS.names)
            old = table.astype(object)
            workspace.replace("tasks", pd.concat([old, planned.astype(object)]) if len(table) else planned)
    return {name: sum(row["rater"] == name for row in new) for name in adjudicators}


def _row(key: bytes, face: str, rater: str, order: int) -> dict[str, object]:
    return {
        "face_id": face,
        "rater": rater,
        "presentation": 0,
        "kind": KIND,
        "uid": opaque(key, "task", face, rater, "0"),
        "project": -1,
        "task": -1,
        "order": order,
        "gold_label": None,
        "suggested": None,
    }
