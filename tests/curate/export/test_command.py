"""The command prints what it wrote, and refuses what cannot be meant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from curate.cli import app
from schemas.errors import UsageError, WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

SKIP = ["--unlabelled", "skip", "--unknown-labels", "skip"]


def test_result_for_people(split: Workspace, out: Path) -> None:
    """Where it is, how many of each class and split, and what was left out."""
    result = CliRunner().invoke(app, ["export", "folders", str(out / "set"), "-w", str(split.path), *SKIP])
    assert result.exit_code == 0
    assert f"wrote {out / 'set'}\nfolders: 8 faces\n" in result.stdout
    assert "splits: train 6, validation 1, test 1" in result.stdout
    assert "left out: 1 excluded by the split; 1 label that is none of the classes" in result.stdout


def test_result_for_scripts(finished: Workspace, out: Path) -> None:
    """One JSON object on stdout and nothing else."""
    command = ["export", "folders", str(out / "set"), "-w", str(finished.path), *SKIP, "--json"]
    result = json.loads(CliRunner().invoke(app, command).stdout)
    assert (result["path"], result["faces"], result["photographs"]) == (str(out / "set"), 9, 8)
    assert result["classes"]["happy"] == 3
    assert result["splits"] == {}


def test_unknown_format_comes_first(tmp_path: Path) -> None:
    """A misspelt format is told before the workspace is looked for."""
    result = CliRunner().invoke(app, ["export", "parket", str(tmp_path / "out"), "-w", str(tmp_path / "none")])
    assert isinstance(result.exception, UsageError)
    assert result.exception.fix == "did you mean `parquet`?"


def test_no_workspace(tmp_path: Path) -> None:
    """Where there is none, nothing is written."""
    result = CliRunner().invoke(app, ["export", "folders", str(tmp_path / "out"), "-w", str(tmp_path / "none")])
    assert isinstance(result.exception, WorkspaceError)
    assert list(tmp_path.iterdir()) == []
