"""Pulls as the raters work: asks the server from time to time whether anything changed, and pulls what did.

A question is one small request for each project: the newest change of any task, and the numbers of tasks and answers.
An answer that is given, changed or deleted moves one of the three (tried with 1.23.2). Label Studio's webhooks would
come sooner, but it refuses addresses of this machine and of private networks (`SSRF_PROTECTION_ENABLED`), sends each
once, whether or not anybody listens, and what they tell would have to be trusted or pulled all the same.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from annotate.pull import pull, read_pushed
from schemas.errors import StudioError, WorkspaceBusyError
from workspace.console import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from annotate.studio import Studio
    from schemas.settings import PullSettings, WatchSettings
    from workspace.store import Workspace

State = tuple[str, int, int]
"""Newest change of any task, tasks, answers."""


def watch(
    workspace: Workspace,
    studio: Studio,
    settings: tuple[PullSettings, WatchSettings],
    wait: Callable[[float], bool],
) -> Iterator[dict[str, Any]]:
    """Yields the result of each pull, the first at once, until it is told to stop.

    A server that is down, or a workspace that another command writes to, is waited for; any other error ends it.

    Args:
        workspace: See `annotate.pull.pull`.
        studio: The server.
        settings: Of the pulls, and of the watch.
        wait: Waits for so many seconds; whether to stop.

    Raises:
        StudioError: The server refuses, or a project has been deleted.
        WorkspaceError: Nothing was pushed, or a labelling page is not the one that was pushed.
    """
    pulling, watching = settings
    known: dict[int, State] = {}
    stop = False
    while not stop:
        try:
            now = {project: state(studio, project) for project in read_pushed(workspace, studio).projects}
            changed = [project for project, at in now.items() if known.get(project) != at]
            if changed:
                yield pull(workspace, studio, pulling, changed)
            known = now
        except StudioError as error:
            if error.reason != "down":
                raise
            note(f"{error.what}; it is asked again")
        except WorkspaceBusyError as error:
            note(f"{error.what}; it is waited for")
        stop = wait(watching.watch_seconds)


def state(studio: Studio, project: int) -> State:
    """What tells whether anything changed in a project, in one small request."""
    query = json.dumps({"ordering": ["-tasks:updated_at"]})
    with studio.speaking(f"project {project}"):
        page: Any = studio.client.tasks.list(
            project=project, fields="task_only", page_size=1, include="id,updated_at", query=query
        ).response
    newest = str(page.tasks[0].updated_at) if page.tasks else ""
    return newest, int(page.total), int(page.total_annotations)
