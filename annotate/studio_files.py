"""Where Label Studio's files lie in a workspace, and files that only their owner can read.

<workspace>/label-studio/       mode 0700
  admin.json                    the administrator's e-mail, password and token, mode 0600
  server.json                   address and process of the running server
  server.log                    what the server prints
  raters.json                   rater id -> e-mail, mode 0600; no export carries it
  data/                         the server's database and media
  pictures/                     what the server may show: links to faces under opaque names
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from schemas.errors import WorkspaceError
from workspace.files import disk_errors

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace


def folder(workspace: Workspace) -> Path:
    """The folder of everything that belongs to Label Studio; only its owner may enter it once it is made."""
    return workspace.path / "label-studio"


def pictures(workspace: Workspace) -> Path:
    """The document root of the workspace's own server.

    Nothing but the pictures that raters shall see may lie below it: in Label Studio's community edition every member
    may have any folder below the document root shown, so it is neither the workspace nor its folder of faces.
    """
    return folder(workspace) / "pictures"


def make_folder(workspace: Workspace) -> Path:
    """Makes the folder, closed to everybody else."""
    path = folder(workspace)
    with disk_errors(path):
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
    return path


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Writes a JSON file that only its owner can read, whole or not at all.

    It is never open to others, not for a moment: it is made with mode 0600 under another name and renamed.

    Raises:
        StorageError: The disk refused it; what lay there is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with disk_errors(path):
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps(content, ensure_ascii=False, indent=1).encode())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def read_private(path: Path) -> dict[str, Any]:
    """Reads a file of `write_private`; one that is not there is empty.

    Raises:
        WorkspaceError: It cannot be read, or is not what `write_private` writes.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"cannot read {path}: {error}", "correct the file, or restore it") from error
    if not isinstance(content, dict):
        raise WorkspaceError(f"{path} holds no JSON object", "correct the file, or restore it")
    return content
