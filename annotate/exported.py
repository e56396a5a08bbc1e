"""Label Studio's JSON export as a stream of tasks: one is in memory at a time, however large the whole.

The export is one request for a whole project. The SDK's pager (`tasks.list(fields="all")`) asks for the same answers
page by page and builds a model object of each; benchmarks/pull.py runs both on one server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annotate.studio import BULK_SECONDS
from schemas.errors import StudioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from annotate.studio import Studio

_CHUNK = 1 << 16


def exported(studio: Studio, project: int) -> Iterator[dict[str, Any]]:
    """Yields all tasks of a project with all their annotations, as the server exports them.

    Drafts come along in `drafts` and are no annotations.

    Raises:
        StudioError: The server cannot be reached, refuses, or ended before the export did; what was yielded until then
            is not the whole.
    """
    with studio.speaking(f"project {project}"):
        chunks = studio.client.projects.exports.download_sync(
            project,
            export_type="JSON",
            download_all_tasks=True,
            request_options={"timeout": BULK_SECONDS, "chunk_size": _CHUNK},
        )
        yield from parse(chunks, f"the export of project {project} at {studio.url}")


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
