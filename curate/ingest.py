"""Ingest: every file is opened once, and all that later decisions need is written down.

Files are taken in shards. A shard's rows are staged together with the list of its files, so a killed run
goes on at the shard it was in. When all shards are done their rows are merged into the tables, sorted by
key: the tables depend on the files alone, not on the order they came in.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
from typing import TYPE_CHECKING, Any

from curate import fer2013
from curate.fetch import cache
from curate.fetch.step import fetch
from curate.forget import tombstones
from curate.inputs import Found, as_text, check_roots, count, find
from curate.videos import Videos
from schemas.errors import ImageError, InputError
from schemas.settings import FetchSettings, VideoSettings
from schemas.tables import REJECTED, SEEN, SOURCES, Table
from workspace import lineage
from workspace.console import progress
from workspace.engine import run_shards

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from curate.forget.tombstones import Tombstones
    from curate.measure import Measured
    from schemas.settings import EngineSettings, IngestSettings
    from workspace.store import Workspace

_FORGOTTEN = ImageError("forgotten", "taken out with `curate forget`")

_SHARD_BYTES = 64 * 2**20
"""Most bytes of archive members that wait in one shard."""


def ingest(  # noqa: PLR0913 - one for each section of settings
    workspace: Workspace,
    roots: Sequence[Path],
    settings: IngestSettings,
    engine: EngineSettings,
    fetching: FetchSettings | None = None,
    *,
    filming: VideoSettings | None = None,
) -> dict[str, Any]:
    """Takes pictures into a workspace.

    Args:
        workspace: Where to.
        roots: Folders (with all below), videos, zip or tar archives, and CSV, JSONL or Parquet lists of paths or
            URLs.
        settings: Limits, and whether originals are copied.
        engine: How the work is spread.
        fetching: How the pictures of lists with URLs are fetched; by the defaults where it is left out.
        filming: Which frames of videos are taken; by the defaults where it is left out.

    Returns:
        Counts: `files` found, `new` of them, or of their frames, opened now; and of the whole workspace `images`,
        `byte_copies` and `rejected`, with `images + byte_copies + rejected` = all files and frames ever ingested. Where
        a root is a FER-2013 file, `fer2013` too: what it holds, and how that differs from what was published.

    Raises:
        InputError: A root is missing or unreadable, or there is no file in any.
        StorageError: The disk refused a write; the next run goes on where this one stopped.
        MissingPartError: A list names pictures by URL, and the packages for that are not installed.
    """
    check_roots(roots)
    fetching = fetching or FetchSettings()
    with workspace.lock():
        run = lineage.Run(workspace, "ingest", lineage.plain(settings), writes=("images", "sources", "rejected"))
        seen = _seen(workspace, _failed(workspace) if fetching.retry_failed else set())
        files = _Counter(find(roots, settings, workspace.path))
        videos = Videos(filming or VideoSettings(), settings)
        marked = (found for found in map(videos.mark, files) if found.fingerprint() not in seen)
        fresh = videos.frames(marked, seen)
        work = functools.partial(_ingest_shard, workspace, settings, tombstones.read(workspace))
        # Closed at once after Ctrl-C too, so that no download outlives it.
        with contextlib.closing(fetch(fresh, workspace, fetching, settings.max_file_mb * 2**20)) as ready:
            results = run_shards(work, _shards(ready, engine.shard_size), engine)
            new = sum(progress(results, text="ingest", total=count(roots, workspace.path)))
        if not files.count:
            raise InputError(f"no file in {', '.join(map(str, roots))}", "give a folder that holds pictures")
        unfinished = bool(workspace.staged("seen"))
        if new or unfinished or videos.finished or not workspace.has("images"):
            for table in ("images", "sources", "rejected"):
                workspace.commit(table)
            _forget_mended(workspace, videos.whole)
            # A video counts as done when all its frames are in the tables, not before.
            _stage_seen(workspace, "videos", ((video, video.source) for video in videos.finished))
            workspace.commit("seen")
        cache.clear(workspace.path)
        images, sources, rejected = (workspace.rows(table) for table in ("images", "sources", "rejected"))
        counts = {
            "files": files.count,
            "new": new,
            "images": images,
            "byte_copies": sources - images,
            "rejected": rejected,
        } | fer2013.told(roots)
        if new or unfinished or videos.finished:
            run.finish(counts)
        return counts


class _Counter:
    """Passes files on and counts them."""

    def __init__(self, files: Iterable[Found]) -> None:
        self.count = 0
        self._files = files

    def __iter__(self) -> Iterator[Found]:
        for found in self._files:
            self.count += 1
            yield found


def _shards(files: Iterable[Found], size: int) -> Iterator[list[Found]]:
    shard: list[Found] = []
    waiting = 0
    for found in files:
        shard.append(found)
        waiting += len(found.data or b"")
        if len(shard) >= size or waiting >= _SHARD_BYTES:
            yield shard
            shard, waiting = [], 0
    if shard:
        yield shard


def _seen(workspace: Workspace, again: set[str]) -> set[str]:
    """Fingerprints of the files whose rows are in the tables or staged, but for sources to be taken again."""
    table = workspace.read_arrow("seen", ["fingerprint", "source"])
    done = set(table["fingerprint"].to_pylist())
    if again:
        done -= {row["fingerprint"] for row in table.to_pylist() if row["source"] in again}
    return done | set(workspace.read_staged("seen", ["fingerprint"])["fingerprint"].to_pylist())


def _failed(workspace: Workspace) -> set[str]:
    """Names of the pictures that were to be fetched and are no images; whatever the reason was, it may be gone."""
    names = workspace.read_arrow("rejected", ["source"])["source"].to_pylist()
    return {name for name in names if "://" in name}


def _ingest_shard(workspace: Workspace, settings: IngestSettings, forgotten: Tombstones, shard: list[Found]) -> int:
    """Reads and measures the files of one shard, keeps their originals and stages their rows."""
    from curate.measure import as_frame, measure
    from workspace.pixels import Limits

    limits = Limits(settings.max_pixels, settings.max_side, settings.max_file_mb * 2**20)
    measures: dict[str, Measured] = {}
    sources: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    names: list[str] = []
    for found in shard:
        names.append(found.source)
        try:
            data = read(found, limits.max_bytes)
            image_id = hashlib.sha256(data).hexdigest()
            tombstone = forgotten.find(image_id)
            if not tombstone and image_id not in measures:
                measured = measure(data, limits, image_id)
                tombstone = _look_alike(forgotten, measured)
                if not tombstone:
                    measures[image_id] = measured
                    if not _stays(found, settings):
                        _keep(workspace, measured, found, data)
        except ImageError as error:
            rejected.append(_rejection(found, error))
            continue
        if tombstone:
            # Neither its name nor its size is kept again.
            names[-1] = tombstones.PREFIX + tombstone
            rejected.append(_rejection(dataclasses.replace(found, source=names[-1], bytes=-1), _FORGOTTEN))
        else:
            sources.append(_source(found, image_id, str(found.path) if _stays(found, settings) else None))
    # Named by its files, so that the same shard staged twice, before and after a kill, is one file.
    name = hashlib.blake2b("".join(found.fingerprint() for found in shard).encode(), digest_size=16).hexdigest()
    workspace.stage("images", name, as_frame(measures.values()))
    workspace.stage("sources", name, _frame(SOURCES, sources))
    workspace.stage("rejected", name, _frame(REJECTED, rejected))
    # Last: a file counts as done from here on.
    _stage_seen(workspace, name, zip(shard, names, strict=True))
    return len(shard)


def _look_alike(forgotten: Tombstones, measured: Measured) -> str | None:
    """The tombstone of a forgotten picture that has the very look of this one."""
    from curate.measure import hashed, perceptual_hashes

    if not forgotten.digests:
        return None
    return forgotten.find_look(int(values[0]) for values in perceptual_hashes([hashed(measured.thumbnail)]))


def _stage_seen(workspace: Workspace, shard: str, files: Iterable[tuple[Found, str]]) -> None:
    rows = [{"fingerprint": found.fingerprint(), "source": name} for found, name in files]
    workspace.stage("seen", shard, _frame(SEEN, rows))


def read(found: Found, limit: int) -> bytes:
    """The bytes of a file that was found, as they are or, for a row of numbers, as a picture file.

    Args:
        found: Where it is.
        limit: Most bytes it may have.

    Raises:
        ImageError: It cannot be read, or is larger.
    """
    if found.problem:
        raise found.problem
    if found.data is not None:
        return found.encode(found.data) if found.encode else found.data
    if found.bytes > limit:
        raise ImageError("too-large-file", f"{found.bytes:,} bytes, more than {limit:,}")
    try:
        return found.path.read_bytes()
    except OSError as error:
        raise ImageError("unreadable", error.strerror or str(error)) from error


def _keep(workspace: Workspace, measured: Measured, found: Found, data: bytes) -> None:
    path = workspace.original_path(measured.image_id, measured.format)
    if found.url:
        cache.keep(found.path, path)
    else:
        workspace.put_picture("originals", path.name, data)


def _stays(found: Found, settings: IngestSettings) -> bool:
    """Whether the original is referred to in place; what was unpacked or fetched, or has no UTF-8 name, cannot be."""
    return settings.in_place and found.data is None and not found.url and as_text(str(found.path)) == str(found.path)


def _source(found: Found, image_id: str, location: str | None) -> dict[str, Any]:
    return {"source": found.source, "image_id": image_id, "location": location, "kind": "photograph", **found.declared}


def _rejection(found: Found, error: ImageError) -> dict[str, Any]:
    return {"source": found.source, "reason": error.reason, "detail": error.what, "bytes": found.bytes}


def _frame(table: Table, rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=table.names)


def _forget_mended(workspace: Workspace, videos: set[str]) -> None:
    """Takes files out of `rejected` that have become readable since, and videos that are whole now."""
    rejected = workspace.read("rejected")
    readable = videos.union(workspace.read_arrow("sources", ["source"])["source"].to_pylist())
    mended = rejected["source"].isin(readable)
    if mended.any():
        workspace.replace("rejected", rejected[~mended])
