"""Opaque names."""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING

import pytest

from annotate.uid import KEY, opaque, read_key
from schemas.errors import WorkspaceError

if TYPE_CHECKING:
    from workspace.store import Workspace


def test_key_is_the_owners_alone(workspace: Workspace) -> None:
    """The file has mode 0600 and 32 bytes, and stays as it is."""
    key = read_key(workspace)
    path = workspace.path / KEY
    assert (len(key), path.read_bytes()) == (32, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(workspace) == key


def test_two_workspaces_have_two_keys(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> None:
    """So that a uid of one says nothing about the other."""
    other = type(workspace).open(tmp_path_factory.mktemp("other") / "ws", create=True)
    assert read_key(workspace) != read_key(other)


def test_damaged_key_is_refused(workspace: Workspace) -> None:
    """A short key would give weaker names without a word."""
    (workspace.path / KEY).write_bytes(b"short")
    with pytest.raises(WorkspaceError, match="5 bytes"):
        read_key(workspace)


def test_uid_is_no_plain_digest() -> None:
    """Whoever has the face_id but not the key cannot make the uid."""
    face = "0" * 32
    names = b"task\0" + face.encode() + b"\0r1\x000\0"
    uid = opaque(b"k" * 32, "task", face, "r1", "0")
    assert uid == hashlib.blake2b(names, digest_size=16, key=b"k" * 32).hexdigest()
    assert uid != hashlib.blake2b(names, digest_size=16).hexdigest()


def test_repeat_and_other_rater_have_their_own() -> None:
    """A repeat cannot be told from the first showing by its name, nor two raters' tasks be linked."""
    uids = {opaque(b"k", "task", "f", rater, showing) for rater in ("r1", "r2") for showing in ("0", "1")}
    assert len(uids) == 4
