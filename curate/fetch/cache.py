"""Downloads that are finished but not yet in a finished shard, so that a kill does not lose them.

cache/fetch/ab/<key>               the bytes of a picture
cache/fetch/ab/<key>.<settings>    why there is none, with these settings
cache/fetch/ab/<key>.part          a download under way
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from typing import TYPE_CHECKING

from schemas.errors import IMAGE_FIXES, ImageError
from workspace import lineage
from workspace.files import disk_errors, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from schemas.settings import FetchSettings


class Cache:
    """The folder of finished downloads of one workspace."""

    def __init__(self, folder: Path, settings: FetchSettings, limit: int) -> None:
        self._folder = folder
        # With another limit, or leave to contact another network, a failure may be none.
        chosen = json.dumps([lineage.plain(settings), limit], sort_keys=True)
        self._settings = hashlib.blake2b(chosen.encode(), digest_size=8).hexdigest()

    @contextlib.contextmanager
    def writing(self, key: str) -> Iterator[Callable[[bytes], None]]:
        """Gives what writes a download's bytes; it counts as finished when it is left without an exception."""
        part = self._folder / key[:2] / f"{key}.part"
        with disk_errors(part):
            part.parent.mkdir(parents=True, exist_ok=True)
            file = part.open("wb")

        def write(data: bytes) -> None:
            with disk_errors(part):
                file.write(data)

        try:
            with file:
                yield write
            with disk_errors(part):
                part.replace(self.path(key))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def path(self, key: str) -> Path:
        """Where a finished download lies."""
        return self._folder / key[:2] / key

    def fail(self, key: str, error: ImageError) -> None:
        """Keeps why a download failed for good."""
        write_atomically(self._failure(key), json.dumps([error.reason, error.what]).encode(), durable=False)

    def find(self, key: str) -> Path | ImageError | None:
        """A finished download, why it failed, or None where it is still to do."""
        if self.path(key).exists():
            return self.path(key)
        try:
            reason, what = json.loads(self._failure(key).read_bytes())
        except (OSError, ValueError):
            return None
        return ImageError(reason, what) if reason in IMAGE_FIXES else None

    def _failure(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.{self._settings}"


def key_of(url: str) -> str:
    """32 hexadecimal digits for a URL."""
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def folder_of(workspace: Path) -> Path:
    """Where a workspace keeps finished downloads."""
    return workspace / "cache" / "fetch"


def clear(workspace: Path) -> None:
    """Drops all finished downloads; their pictures are in the tables."""
    shutil.rmtree(folder_of(workspace), ignore_errors=True)


def keep(download: Path, original: Path) -> None:
    """Gives a finished download its place among the originals, as a second name of the same bytes."""
    if original.exists():
        return
    with disk_errors(original):
        original.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(download, original)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            write_atomically(original, download.read_bytes(), durable=False)
