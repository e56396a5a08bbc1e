"""A refused write leaves the old file whole and nothing beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from schemas.errors import StorageError
from workspace.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.diskfull
def test_full_disk_leaves_the_old_file(small_disk: Path) -> None:
    """The error says how much is free; the old content is intact and no temporary file stays."""
    path = small_disk / "table.parquet"
    write_atomically(path, b"old")
    with pytest.raises(StorageError, match="No space left") as caught:
        write_atomically(path, bytes(2**20))
    assert "MiB are free" in caught.value.fix
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in small_disk.iterdir()] == ["table.parquet"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    """A file may be written into folders that do not exist yet."""
    write_atomically(tmp_path / "a" / "b" / "c.bin", b"x")
    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"x"


def test_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    """A path that leads through a file is refused with a `StorageError`, not a bare OSError."""
    (tmp_path / "a").write_text("a file")
    with pytest.raises(StorageError, match="cannot write"):
        write_atomically(tmp_path / "a" / "b.bin", b"x")


def test_two_threads_write_the_same_file(tmp_path: Path) -> None:
    """Equal pictures in two shards meet at one name; neither disturbs the other."""
    path = tmp_path / "a.bin"

    def write(_: int) -> None:
        for _ in range(200):
            write_atomically(path, b"same", durable=False)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert path.read_bytes() == b"same"
    assert len(list(tmp_path.iterdir())) == 1
