"""Checks of FiftyOne's database server."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from curate.doctor.mongod import mongod_checks, running

_START_SECONDS = 30

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")


def test_own_server_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address may hold a password."""
    monkeypatch.setenv("FIFTYONE_DATABASE_URI", "mongodb://me:secret@host")
    assert "secret" not in "".join(check.found + check.fix for check in mongod_checks())


@needs_proc
def test_running_server_is_found_by_its_program(tmp_path: Path) -> None:
    """A process whose program is called mongod is listed with its parent; other processes are not."""
    program = tmp_path / "mongod"
    shutil.copy(shutil.which("sleep") or "", program)
    with subprocess.Popen([program, "60"]) as process:
        try:
            _wait_for_command_line(process.pid)
            found = [server for server in running(Path("/proc")) if server.pid == process.pid]
        finally:
            process.kill()
    assert [server.command for server in found] == [f"{program} 60"]


@needs_proc
def test_server_that_lost_its_parent_is_told_with_its_number(tmp_path: Path) -> None:
    """A mongod of FiftyOne's, handed to process 1, comes with the command that ends it."""
    program = tmp_path / "fiftyone" / "mongod"
    program.parent.mkdir()
    shutil.copy(shutil.which("sleep") or "", program)
    start = f"import subprocess; print(subprocess.Popen([{str(program)!r}, '60'], stdout=-3, stderr=-3).pid)"
    pid = int(subprocess.run([sys.executable, "-c", start], capture_output=True, check=True).stdout)
    try:
        _wait_for_command_line(pid)
        fixes = [check.fix for check in mongod_checks() if check.name == "mongod left over"]
    finally:
        subprocess.run(["kill", str(pid)], check=True)
    assert f"if no FiftyOne is open: kill {pid}" in fixes


def _wait_for_command_line(pid: int) -> None:
    """Waits until the kernel shows a new process's command line: Popen returns before it does."""
    until = time.monotonic() + _START_SECONDS
    while not Path(f"/proc/{pid}/cmdline").read_bytes():
        assert time.monotonic() < until, "the process did not start"
        time.sleep(0.01)
