"""The plan of a push: the rows of the table `tasks`, those that are there already and those that are new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from annotate.assign import Assigned, assign
from annotate.gold import gold
from annotate.select import answered, select
from annotate.uid import opaque
from schemas.errors import WorkspaceError
from schemas.tables import TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from annotate.select import Wanted
    from schemas.settings import PushSettings
    from workspace.store import Workspace


class Task(NamedTuple):
    """A row of the table `tasks`, as far as the server is to have it.

    Attributes:
        face_id: The face that is shown.
        rater: Whose task it is; empty where all raters share a project.
        uid: What stands for the row on the server.
        suggested: The label that is ticked beforehand, or None.
    """

    face_id: str
    rater: str
    uid: str
    suggested: str | None


@dataclass(frozen=True)
class Ask:
    """What is to be planned.

    Attributes:
        wanted: Which faces are to be labelled.
        raters: Ids of the raters who are there.
        gold: File of known labels; None takes those of the table `labels`.
    """

    wanted: Wanted
    raters: Sequence[str]
    gold: Path | None = None


def plan(workspace: Workspace, table: pd.DataFrame, ask: Ask, settings: PushSettings, key: bytes) -> pd.DataFrame:
    """The table `tasks` as it is to be; the rows that are there stay as they are, new ones have project and task -1.

    A rater who has left counts for the faces that were answered; the others are dealt to raters who are there.

    Args:
        workspace: Read only.
        table: The table `tasks` as it is.
        ask: Which faces, for whom.
        settings: How many raters a face has, gold, repeats, seed, and whose answer is suggested.
        key: The workspace's, for the uids.

    Raises:
        MienError: See `select`, `assign` and `gold`.
        WorkspaceError: A model whose answers are to be suggested has none for some of the faces.
    """
    faces = select(workspace, ask.wanted)
    known = gold(workspace, ask.gold, contempt=settings.contempt) if settings.gold_share else {}
    done = answered(workspace)
    here = {""} if settings.shared_project else set(ask.raters)
    earlier = (Assigned(*row) for row in _rows(table, Assigned._fields))
    before = [task for task in earlier if task.rater in here or (task.face_id, task.rater) in done]
    planned = assign(faces, sorted(ask.raters), known, settings, before)
    if not planned:
        return table
    new = pd.DataFrame(planned, columns=list(Assigned._fields))
    uids = [opaque(key, "task", task.face_id, task.rater, str(task.presentation)) for task in planned]
    number = int(table["push_id"].max()) + 1 if len(table) else 1
    new = new.assign(uid=uids, project=-1, task=-1, push_id=number)
    new["suggested"] = pd.Series(_suggestions(workspace, new, settings), new.index, dtype=object)
    return pd.concat([table, new[TASKS.names]], ignore_index=True) if len(table) else new[TASKS.names]


def task_rows(table: pd.DataFrame) -> list[Task]:
    """Rows of the table `tasks`, in their order."""
    return [Task(*row) for row in _rows(table, Task._fields)]


def _rows(table: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    chosen = table[list(columns)].astype(object)
    return chosen.where(chosen.notna(), None).itertuples(index=False, name=None)


def _suggestions(workspace: Workspace, new: pd.DataFrame, settings: PushSettings) -> list[str | None]:
    if not settings.suggest:
        return [None] * len(new)
    rows = workspace.read("predictions", ["model", "face_id", "label"])
    models = sorted({model for model in rows["model"] if settings.suggest in (model, model.partition("@")[0])})
    if len(models) != 1:
        known = ", ".join(sorted(set(rows["model"]))) or "none; run `evaluate` first"
        what = f"{'several models are' if models else 'no model is'} called `{settings.suggest}` in `predictions`"
        raise WorkspaceError(what, f"one of: {known}")
    labels = rows.loc[rows["model"] == models[0]].set_index("face_id")["label"].to_dict()
    found = [labels.get(face) for face in new["face_id"]]
    if None in found:
        what = f"{models[0]} has no answer for {found.count(None):,} of {len(found):,} tasks"
        raise WorkspaceError(what, "let it predict all kept faces, or push without --suggest")
    return found
