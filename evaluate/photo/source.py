"""The pictures that are named: files, or all files below a folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import ImageError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence


def named(paths: Sequence[Path], skip: Path) -> tuple[Path, list[str]]:
    """The files that are meant by files and folders.

    Args:
        paths: At least one; a folder stands for all files below it.
        skip: A folder that is passed over below the others: the one that is written to.

    Returns:
        The folder that holds them all, and their paths relative to it, each once.

    Raises:
        InputError: A folder holds no file.
    """
    homes = [os.path.realpath(path if path.is_dir() else path.parent) for path in paths]
    top = os.path.commonpath(homes)
    found = [
        os.path.relpath(os.path.join(home, name), top)  # noqa: PTH118 - names
        for path, home in zip(paths, homes, strict=True)
        for name in (_below(path, skip) if path.is_dir() else [path.name])
    ]
    return Path(top), list(dict.fromkeys(found))


def _below(folder: Path, skip: Path) -> list[str]:
    """Paths of all files below a folder, relative to it and sorted; links to folders are not followed."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _same(os.path.join(place, name), skip)]  # noqa: PTH118 - names
        found += [os.path.relpath(os.path.join(place, name), folder) for name in files]  # noqa: PTH118 - as above
    if not found:
        raise InputError(f"there is no file in {folder}", "give a folder that holds photographs")
    return sorted(found)


def read(path: Path, max_bytes: int) -> bytes:
    """All bytes of a file.

    Raises:
        ImageError: It cannot be read, is too large, or is no file but a pipe or a device.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ImageError("not-an-image", "a pipe, socket or device, not a file")
        if status.st_size > max_bytes:
            raise ImageError("too-large-file", f"{status.st_size:,} bytes, over the limit of {max_bytes:,}")
        return path.read_bytes()
    except OSError as error:
        raise ImageError("unreadable", error.strerror or str(error)) from error


def text_of(name: str) -> str:
    """A file name as text that UTF-8 can hold; bytes that are no UTF-8 are spelt out in hexadecimal."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _same(path: str, other: Path) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)
