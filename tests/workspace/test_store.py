"""The store loses nothing, writes nothing half, and gives the same bytes for the same rows."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from schemas.errors import UsageError, WorkspaceBusyError, WorkspaceError, WorkspaceVersionError
from schemas.tables import TABLES
from workspace.parquet import parquet_bytes
from workspace.store import Workspace

if TYPE_CHECKING:
    from pathlib import Path


def rows(sources: list[str], reason: str = "truncated") -> pd.DataFrame:
    """Rows of the table `rejected`."""
    return pd.DataFrame({"source": sources, "reason": reason, "detail": "ends early", "bytes": 7})


def part_bytes(workspace: Workspace, table: str) -> dict[str, bytes]:
    """The files of a table."""
    return {path.name: path.read_bytes() for path in (workspace.path / "tables" / table).iterdir()}


def test_what_is_written_is_read(workspace: Workspace) -> None:
    """Strings of any script, newlines and missing values come back as they went in."""
    frame = rows(["raw/ü\n☺.jpg", "raw/a.jpg"])
    workspace.replace("rejected", frame)
    assert workspace.read("rejected")["source"].tolist() == ["raw/a.jpg", "raw/ü\n☺.jpg"]
    assert workspace.rows("rejected") == 2


def test_table_that_was_never_written_has_no_rows(workspace: Workspace) -> None:
    """Reading it gives its columns; `has` tells the difference."""
    frame = workspace.read("rejected")
    assert frame.columns.tolist() == TABLES["rejected"].names
    assert len(frame) == 0
    assert not workspace.has("rejected")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.lists(st.text(max_size=5), unique=True, min_size=1, max_size=12), data=st.data())
def test_tables_depend_on_rows_alone(tmp_path: Path, names: list[str], data: st.DataObject) -> None:
    """However the rows are cut into shards, ordered and repeated, the table's files are the same bytes."""
    shutil.rmtree(tmp_path / "a", ignore_errors=True)
    shutil.rmtree(tmp_path / "b", ignore_errors=True)
    whole = Workspace.open(tmp_path / "a", create=True)
    whole.replace("rejected", rows(names))
    pieces = Workspace.open(tmp_path / "b", create=True)
    shuffled = data.draw(st.permutations(names))
    cut = data.draw(st.integers(0, len(names)))
    pieces.stage("rejected", "1", rows(shuffled[:cut]))
    if data.draw(st.booleans()):
        pieces.commit("rejected")
    pieces.stage("rejected", "2", rows(shuffled[cut // 2 :]))
    pieces.commit("rejected")
    assert part_bytes(whole, "rejected") == part_bytes(pieces, "rejected")


def test_staged_row_replaces_the_old_one(workspace: Workspace) -> None:
    """A file that was looked at again has its newest row only."""
    workspace.replace("rejected", rows(["a", "b"], "truncated"))
    workspace.stage("rejected", "1", rows(["b"], "damaged"))
    workspace.commit("rejected")
    assert workspace.read("rejected")["reason"].tolist() == ["truncated", "damaged"]


def test_parts_are_cut_at_the_same_rows(workspace: Workspace) -> None:
    """70,000 rows lie in a part of 65,536 and one of the rest, in order, whichever way they came."""
    names = [f"{number:06}" for number in range(70_000)]
    workspace.stage("rejected", "late", rows(names[30_000:]))
    workspace.stage("rejected", "early", rows(names[:40_000]))
    workspace.commit("rejected")
    manifest = json.loads((workspace.path / "tables/rejected/_table.json").read_text())
    assert [part["rows"] for part in manifest["parts"]] == [65_536, 4_464]
    assert workspace.read("rejected")["source"].tolist() == names


def test_shards_of_another_version_are_dropped(workspace: Workspace) -> None:
    """A run that an older mien was killed in is begun anew, since its shards lack today's columns."""
    workspace.stage("rejected", "1", rows(["a"]))
    with workspace.lock():
        assert len(workspace.staged("rejected")) == 1
    workspace.staged("rejected")[0].write_bytes(parquet_bytes(pa.table({"source": ["b"]})))
    with workspace.lock():
        assert workspace.staged("rejected") == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda frame: frame.drop(columns="bytes"), "bytes"),
        (lambda frame: frame.assign(colour="red"), "colour"),
        (lambda frame: frame.assign(bytes="many"), "rejected"),
        (lambda frame: frame.assign(reason=None), "reason"),
        (lambda frame: pd.concat([frame, frame]), "key twice"),
    ],
)
def test_wrong_frame_is_refused_and_the_table_kept(workspace: Workspace, change: object, word: str) -> None:
    """A missing, unknown, mistyped or empty column, or a key twice, never reaches the disk."""
    workspace.replace("rejected", rows(["a"]))
    before = part_bytes(workspace, "rejected")
    with pytest.raises(WorkspaceError, match=word):
        workspace.replace("rejected", change(rows(["b"])))  # type: ignore[operator]
    assert part_bytes(workspace, "rejected") == before


def test_kill_between_the_two_renames_is_mended(workspace: Workspace) -> None:
    """The old table is back after the next lock, when a kill left only its set-aside copy."""
    workspace.replace("rejected", rows(["a"]))
    folder = workspace.path / "tables" / "rejected"
    folder.rename(folder.with_name(".rejected.old"))
    with workspace.lock():
        assert workspace.read("rejected")["source"].tolist() == ["a"]


def test_damaged_part_is_a_clear_error(workspace: Workspace) -> None:
    """A table whose file was cut, or has other columns, says which folder to remove and which step to run again."""
    workspace.replace("rejected", rows(["a"]))
    for content in (b"PAR1", parquet_bytes(pa.table({"source": ["a"], "older": [1]}))):
        (workspace.path / "tables/rejected/part-00000.parquet").write_bytes(content)
        with pytest.raises(WorkspaceError, match="rejected") as caught:
            workspace.read("rejected")
        assert "tables/rejected" in caught.value.fix


def test_two_writers_at_once(workspace: Workspace) -> None:
    """The second is told so at once, and reading goes on."""
    workspace.replace("rejected", rows(["a"]))
    script = (
        "import sys; from pathlib import Path; from workspace.store import Workspace\n"
        "with Workspace.open(Path(sys.argv[1])).lock(): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, workspace.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(WorkspaceBusyError, match="another command"), workspace.lock():
        pass
    assert workspace.rows("rejected") == 1
    other.kill()
    other.communicate()
    with workspace.lock():
        pass


def test_newer_workspace_is_refused(workspace: Workspace) -> None:
    """An older program does not touch what a newer one wrote."""
    (workspace.path / "workspace.toml").write_text("format = 2\n")
    with pytest.raises(WorkspaceVersionError, match="format 2"):
        Workspace.open(workspace.path)


@pytest.mark.parametrize(
    ("text", "error", "word"),
    [
        ("format = 1\n[ingest]\nmax_pixel = 1", UsageError, "max_pixel"),
        ("format = 1\n[ingst]\n", UsageError, "ingst"),
        ("format = 1\ningest = 1", UsageError, "ingest"),
        ("format = ", WorkspaceError, "workspace.toml"),
        ("", WorkspaceError, "format"),
        ('format = "x"', WorkspaceError, "format"),
    ],
)
def test_wrong_workspace_toml(workspace: Workspace, text: str, error: type[Exception], word: str) -> None:
    """Each mistake in `workspace.toml` has its own word."""
    (workspace.path / "workspace.toml").write_text(text)
    with pytest.raises(error, match=word):
        Workspace.open(workspace.path)


def test_folder_of_other_files_is_never_made_a_workspace(tmp_path: Path) -> None:
    """A mistyped --workspace does not scatter tables over somebody's folder."""
    (tmp_path / "thesis.tex").write_text("words")
    with pytest.raises(WorkspaceError, match="exists and is not a workspace"):
        Workspace.open(tmp_path, create=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_half_written_picture_of_a_kill_is_cleared(workspace: Workspace) -> None:
    """Pictures are written outside the picture folders, and what a kill left there goes with the next lock."""
    workspace.put_picture("faces", "abcd.png", b"old")
    half = workspace.path / "staging/.pictures/.ef.png.1-1.part"
    half.write_bytes(b"hal")
    with workspace.lock():
        assert not half.exists()
    workspace.put_picture("faces", "abcd.png", b"new")
    assert workspace.picture_path("faces", "abcd.png").read_bytes() == b"old"
    workspace.put_picture("faces", "abcd.png", b"new", replace=True)
    assert [path.name for path in workspace.path.rglob("*.p*") if path.is_file()] == ["abcd.png"]
    assert workspace.picture_path("faces", "abcd.png").read_bytes() == b"new"


def test_original_that_changed_in_place_is_not_used(workspace: Workspace, tmp_path: Path) -> None:
    """An original referred to in place is checked against its SHA-256."""
    file = tmp_path / "a.jpg"
    file.write_bytes(b"other bytes")
    row = {"source": "raw/a.jpg", "image_id": "0" * 64, "location": str(file), "kind": "photograph"}
    workspace.replace("sources", pd.DataFrame([row]))
    with pytest.raises(WorkspaceError, match="has changed"):
        workspace.originals()("0" * 64, "jpeg")
    file.unlink()
    with pytest.raises(WorkspaceError, match="cannot be read"):
        workspace.originals()("0" * 64, "jpeg")
