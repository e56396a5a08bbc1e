"""Flags come from settings; errors say what to do; results and progress do not mix."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from schemas.errors import StorageError
from workspace import console
from workspace.store import Workspace

if TYPE_CHECKING:
    from pathlib import Path


def call(arguments: list[str], seen: dict[str, object], workspace: Workspace | None = None) -> int:
    """Runs a command with the ingest settings, notes what it was given, and returns its exit status."""
    app = console.application("A tool.")

    @app.callback()
    def tool() -> None:
        """A tool."""

    @app.command("work")
    @console.with_settings("ingest", "engine")
    def work(*, settings: console.Settings, fail: bool = False) -> None:
        """Work.

        Example: tool work
        """
        seen["ingest"] = settings("ingest", workspace)
        seen["engine"] = settings("engine", workspace)
        if fail:
            raise StorageError("the disk is full", "make room")

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as caught:
        patch.setattr(sys, "argv", ["tool", "work", *arguments])
        console.run(app, "tool")
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_flag_goes_before_file_before_workspace_before_default(workspace: Workspace, tmp_path: Path) -> None:
    """Four layers, each over the next."""
    (workspace.path / "workspace.toml").write_text(
        "format = 1\n[ingest]\nmax_side = 11\nmax_file_mb = 11\nmax_pixels = 11\n"
    )
    (tmp_path / "s.toml").write_text("[ingest]\nmax_side = 22\nmax_file_mb = 22\n")
    seen: dict[str, object] = {}
    status = call(["--settings", str(tmp_path / "s.toml"), "--max-side", "33"], seen, Workspace.open(workspace.path))
    got = seen["ingest"]
    assert status == 0
    assert (got.max_side, got.max_file_mb, got.max_pixels, got.max_archive_gb) == (33, 22, 11, 50)  # type: ignore[attr-defined]


def test_switch_has_both_ways(workspace: Workspace) -> None:
    """A yes-or-no setting that the workspace turns on can be turned off for one run."""
    (workspace.path / "workspace.toml").write_text("format = 1\n[ingest]\nin_place = true\n")
    opened = Workspace.open(workspace.path)
    seen: dict[str, object] = {}
    call([], seen, opened)
    assert seen["ingest"].in_place is True  # type: ignore[attr-defined]
    call(["--no-in-place"], seen, opened)
    assert seen["ingest"].in_place is False  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--fail"], 1, ["error: the disk is full", "fix: make room"]),
        (["--max-side", "0"], 2, ["error: `max_side` is 0", "fix: it goes from 1 to 65535"]),
        (["--max-side", "wide"], 2, ["--max-side", "fix: see `tool work --help`"]),
        (["--max-sied", "3"], 2, ["--max-sied", "--max-side"]),
        (["--engine", "steam"], 2, ["steam", "threads"]),
        (["--settings", "gone.toml"], 2, ["gone.toml", "fix:"]),
    ],
)
def test_wrong_calls(arguments: list[str], status: int, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Each gets its line, its fix and its exit status, and stdout stays empty."""
    assert call(arguments, {}) == status
    out, err = capsys.readouterr()
    assert out == ""
    for word in words:
        assert word in err


def test_settings_file_with_a_misspelt_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest right key is named."""
    (tmp_path / "s.toml").write_text("[engine]\nworker = 2\n")
    assert call(["--settings", str(tmp_path / "s.toml")], {}) == 2
    assert "did you mean `workers`?" in capsys.readouterr().err


def test_bug_keeps_its_traceback() -> None:
    """An exception nobody foresaw is not dressed up."""
    app = console.application("A tool.")

    @app.command()
    def work() -> None:
        message = "a bug"
        raise ZeroDivisionError(message)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(sys, "argv", ["tool"])
        console.run(app, "tool")


def test_strange_names_cannot_paint_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape codes in a file name are written out; letters of all scripts stay."""
    console.complain("cannot read \x1b[31mü☺.jpg\r", "rename it")
    assert capsys.readouterr().err == "error: cannot read \\x1b[31mü☺.jpg\\r\nfix: rename it\n"


def test_json_is_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """One object, and nothing that JSON does not know."""
    console.show("text", {"name": "ü", "n": 3}, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"name": "ü", "n": 3}
    with pytest.raises(ValueError, match="JSON"):
        console.show("text", {"n": float("nan")}, as_json=True)


def test_no_bar_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A script's log is not filled with bars."""
    assert list(console.progress(iter([3, 4]), text="work", total=7)) == [3, 4]
    assert capsys.readouterr() == ("", "")


def test_reader_that_goes_away(tmp_path: Path) -> None:
    """`| head` ends the command quietly."""
    script = (
        "from workspace import console\n"
        "app = console.application('x')\n"
        "@app.command()\n"
        "def work():\n    [print('x' * 80, flush=True) for _ in range(100_000)]\n"
        "console.run(app, 'x')"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1
