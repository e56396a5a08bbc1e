"""Tombstones: what a workspace remembers of a forgotten picture, and all that it remembers.

A tombstone is BLAKE2b of the picture's SHA-256 under a random key of the workspace (RFC 7693, keyed mode). Who has the
picture can ask whether it was forgotten here; who has only the tombstone, even with the key, learns nothing but that.
It stops the same bytes alone: a copy that was scaled, cut or saved anew is another file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import WorkspaceError
from workspace.files import disk_errors, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workspace.store import Workspace

KEY = ".forget-key"
"""File of the key in a workspace; only its owner may read it."""
_BYTES = 32
PREFIX = "forgotten/"
"""What the name of a forgotten file begins with in `rejected` and `seen`, in place of its own."""


@dataclass(frozen=True)
class Tombstones:
    """The tombstones of a workspace; small, and travels to worker processes.

    Attributes:
        key: The workspace's key, or empty where nothing was ever forgotten.
        digests: The tombstones.
    """

    key: bytes = b""
    digests: frozenset[str] = frozenset()

    def find(self, image_id: str) -> str | None:
        """The tombstone of a picture, or None where it was not forgotten.

        Args:
            image_id: SHA-256 of the file's bytes, hexadecimal.
        """
        if not self.digests:
            return None
        digest = tombstone(self.key, image_id)
        return digest if digest in self.digests else None


def read(workspace: Workspace) -> Tombstones:
    """The tombstones of a workspace.

    Raises:
        WorkspaceError: There are some, but their key is missing or not a key.
    """
    if not workspace.rows("forgotten"):
        return Tombstones()
    digests = frozenset(workspace.read_arrow("forgotten", ["tombstone"])["tombstone"].to_pylist())
    return Tombstones(_read_key(workspace), digests)


def add(workspace: Workspace, image_ids: Iterable[str]) -> None:
    """Sets a tombstone for each picture; one that has one keeps it."""
    import pandas as pd

    key = _key(workspace)
    known = workspace.read_arrow("forgotten", ["tombstone"])["tombstone"].to_pylist()
    new = {tombstone(key, image_id) for image_id in image_ids}
    workspace.replace("forgotten", pd.DataFrame({"tombstone": sorted(new.union(known))}, dtype=str))


def tombstone(key: bytes, image_id: str) -> str:
    """BLAKE2b-256 of an image_id under a key, 64 hexadecimal digits.

    >>> tombstone(bytes(32), 64 * "0")[:16] == tombstone(bytes(31) + b"1", 64 * "0")[:16]
    False
    """
    return hashlib.blake2b(bytes.fromhex(image_id), key=key, digest_size=_BYTES, person=b"mien-forgotten").hexdigest()


def _key(workspace: Workspace) -> bytes:
    """The workspace's key; made, readable by its owner alone, where there is none and no tombstone needs one."""
    path = workspace.path / KEY
    if path.exists() or workspace.rows("forgotten"):
        return _read_key(workspace)
    key = secrets.token_bytes(_BYTES)
    temporary = path.with_name(f"{KEY}.new")
    with disk_errors(path):
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(workspace.path)
    return key


def _read_key(workspace: Workspace) -> bytes:
    path = workspace.path / KEY
    try:
        key = path.read_bytes()
    except OSError as error:
        key, why = b"", error.strerror or str(error)
    else:
        why = f"it has {len(key)} bytes, not {_BYTES}"
    if len(key) == _BYTES:
        return key
    what = f"the key of the tombstones, {path}, cannot be used: {why}"
    fix = "restore it; or remove tables/forgotten, after which what was forgotten can be taken in again"
    raise WorkspaceError(what, fix)
