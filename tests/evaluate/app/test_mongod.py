"""The database's server, and what keeps it from being left over."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import pytest

from evaluate.app import keeper
from evaluate.app.home import Home
from evaluate.app.keeper import kept
from evaluate.app.mongod import program, serving
from evaluate.app.serve import check_port
from schemas.errors import MissingPartError, UsageError, WorkspaceBusyError

if TYPE_CHECKING:
    from workspace.store import Workspace


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_is_kept_ends_with_the_block(tmp_path: Path) -> None:
    """A program that would sleep for ten minutes does not."""
    with kept(["sleep", "600"], tmp_path) as process:
        assert process.poll() is None
    assert process.returncode == signal.SIGTERM


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
def test_what_is_kept_ends_with_a_killed_caller(tmp_path: Path) -> None:
    """SIGKILL leaves nobody time to clear up; the pipe closes all the same."""
    script = f"""
import sys; sys.path.insert(0, {str(Path(keeper.__file__).parents[2])!r})
from pathlib import Path
from evaluate.app.keeper import kept
with kept(["sh", "-c", "echo $$ > pid; exec sleep 600"], Path({str(tmp_path)!r})) as process:
    process.wait()
"""
    with subprocess.Popen([sys.executable, "-c", script]) as caller:
        while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
            time.sleep(0.05)
        caller.kill()
    pid = int((tmp_path / "pid").read_text())
    end = time.monotonic() + 60
    while runs(pid):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_port_that_is_taken() -> None:
    """FiftyOne would join whatever App listens there."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}") as caught:
            check_port(port)
    assert "--app-port" in caught.value.fix
    check_port(port)


def test_no_mongod(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither FiftyOne's nor the system's: it is said what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(MissingPartError, match="mongod") as caught:
        program()
    assert "FIFTYONE_DATABASE_URI" in caught.value.fix


def test_an_app_that_is_open(workspace: Workspace) -> None:
    """A second one on the same workspace is told where the first is."""
    home = Home.of(workspace)
    home.folder.mkdir(parents=True)
    home.opened.write_text('{"address": "http://127.0.0.1:5151/datasets/x"}')
    with (
        filelock.FileLock(home.folder / ".lock"),
        pytest.raises(WorkspaceBusyError, match=r"open on this workspace already at http://127\.0\.0\.1:5151"),
        serving(home),
    ):
        pass


def test_two_workspaces_of_one_name(tmp_path: Path, workspace: Workspace) -> None:
    """Their data sets have two names, for they may share a server of the user's."""
    other = type(workspace)(tmp_path / "elsewhere" / "ws", {})
    assert Home.of(workspace).name.startswith("ws-")
    assert Home.of(workspace).name != Home.of(other).name
