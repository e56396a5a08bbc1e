"""An export is there whole or not at all, and nothing else is ever removed for it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from curate.export.target import MARKER, Target, check, new_folder
from schemas.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.store import Workspace


def names(folder: Path) -> set[str]:
    """Everything in a folder, hidden entries too."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("place", ["ws/out", "ws", "."])
def test_target_in_the_workspace(tmp_path: Path, place: str) -> None:
    """Neither may lie in the other."""
    (tmp_path / "ws").mkdir()
    with pytest.raises(UsageError, match="lie in each other"):
        check(Target(tmp_path / place, replace=True), tmp_path / "ws")


def test_workspace_behind_a_link(tmp_path: Path) -> None:
    """A link does not hide that the target lies in the workspace."""
    (tmp_path / "ws").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "ws")
    with pytest.raises(UsageError, match="lie in each other"):
        check(Target(tmp_path / "link" / "out"), tmp_path / "ws")


def test_existing_target_is_refused(finished: Workspace, make: Callable[..., Path], out: Path) -> None:
    """Without --replace nothing that is there is touched."""
    make(finished, "folders")
    with pytest.raises(UsageError, match="is there already") as caught:
        make(finished, "folders")
    assert "--replace" in caught.value.fix
    assert names(out) == {"folders"}


def test_export_is_replaced(finished: Workspace, make: Callable[..., Path], out: Path) -> None:
    """With --replace the new one stands in its place, and nothing of the old is left."""
    make(finished, "folders", "set")
    make(finished, "fer2013", "set", replace=True)
    assert names(out) == {"set"}
    assert not (out / "set" / "happy").exists()
    assert (out / "set" / "fer2013.csv").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_is_no_export_is_never_replaced(
    finished: Workspace, make: Callable[..., Path], out: Path, kind: str
) -> None:
    """A folder of photographs, a file, or a link, even to an export, stays."""
    photographs = out / "photographs"
    if kind == "file":
        photographs.write_text("mine")
    elif kind == "link":
        photographs.symlink_to(make(finished, "folders"))
    else:
        photographs.mkdir()
        (photographs / "mine.jpg").write_text("mine")
    before = names(out)
    with pytest.raises(UsageError, match="no export of mien"):
        make(finished, "folders", "photographs", replace=True)
    assert names(out) == before


def test_missing_parent(finished: Workspace, make: Callable[..., Path]) -> None:
    """A typing error in the path makes no folders."""
    with pytest.raises(UsageError, match="there is no folder"):
        make(finished, "folders", "a/b")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc, where nobody can make a folder")
def test_place_that_refuses_folders(finished: Workspace, make: Callable[..., Path]) -> None:
    """The system's refusal is an error with a way out."""
    with pytest.raises(StorageError, match="cannot write /proc/mien"):
        make(finished, "folders", "/proc/mien")


def test_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not write there reads who to ask."""

    def refuse(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StorageError, match="Permission denied") as caught, new_folder(tmp_path / "out", {}):
        pass
    assert "who may write" in caught.value.fix


@pytest.mark.diskfull
@pytest.mark.parametrize("form", ["folders", "parquet", "coco", "imagefolder"])
def test_full_disk(
    finished: Workspace, make: Callable[..., Path], small_disk: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Nothing of the attempt is left, nor a record of it."""
    monkeypatch.setattr("curate.export.pictures.Pictures.png", lambda *_: os.urandom(100_000))
    monkeypatch.setattr("curate.export.coco.as_jpeg", lambda *_: os.urandom(100_000))
    with pytest.raises(StorageError, match="No space left") as caught:
        make(finished, form, str(small_disk / "out"))
    assert "make room" in caught.value.fix
    assert names(small_disk) == set()
    assert finished.rows("exports") == 0


def test_missing_crop(finished: Workspace, make: Callable[..., Path], out: Path) -> None:
    """A crop that somebody removed is named with the command that cuts it again; nothing is left."""
    from schemas.errors import WorkspaceError

    face_id = finished.read("faces", ["face_id", "kept"]).query("kept")["face_id"].iloc[5]
    finished.picture_path("faces", f"{face_id}.png").unlink()
    with pytest.raises(WorkspaceError, match=face_id) as caught:
        make(finished, "folders", unlabelled="skip")
    assert caught.value.fix == "run `curate faces`"
    assert names(out) == set()


def test_failed_replacement_leaves_the_old_one(
    finished: Workspace, make: Callable[..., Path], out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the last rename fails the old export is back under its name."""
    folder = make(finished, "folders")
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    rename = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if path.name.endswith("-part"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(StorageError, match="Input/output error"):
        make(finished, "fer2013", "folders", replace=True)
    assert names(out) == {"folders"}
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


KILLED = """
import os, sys
from pathlib import Path
from curate.export import pictures
from curate.export.formats import find
from curate.export.step import export
from curate.export.target import Target
from schemas.settings import EngineSettings, ExportSettings
from workspace.store import Workspace
png, calls = pictures.Pictures.png, []
def dying(self, row):
    calls.append(row)
    if len(calls) == 5:
        os.kill(os.getpid(), 9)
    return png(self, row)
pictures.Pictures.png = dying
settings = ExportSettings(unlabelled="skip", unknown_labels="skip")
export(Workspace.open(Path(sys.argv[1])), find("folders"), Target(Path(sys.argv[2])), settings, EngineSettings())
"""


def test_kill(finished: Workspace, make: Callable[..., Path], out: Path) -> None:
    """A killed run leaves no export; the next one clears what it left and makes a whole one."""
    command = [sys.executable, "-c", KILLED, str(finished.path), str(out / "folders")]
    done = subprocess.run(command, check=False, capture_output=True, cwd=Path(__file__).parents[3])
    assert done.returncode == -9, done.stderr
    assert names(out) == {".folders.mien-part"}
    folder = make(finished, "folders")
    assert names(out) == {"folders"}
    assert len(list(folder.glob("*/*.png"))) == 9


def test_folder_in_the_way(finished: Workspace, make: Callable[..., Path], out: Path) -> None:
    """Somebody's folder that bears the temporary name is not removed."""
    (out / ".folders.mien-old").mkdir()
    (out / ".folders.mien-old" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is in the way"):
        make(finished, "folders")
    assert names(out) == {".folders.mien-old"}
    assert not (out / ".folders.mien-old" / MARKER).exists()
