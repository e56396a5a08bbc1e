"""The thread that downloads run in, beside those that measure pictures."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from typing import TYPE_CHECKING

from yarl import URL

from curate.fetch.downloads import Downloads, Job

if TYPE_CHECKING:
    from pathlib import Path

    from curate.fetch.cache import Cache
    from schemas.errors import ImageError
    from schemas.settings import FetchSettings

_LOOK_AGAIN = 0.5
"""Seconds between two looks whether the thread is alive, and for Ctrl-C where waiting hides it."""
_FAREWELL = 10.0
"""Most seconds to wait for the thread at the end; a name server that does not answer may hold it longer."""


class Background:
    """Downloads in an event loop of their own.

    Args:
        settings: Limits and manners.
        limit: Most bytes of one picture.
        cache: Where finished downloads go.
    """

    def __init__(self, settings: FetchSettings, limit: int, cache: Cache) -> None:
        self._results: queue.SimpleQueue[tuple[str, Path | ImageError]] = queue.SimpleQueue()
        self._broken: list[BaseException] = []
        self._downloads = Downloads(settings, limit, cache, self._deliver, self._broken.append)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)
        self._thread.start()

    def add(self, key: str, url: str) -> None:
        """Has a picture fetched; `url` is one that `addresses.clean` returned."""
        self._loop.call_soon_threadsafe(self._downloads.add, Job(key, URL(url, encoded=True)))

    def any_done(self) -> bool:
        """Whether `next` would return at once."""
        return not self._results.empty()

    def next(self) -> tuple[str, Path | ImageError]:
        """Waits for a picture: its key, and its file or why there is none.

        Raises:
            BaseException: What made the run impossible, a full disk for example.
        """
        while True:
            if self._broken:
                raise self._broken[0]
            with contextlib.suppress(queue.Empty):
                return self._results.get(timeout=_LOOK_AGAIN)

    def close(self) -> None:
        """Gives up what is under way."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_FAREWELL)

    def _deliver(self, key: str, result: Path | ImageError) -> None:
        self._results.put((key, result))

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._downloads.run(self._stop))
        except BaseException as error:  # noqa: BLE001 - it goes on in the thread that waits for results
            self._broken.append(error)
