"""Ingest: every file ends as an image, a byte-copy or a rejected row, whatever order, engine or kill."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from curate.ingest import ingest
from schemas.errors import ImageError, InputError, StorageError
from schemas.settings import EngineSettings, IngestSettings
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = IngestSettings()


@pytest.fixture
def raw(tmp_path: Path, photo: Callable[..., bytes]) -> Path:
    """Twelve pictures, two byte-copies of one, and three files that are no picture."""
    folder = tmp_path / "raw"
    (folder / "more").mkdir(parents=True)
    for number in range(12):
        (folder / f"{number:02}.png").write_bytes(photo(number))
    (folder / "more/copy.png").write_bytes(photo(3))
    (folder / "more/again.jpg").write_bytes(photo(3))
    (folder / "text.jpg").write_text("not a picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "cut.png").write_bytes(photo(50)[:900])
    return folder


def files(workspace: Path) -> dict[str, str]:
    """Digest of every file under tables/ and originals/."""
    return {
        str(path.relative_to(workspace)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("tables", "originals")
        for path in sorted((workspace / folder).rglob("*"))
        if path.is_file()
    }


def test_every_file_ends_somewhere(workspace: Workspace, raw: Path, engine: EngineSettings) -> None:
    """17 files: 12 images, 2 byte-copies, 3 rejected with their reasons."""
    counts = ingest(workspace, [raw], SETTINGS, engine)
    assert counts == {"files": 17, "new": 17, "images": 12, "byte_copies": 2, "rejected": 3}
    rejected = workspace.read("rejected").set_index("source")["reason"].to_dict()
    assert rejected == {
        "raw/cut.png": "truncated",
        "raw/empty.png": "empty-file",
        "raw/text.jpg": "not-an-image",
    }
    sources = workspace.read("sources")
    assert sources["source"].nunique() == 14
    assert set(sources["image_id"]) == set(workspace.read("images")["image_id"])


def test_originals_are_kept_byte_for_byte(workspace: Workspace, raw: Path, engine: EngineSettings) -> None:
    """Each original lies under its SHA-256 with the extension of its content, once."""
    ingest(workspace, [raw], SETTINGS, engine)
    image_id = hashlib.sha256((raw / "03.png").read_bytes()).hexdigest()
    assert workspace.original_path(image_id, "png").read_bytes() == (raw / "03.png").read_bytes()
    assert len(list((workspace.path / "originals").rglob("*.*"))) == 12


def test_in_place_copies_nothing(workspace: Workspace, raw: Path, engine: EngineSettings) -> None:
    """With `in_place` the originals are read where they lie."""
    ingest(workspace, [raw], IngestSettings(in_place=True), engine)
    assert not (workspace.path / "originals").exists()
    image_id = hashlib.sha256((raw / "05.png").read_bytes()).hexdigest()
    assert workspace.originals()(image_id, "png") == (raw / "05.png").read_bytes()


@pytest.mark.parametrize(
    "engine",
    [
        EngineSettings(workers=1, shard_size=3),
        EngineSettings(workers=2, shard_size=100),
        EngineSettings(workers=2, shard_size=2, engine="processes"),
        pytest.param(EngineSettings(workers=2, shard_size=5, engine="dask"), marks=pytest.mark.cluster),
    ],
    ids=lambda engine: f"{engine.engine}-{engine.workers}-{engine.shard_size}",
)
@pytest.mark.filterwarnings("default")  # Dask's own, on its way down
def test_engine_and_order_change_nothing(tmp_path: Path, raw: Path, engine: EngineSettings) -> None:
    """Other threads, shards, engines and orders of the folders give the same files, bit for bit."""
    (raw / "more").rename(tmp_path / "more")
    one = Workspace.open(tmp_path / "one", create=True)
    ingest(one, [raw, tmp_path / "more"], SETTINGS, EngineSettings(workers=2, shard_size=4))
    other = Workspace.open(tmp_path / "other", create=True)
    ingest(other, [tmp_path / "more"], SETTINGS, engine)
    ingest(other, [raw], SETTINGS, engine)
    assert files(one.path) == files(other.path)


def test_second_run_opens_nothing(
    workspace: Workspace, raw: Path, engine: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unchanged files are not opened again, and no new line is logged."""
    ingest(workspace, [raw], SETTINGS, engine)
    log = (workspace.path / "log.jsonl").read_bytes()
    before = files(workspace.path)
    monkeypatch.setattr("curate.ingest.read", lambda *_: pytest.fail("a file was opened again"))
    counts = ingest(workspace, [raw], SETTINGS, engine)
    assert (counts["files"], counts["new"]) == (17, 0)
    assert files(workspace.path) == before
    assert (workspace.path / "log.jsonl").read_bytes() == log


def test_mended_file_leaves_rejected(
    workspace: Workspace, raw: Path, engine: EngineSettings, photo: Callable[..., bytes]
) -> None:
    """A file that was cut and has been fetched again becomes an image."""
    ingest(workspace, [raw], SETTINGS, engine)
    (raw / "cut.png").write_bytes(photo(50))
    counts = ingest(workspace, [raw], SETTINGS, engine)
    assert (counts["new"], counts["images"], counts["rejected"]) == (1, 13, 2)


def test_declared_metadata_reaches_sources(workspace: Workspace, raw: Path, engine: EngineSettings) -> None:
    """A list's columns stand beside the picture they were declared for."""
    (raw / "list.csv").write_text("path,emotion,person\n01.png,fear,p1\n02.png,,p2\n")
    ingest(workspace, [raw / "list.csv"], SETTINGS, engine)
    sources = workspace.read("sources")
    assert sources["identity"].tolist() == ["p1", "p2"]
    assert sources["label"].isna().tolist() == [False, True]


def test_picture_over_a_limit_is_rejected(workspace: Workspace, raw: Path, engine: EngineSettings) -> None:
    """Limits are settings; what is over them is a row, and the next file is taken."""
    ingest(workspace, [raw], IngestSettings(max_side=159), engine)
    assert set(workspace.read("rejected")["reason"]) == {"too-large-side", "not-an-image", "empty-file", "truncated"}


def test_unreadable_file_is_rejected(
    workspace: Workspace, raw: Path, engine: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be read is a row with the system's own word for it."""
    real = Path.read_bytes

    def refuse(path: Path) -> bytes:
        # Root may read anything, so the refusal is played here.
        if path.name == "07.png":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    ingest(workspace, [raw], SETTINGS, engine)
    rejected = workspace.read("rejected").set_index("source").loc["raw/07.png"]
    assert (rejected["reason"], rejected["detail"]) == ("unreadable", "Permission denied")


def test_empty_folder_is_an_error(workspace: Workspace, tmp_path: Path, engine: EngineSettings) -> None:
    """Nothing to take is said, not passed over."""
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="there is no file in"):
        ingest(workspace, [tmp_path / "nothing"], SETTINGS, engine)


def test_every_reason_has_a_fix() -> None:
    """An unknown reason code cannot be raised."""
    with pytest.raises(KeyError):
        ImageError("no-such-reason", "x")


@pytest.mark.diskfull
def test_full_disk_is_taken_up_again(small_disk: Path, tmp_path: Path, raw: Path, engine: EngineSettings) -> None:
    """The error says so; with room made, the next run gives what an undisturbed one gives."""
    undisturbed = Workspace.open(tmp_path / "undisturbed", create=True)
    ingest(undisturbed, [raw], SETTINGS, engine)
    cramped = Workspace.open(small_disk / "ws", create=True)
    with pytest.raises(StorageError, match="No space left"):
        ingest(cramped, [raw], SETTINGS, engine)
    subprocess.run(["mount", "-o", "remount,size=20m", small_disk], check=True)
    ingest(cramped, [raw], SETTINGS, engine)
    assert files(cramped.path) == files(undisturbed.path)


def test_kill_nine_at_any_moment(tmp_path: Path, photo: Callable[..., bytes]) -> None:
    """Killed ten times at random moments and run again, the tables are those of an undisturbed run."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in range(160):
        (raw / f"{number:03}.png").write_bytes(photo(number % 150))
    (raw / "text.jpg").write_text("x")
    undisturbed = Workspace.open(tmp_path / "undisturbed", create=True)
    ingest(undisturbed, [raw], SETTINGS, EngineSettings(workers=2, shard_size=16))
    command = [sys.executable, "-m", "curate", "ingest", raw, "--workspace", tmp_path / "killed", "--shard-size", "4"]
    moments = random.Random(7)  # noqa: S311 - no secret
    kills = 0
    for _ in range(10):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        time.sleep(moments.uniform(0.3, 2.5))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        process.communicate()
    subprocess.run(command, check=True, capture_output=True)
    assert kills > 0
    assert files(tmp_path / "killed") == files(undisturbed.path)
