"""Sends one rater's tasks to the rater's project, so that each is there once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from annotate.compare import Difference, compare
from annotate.config import FACE
from annotate.plan import task_rows
from workspace.console import progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from annotate.pictures import Pictures
    from annotate.plan import Task
    from annotate.studio import Project, Studio
    from schemas.settings import PushSettings

_BATCH_TASKS, _BATCH_BYTES = 1000, 50 * 2**20
"""Most tasks, and most bytes of data, in one import; the server takes 200 MB, and a bar should move."""
_SETTLE_SECONDS = 1.0
"""How long the number of tasks must stay the same after a kill: the server may be at work on what was sent last."""
SUGGESTION = "suggestion"
"""What the server is told of who suggests a label: not the model's name."""


@dataclass
class Counts:
    """What a push did, or would do, for one rater.

    Attributes:
        new: Tasks the server lacked.
        present: Tasks it has, the changed ones among them.
        changed: Tasks whose data or picture was another; set right, unless they were answered.
        answered: Of the changed ones, those that stay as they are because they were answered.
        doubled: Tasks that were there twice, taken out; those with answers stay.
        unknown: Tasks of the project that are none of the workspace's.
    """

    new: int = 0
    present: int = 0
    changed: int = 0
    answered: int = 0
    doubled: int = 0
    unknown: int = 0


class Sender:
    """Compares the tasks a rater should have with those the server has, and makes them the same.

    Args:
        studio: The server.
        pictures: Makes the pictures and their addresses.
        settings: How the pictures get there.
    """

    def __init__(self, studio: Studio, pictures: Pictures, settings: PushSettings) -> None:
        self._studio, self._pictures, self._settings = studio, pictures, settings

    def look(self, mine: pd.DataFrame, project: Project | None) -> Counts:
        """What `send` would do.

        Args:
            mine: The rater's rows of the table `tasks`, in their order.
            project: The rater's, or None where it is still to be made.
        """
        there = self._studio.tasks(project.id) if project else []
        return _counts(self._difference(_by_uid(mine), there))

    def send(self, mine: pd.DataFrame, project: int, *, killed: bool) -> tuple[Counts, dict[str, int]]:
        """Sends what is new and mends what is not as it should be.

        Args:
            mine: The rater's rows of the table `tasks`, in their order.
            project: Number of the rater's project.
            killed: Whether the last push did not come to its end, so that the server may still be at work on it.

        Returns:
            What was done, and the number on the server of each uid's task.
        """
        if self._settings.pictures != "data-uri":
            folder = self._pictures.prepare(mine["rater"].iloc[0])
            if self._settings.pictures == "local-files":
                self._studio.serve_pictures(project, folder)
        rows = _by_uid(mine)
        there = self._settled(project) if killed else self._studio.tasks(project)
        found = self._difference(rows, there)
        counts = _counts(found)
        if found.changed or found.doubled:
            self._mend(project, rows, found, counts)
        for uid in sorted(found.new, key=lambda uid: rows[uid].face_id):  # each photograph is opened once
            self._pictures.put(rows[uid])
        numbers = dict(found.present)
        who = str(mine["rater"].iloc[0]) or "all"
        for uids, ids in self._import(project, rows, found.new, who):
            numbers.update(zip(uids, ids, strict=True))
        return counts, numbers

    def _difference(self, rows: dict[str, Task], there: Sequence[dict[str, Any]]) -> Difference:
        def same(uid: str, data: dict[str, Any]) -> bool:
            return data == self._pictures.data(rows[uid]) and not self._pictures.differs(rows[uid])

        return compare(rows, there, same)

    def _settled(self, project: int) -> Sequence[dict[str, Any]]:
        count = -1
        while count != (now := self._studio.project(project).tasks):
            count = now
            time.sleep(_SETTLE_SECONDS)
        return self._studio.tasks(project)

    def _import(
        self, project: int, rows: dict[str, Task], uids: Sequence[str], who: str
    ) -> Iterator[tuple[list[str], list[int]]]:
        """Imports in batches; gives uids and numbers of each when the server has taken it."""
        done: list[tuple[list[str], list[int]]] = []

        def batches() -> Iterator[int]:
            batch: list[dict[str, Any]] = []
            names: list[str] = []
            size = 0
            for uid in uids:
                batch.append(self._task(rows[uid]))
                names.append(uid)
                size += sum(map(len, batch[-1]["data"].values()))
                if len(batch) == _BATCH_TASKS or size > _BATCH_BYTES or uid == uids[-1]:
                    done.append((names, self._studio.import_tasks(project, batch)))
                    yield len(batch)
                    batch, names, size = [], [], 0

        for _ in progress(batches(), text=who, total=len(uids), unit="tasks"):
            yield done.pop()

    def _task(self, row: Task) -> dict[str, Any]:
        task: dict[str, Any] = {"data": self._pictures.data(row)}
        if row.suggested:
            value = {"choices": [row.suggested]}
            result = {"from_name": "emotion", "to_name": FACE, "type": "choices", "value": value}
            task["predictions"] = [{"model_version": SUGGESTION, "result": [result]}]
        return task

    def _mend(self, project: int, rows: dict[str, Task], found: Difference, counts: Counts) -> None:
        """Sets changed tasks right and takes doubles out, but for those that were answered."""
        answered = {int(task["id"]) for task in self._studio.export(project) if task.get("annotations")}
        for uid in found.changed:
            if found.present[uid] in answered:
                counts.answered += 1
                continue
            self._pictures.put(rows[uid])
            with self._studio.speaking(f"task {found.present[uid]}"):
                self._studio.client.tasks.update(str(found.present[uid]), data=self._pictures.data(rows[uid]))
        self._studio.delete_tasks([task for task in found.doubled if task not in answered])


def _by_uid(mine: pd.DataFrame) -> dict[str, Task]:
    return {row.uid: row for row in task_rows(mine)}


def _counts(found: Difference) -> Counts:
    return Counts(
        new=len(found.new),
        present=len(found.present),
        changed=len(found.changed),
        doubled=len(found.doubled),
        unknown=len(found.unknown),
    )
