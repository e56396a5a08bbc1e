"""The folder an export goes to: whole under its name, or not there at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.errors import StorageError, UsageError
from workspace.files import sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKER = ".mien-export"
"""A file in every export, by which it is known that its folder may be replaced."""


@dataclass(frozen=True)
class Target:
    """Where an export shall go.

    Attributes:
        path: A folder.
        replace: Whether an earlier export there may be replaced.
    """

    path: Path
    replace: bool = False


def check(wanted: Target, workspace: Path) -> None:
    """Checks that an export may go to a folder.

    Raises:
        UsageError: It lies in the workspace or holds it, is there already, or its parent folder is not.
    """
    target = wanted.path.absolute()
    place, home = target.resolve(), workspace.resolve()
    if place.is_relative_to(home) or home.is_relative_to(place):
        raise UsageError(f"{target} and the workspace {workspace} lie in each other", "name a folder outside of it")
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent}", "make it first")
    if not os.path.lexists(target):
        return
    if not wanted.replace:
        raise UsageError(f"{target} is there already", "name a new folder, or add --replace to replace an older export")
    if target.is_symlink() or not _is_export(target):
        raise UsageError(f"{target} is no export of mien; it is not replaced", "name another folder, or remove it")


@contextlib.contextmanager
def new_folder(target: Path, about: dict[str, Any]) -> Iterator[Path]:
    """A folder beside the target; when the block ends well it takes the target's place, else it is removed.

    Args:
        target: Checked before; an export there is replaced.
        about: What the marker says.

    Raises:
        StorageError: The disk refused a write.
        UsageError: What an earlier run left behind cannot be told from somebody else's folder.
    """
    temporary, old = (target.with_name(f".{target.name}.mien-{end}") for end in ("part", "old"))
    with _disk_errors(target):
        for left in (temporary, old):
            _clear(left)
        temporary.mkdir()
    try:
        with _disk_errors(target):
            (temporary / MARKER).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            yield temporary
            if target.exists():
                target.rename(old)
            temporary.rename(target)
            sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _is_export(folder: Path) -> bool:
    return folder.is_dir() and (folder / MARKER).is_file()


def _clear(folder: Path) -> None:
    """Removes what a killed run left; a folder without the marker is somebody else's, unless it is empty."""
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir() or (any(folder.iterdir()) and not _is_export(folder)):
        raise UsageError(f"{folder} is in the way, and no export of mien", "rename or remove it")
    shutil.rmtree(folder)


@contextlib.contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"cannot write {target}: {error.strerror or error}"
        if isinstance(error, PermissionError):
            raise StorageError(what, f"check who may write to {target.parent}") from error
        free = shutil.disk_usage(target.parent).free / 2**20
        raise StorageError(
            what, f"{free:,.0f} MiB are free there; make room or name another place; nothing is left of the attempt"
        ) from error
