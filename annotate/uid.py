"""Names for the labelling server that tell nothing: not the face, not the picture, not that two tasks show the same.

A uid is a digest under a key that never leaves the workspace. A rater, or anybody with the server's data, can link it
neither with a face_id nor with a file, though both are digests of things they may hold.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from typing import TYPE_CHECKING

from schemas.errors import WorkspaceError
from workspace.files import disk_errors, sync_folder

if TYPE_CHECKING:
    from workspace.store import Workspace

KEY = ".label-key"
"""File of the key in a workspace; only its owner may read it. Without it new uids are made under a new key; the old
ones stand in the table `tasks`."""
_BYTES = 32


def read_key(workspace: Workspace) -> bytes:
    """The workspace's key, made at the first call; the workspace must be locked.

    Raises:
        WorkspaceError: The file is there and holds no key.
    """
    path = workspace.path / KEY
    if path.exists():
        key = path.read_bytes()
        if len(key) != _BYTES:
            raise WorkspaceError(f"{path} is no key: {len(key)} bytes", "restore it, or remove it and push again")
        return key
    key = secrets.token_bytes(_BYTES)
    with disk_errors(path):
        temporary = path.with_name(f"{KEY}.part")
        temporary.unlink(missing_ok=True)  # of a killed run, perhaps with other permissions
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(workspace.path)
    return key


def opaque(key: bytes, *names: str) -> str:
    """Thirty-two hexadecimal digits that stand for some names: BLAKE2b (RFC 7693) under the key.

    Args:
        key: The workspace's.
        names: What they stand for, for example `"task", face_id, rater, "0"`.

    >>> opaque(b"k", "task", "f", "r", "0") == opaque(b"k", "task", "f", "r", "1")
    False
    """
    text = "".join(f"{name}\0" for name in names)
    return hashlib.blake2b(text.encode(), digest_size=16, key=key).hexdigest()
