"""Takes out of Label Studio what the workspace has forgotten: the tasks of faces that are no longer pushed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annotate.studio import Studio
    from workspace.store import Workspace


@dataclass(frozen=True)
class Withdrawn:
    """What was taken out, or would be.

    Attributes:
        projects: Number of the workspace's project on the server -> its tasks that stand in no row of `tasks`.
        dry_run: Whether nothing was done.
    """

    projects: dict[int, int]
    dry_run: bool

    @property
    def tasks(self) -> int:
        """All of them."""
        return sum(self.projects.values())


def withdraw(workspace: Workspace, studio: Studio, *, dry_run: bool) -> Withdrawn:
    """Deletes tasks, with their answers, that no row of the table `tasks` knows, in the workspace's own projects.

    `curate forget` takes a face's rows out of `tasks`; what the server has of it is then known by that absence alone,
    so tasks that somebody made by hand in these projects go too.

    Args:
        workspace: Whose projects; held locked, so that no push adds a task meanwhile.
        studio: The server.
        dry_run: Count only.

    Raises:
        StudioError: The server is down or refuses; what was deleted stays deleted, and the next call goes on.
    """
    with workspace.lock():
        known = set(workspace.read_arrow("tasks", ["uid"])["uid"].to_pylist())
        numbers = sorted(set(workspace.read_arrow("raters", ["project"])["project"].to_pylist()))
        there = {project.id for project in studio.projects()}
        found = {}
        for number in numbers:
            if number not in there:
                continue
            unknown = [task["id"] for task in studio.tasks(number) if task["data"].get("uid") not in known]
            if unknown:
                found[number] = len(unknown)
            if not dry_run:
                studio.delete_tasks(unknown)
    return Withdrawn(found, dry_run)


def text(result: Withdrawn) -> str:
    """The result for a terminal."""
    if not result.tasks:
        return "the server has no task that the workspace does not know"
    verb = "would be deleted" if result.dry_run else "deleted with their answers"
    lines = [f"project {number}: {count:,} tasks {verb}" for number, count in result.projects.items()]
    return "\n".join(lines)
