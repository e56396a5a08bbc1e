"""Writing files so that a reader never sees half of one, whatever kills the writer."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from typing import TYPE_CHECKING

from schemas.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_atomically(path: Path, data: bytes, *, durable: bool = True, scratch: Path | None = None) -> None:
    """Writes a file under a temporary name and renames it into place.

    Args:
        path: Where the file shall lie; missing folders are made.
        data: Its whole content.
        durable: Whether to wait until the bytes are on the disk. Without it a killed process still loses
            nothing; only a power cut can.
        scratch: Folder for the temporary file, on the same disk; beside the file where none is given. What a kill
            leaves there can be cleared without a search.

    Raises:
        StorageError: The disk refused it; nothing is left of the attempt.
    """
    with disk_errors(path):
        folder = scratch or path.parent
        folder.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two threads may write the same picture at once: each has its own temporary file, the last rename wins.
        temporary = folder / f".{path.name}.{os.getpid()}-{threading.get_ident()}.part"
        try:
            with temporary.open("wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def swap_folder(new: Path, current: Path) -> None:
    """Puts the finished folder `new` in the place of `current`.

    Two renames; a kill between them is mended by `recover_folder`.
    """
    with disk_errors(current):
        current.parent.mkdir(parents=True, exist_ok=True)
        old = _old(current)
        if current.exists():
            shutil.rmtree(old, ignore_errors=True)
            current.rename(old)
        new.rename(current)
        sync_folder(current.parent)
        shutil.rmtree(old, ignore_errors=True)


def recover_folder(current: Path) -> None:
    """Undoes a `swap_folder` that was killed between its two renames, and clears what it left behind."""
    old = _old(current)
    if old.exists() and not current.exists():
        old.rename(current)
    shutil.rmtree(old, ignore_errors=True)


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def sync_folder(folder: Path) -> None:
    """Makes renames inside a folder survive a power cut, where the system can do that."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns the system's refusal of a write into a `StorageError` that says what to do."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}", _fix(path, error)) from error


def _fix(path: Path, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"check who may write to {path.parent}"
    free = shutil.disk_usage(next(folder for folder in (path, *path.parents) if folder.exists())).free
    return f"{free / 2**20:,.0f} MiB are free there; make room, then run the command again: it goes on where it stopped"
