"""Fetches the pictures that lists name by URL, while the others go by."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from curate.fetch.cache import Cache, folder_of, key_of
from schemas.errors import ImageError, MissingPartError
from workspace import lineage
from workspace.console import note, progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from curate.inputs import Found
    from schemas.settings import FetchSettings
    from workspace.store import Workspace

_WINDOW = 4_096
"""Most URLs taken from the list before their pictures are there: so far a slow host does not hold up the others."""


def fetch(files: Iterable[Found], workspace: Workspace, settings: FetchSettings, limit: int) -> Generator[Found]:
    """Passes files on, those that have a URL once their picture is in the workspace's cache.

    Downloads run in a thread of their own; pictures come out as they are done. Nothing is started, and no
    library for it is loaded, before the first file that has a URL. A picture that is in the cache, from a
    run that was killed, or in the workspace, under other metadata or from another list, is not asked for again.

    Args:
        files: What `inputs.find` found.
        workspace: Where the cache is, and pictures that were fetched before.
        settings: Limits and manners.
        limit: Most bytes of one picture.

    Yields:
        The files; where there is a URL, `path` and `bytes` are those of the downloaded picture, or
        `problem` says why there is none.

    Raises:
        MissingPartError: There is a URL, and the package for it is not installed.
        UsageError: `user_agent` cannot be sent.
        StorageError: The disk refused a download.
    """
    stage: _Stage | None = None
    try:
        for found in files:
            if not found.url or found.problem:
                yield found
                continue
            stage = stage or _Stage(workspace, settings, limit)
            yield from stage.take(found)
        if stage:
            yield from stage.rest()
            stage.finish()
    finally:
        if stage:
            stage.close()


class _Stage:
    """Between the one who takes files and the thread that downloads."""

    def __init__(self, workspace: Workspace, settings: FetchSettings, limit: int) -> None:
        try:
            from curate.fetch.background import Background
        except ImportError as error:
            raise MissingPartError(
                f"pictures are fetched by the package {error.name}, which is not installed", "pip install 'mien[web]'"
            ) from None
        self._cache = Cache(folder_of(workspace.path), settings, limit)
        self._workspace = workspace
        self._before = _fetched_before(workspace)
        self._waiting: dict[str, list[Found]] = {}
        self._pictures = self._failures = 0
        self._run = lineage.Run(workspace, "fetch", lineage.plain(settings))
        self._bar = progress(itertools.repeat(None), text="fetch", unit="URLs")
        self._background = Background(settings, limit, self._cache)

    def take(self, found: Found) -> Iterator[Found]:
        """Has a picture fetched; yields those that are there by now, and waits for some where too many are not."""
        key = key_of(found.url)
        if key in self._waiting:  # the same URL twice in a list is asked for once
            self._waiting[key].append(found)
        elif (finished := self._finished(key)) is not None:
            yield self._filled(found, finished)
        else:
            self._waiting[key] = [found]
            self._background.add(key, found.url)
        while self._waiting and (self._background.any_done() or len(self._waiting) >= _WINDOW):
            yield from self._next()

    def rest(self) -> Iterator[Found]:
        """Waits for all that are still under way."""
        while self._waiting:
            yield from self._next()

    def finish(self) -> None:
        """Tells how it went, and writes down by which manners it was fetched."""
        self._run.finish({"pictures": self._pictures, "failed": self._failures})
        if self._failures:
            note(
                f"fetch: {self._pictures:,} pictures, {self._failures:,} failed; "
                "the table `rejected` says why, --retry-failed tries those again"
            )

    def close(self) -> None:
        """Gives up what is under way."""
        self._background.close()

    def _finished(self, key: str) -> Path | ImageError | None:
        if key in self._before:
            original = self._workspace.original_path(*self._before[key])
            if original.exists():
                return original
        return self._cache.find(key)

    def _next(self) -> Iterator[Found]:
        key, result = self._background.next()
        for found in self._waiting.pop(key):
            yield self._filled(found, result)

    def _filled(self, found: Found, result: Path | ImageError) -> Found:
        next(self._bar)
        if isinstance(result, ImageError):
            self._failures += 1
            return dataclasses.replace(found, problem=result)
        self._pictures += 1
        return dataclasses.replace(found, path=result, bytes=result.stat().st_size)


def _fetched_before(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Key of each URL that the workspace has a picture of -> image_id and format."""
    images = workspace.read_arrow("images", ["image_id", "format"])
    formats = dict(zip(images["image_id"].to_pylist(), images["format"].to_pylist(), strict=True))
    sources = workspace.read_arrow("sources", ["url", "image_id"])
    pairs = zip(sources["url"].to_pylist(), sources["image_id"].to_pylist(), strict=True)
    return {key_of(url): (image_id, formats[image_id]) for url, image_id in pairs if url and image_id in formats}
