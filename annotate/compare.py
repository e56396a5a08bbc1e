"""What the server has of a rater's tasks, by their uids: new, present, changed, doubled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass
class Difference:
    """How the server's tasks differ from the wanted ones.

    Attributes:
        present: uid -> number of the task on the server, the first where there are several.
        new: uids the server lacks, in the order wanted.
        changed: uids whose task has other data.
        doubled: Numbers of further tasks with a uid that is there already.
        unknown: Numbers of tasks with a uid that is not wanted, or without one.
    """

    present: dict[str, int] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)


def compare(
    wanted: Iterable[str], there: Iterable[dict[str, Any]], same: Callable[[str, dict[str, Any]], bool]
) -> Difference:
    """Compares by uid.

    Args:
        wanted: uids of the tasks there should be, in their order.
        there: The server's tasks, each with `id` and `data`.
        same: Whether a task's data are what they should be, of a uid and the data.

    >>> compare(["a", "b"], [{"id": 7, "data": {"uid": "b"}}], lambda uid, data: False)
    Difference(present={'b': 7}, new=['a'], changed=['b'], doubled=[], unknown=[])
    """
    by_uid: dict[str, list[dict[str, Any]]] = {uid: [] for uid in wanted}
    found = Difference()
    for task in sorted(there, key=lambda task: int(task["id"])):
        uid = (task["data"] or {}).get("uid")
        if uid in by_uid:
            by_uid[uid].append(task)
        else:
            found.unknown.append(int(task["id"]))
    for uid, tasks in by_uid.items():
        if not tasks:
            found.new.append(uid)
            continue
        found.present[uid] = int(tasks[0]["id"])
        found.doubled += [int(task["id"]) for task in tasks[1:]]
        if not same(uid, tasks[0]["data"]):
            found.changed.append(uid)
    return found
