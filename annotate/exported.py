"""A project's tasks and answers as Label Studio exports them, a task at a time, however large the whole.

Taken is an export snapshot, which the server makes in one transaction. The older `GET export` asks the database several
times for each task and cost the server 1.6 times the CPU-seconds; the SDK's pager, page by page, 4.8 times (1,000 tasks
of two answers, one run; `benchmarks/pull.py` measures the pager beside a whole pull).

The server is told to delete the snapshot, and forgets it, but leaves its file on its disk, as it does with a
`GET export`. From the disk of the workspace's own server `clear` takes it.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from annotate.studio import BULK_SECONDS
from annotate.studio_files import folder
from schemas.errors import StudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from annotate.studio import Studio
    from workspace.store import Workspace

_CHUNK = 1 << 16
_TITLE = "mien pull"
_POLL_SECONDS = 0.5
_ONLY_ID = {"only_id": True}
_BULK: Any = {"timeout": BULK_SECONDS, "chunk_size": _CHUNK}


def exported(studio: Studio, project: int) -> Iterator[dict[str, Any]]:
    """Yields all tasks of a project with all their annotations, as the server exports them.

    Drafts are there by their numbers alone, in `drafts`, and are no annotations. People are numbers.

    Raises:
        StudioError: The server cannot be reached, refuses, fails, or ended before the export did; what was yielded
            until then is not the whole.
    """
    with studio.speaking(f"project {project}"):
        exports = studio.client.projects.exports
        for old in exports.list(project):
            if old.title == _TITLE:  # a killed pull left it
                exports.delete(project, int(old.id or 0))
        made = _snapshot(studio, project)
        try:
            chunks = exports.download(project, made, export_type="JSON", request_options=_BULK)
            yield from parse(chunks, f"the export of project {project} at {studio.url}")
        finally:
            with contextlib.suppress(StudioError), studio.speaking("the export"):
                exports.delete(project, made)


def _snapshot(studio: Studio, project: int) -> int:
    """Has a snapshot made, and gives its number when it is complete; some servers make it after they have answered."""
    exports = studio.client.projects.exports
    options: Any = {
        "drafts": _ONLY_ID,
        "predictions": _ONLY_ID,
        "annotations__completed_by": _ONLY_ID,
        "include_annotation_history": False,
    }
    made = exports.create(project, title=_TITLE, serialization_options=options, request_options=_BULK)
    number, state = int(made.id or 0), str(made.status)
    give_up = time.monotonic() + BULK_SECONDS
    while state not in {"completed", "failed"} and time.monotonic() < give_up:
        time.sleep(_POLL_SECONDS)
        state = str(exports.get(project, number).status)
    if state != "completed":
        what = f"Label Studio at {studio.url} did not finish the export of project {project}: {state}"
        raise StudioError("broken", what, "run it again; if it stays so, look at the server's log")
    return number


def clear(workspace: Workspace, project: int) -> None:
    """Removes the files of a project's exports from the disk of the workspace's own server."""
    for path in (folder(workspace) / "data" / "media" / "export" / str(project)).glob("project-*.json"):
        path.unlink(missing_ok=True)


def parse(chunks: Iterable[bytes], name: str) -> Iterator[dict[str, Any]]:
    """Yields the members of a JSON list that comes in pieces.

    Args:
        chunks: The text in UTF-8, cut anywhere.
        name: What it is, for an error.

    Raises:
        StudioError: Reason "broken": it is no JSON list of objects, or ends too early.

    >>> list(parse([b'[{"id": 1}, {"i', b'd": 2}]'], "it"))
    [{'id': 1}, {'id': 2}]
    """
    import ijson

    members: Any = ijson.sendable_list()
    parser = ijson.items_coro(members, "item", use_float=True)
    try:
        start = b""
        for chunk in chunks:
            start = start or chunk.lstrip()[:1]
            parser.send(chunk)
            yield from _objects(members)
        parser.close()
        yield from _objects(members)
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        raise _broken(name, str(error)) from error
    if start != b"[":
        raise _broken(name, "it is no list of tasks")


def _objects(members: Any) -> Iterator[dict[str, Any]]:
    for member in members:
        if not isinstance(member, dict):
            raise ValueError(f"{member!r} is no task")  # noqa: TRY004 - told with what else is wrong with the text
        yield member
    del members[:]


def _broken(name: str, why: str) -> StudioError:
    what = f"{name} cannot be read: {' '.join(why.split())}"
    return StudioError("broken", what, "run it again; if it stays so, look at the server's log")
