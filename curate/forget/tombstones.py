"""Tombstones: what a workspace remembers of a forgotten picture, and all that it remembers.

A picture has two: BLAKE2b (RFC 7693, keyed) of its SHA-256, and of its perceptual hash, under a random key of the
workspace. Who has a picture and the key can ask whether it was forgotten here; who has only the tombstones
learns nothing else. They stop the same bytes, and what has the very same perceptual hash: nine in ten copies that were
scaled or saved anew, but not one that was cut. docs/forget.md has the trial.
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
_LEAST_CONTRAST = 8.0
"""Standard deviation in grey levels below which a picture's perceptual hash says nothing: all blank ones share it."""
PREFIX = "forgotten/"
"""What the name of a forgotten file begins with in `rejected` and `seen`, in place of its own."""


@dataclass(frozen=True)
class Tombstones:
    """The tombstones of a workspace; small, and travels to worker processes.

    Attributes:
        key: The workspace's key, or empty where nothing was ever forgotten.
        digests: All of them.
    """

    key: bytes = b""
    digests: frozenset[str] = frozenset()

    def find(self, image_id: str) -> str | None:
        """The tombstone of a picture by its bytes, or None where it was not forgotten.

        Args:
            image_id: SHA-256 of the file's bytes, hexadecimal.
        """
        return self._found(of_bytes(self.key, image_id)) if self.digests else None

    def find_look(self, hashes: Iterable[int]) -> str | None:
        """The tombstone of a picture by its look, or None.

        Args:
            hashes: Its perceptual hash and that of its mirror image.
        """
        found = (self._found(of_look(self.key, value)) for value in hashes if self.digests)
        return next(filter(None, found), None)

    def _found(self, digest: str) -> str | None:
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
    """Sets the tombstones of pictures, whose rows must still be there; a tombstone that is there stays."""
    import pandas as pd

    key, wanted = _key(workspace), set(image_ids)
    known = workspace.read("forgotten")
    new = dict(zip(known["tombstone"], known["made_of"], strict=True))
    new |= {of_bytes(key, image_id): "bytes" for image_id in wanted}
    images = workspace.read("images", ["image_id", "phash", "contrast"])
    seen = images[images["image_id"].isin(wanted) & (images["contrast"] >= _LEAST_CONTRAST)]
    new |= {of_look(key, int(value)): "look" for value in seen["phash"]}
    rows = sorted(new.items())
    workspace.replace("forgotten", pd.DataFrame(rows, columns=["tombstone", "made_of"], dtype=str))


def of_bytes(key: bytes, image_id: str) -> str:
    """BLAKE2b-256 of an image_id under a key, 64 hexadecimal digits.

    >>> of_bytes(bytes(32), 64 * "0") == of_bytes(bytes(31) + b"1", 64 * "0")
    False
    """
    return hashlib.blake2b(bytes.fromhex(image_id), key=key, digest_size=_BYTES, person=b"mien-forgotten").hexdigest()


def of_look(key: bytes, phash: int) -> str:
    """BLAKE2b-256 of a perceptual hash under a key, 64 hexadecimal digits."""
    data = phash.to_bytes(8, "big")
    return hashlib.blake2b(data, key=key, digest_size=_BYTES, person=b"mien-look").hexdigest()


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
