"""Checks of the machine and the workspace's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.doctor.machine import machine_checks
from workspace.store import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from curate.doctor import Check


def checks(path: Path | None) -> dict[str, Check]:
    """All checks by name."""
    return {check.name: check for check in machine_checks(path)}


def test_workspace_that_is_not_there_yet_is_absent(tmp_path: Path) -> None:
    """Its disk is looked at all the same, through the nearest folder that exists."""
    found = checks(tmp_path / "to" / "be")
    assert found["workspace"].state == "absent"
    assert str(tmp_path) in found["disk"].found


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    """The file that tries whether one can write is gone again."""
    assert checks(tmp_path)["write"].state == "ok"
    assert list(tmp_path.iterdir()) == []


def test_workspace_is_counted(tmp_path: Path) -> None:
    """A workspace that can be opened is ok."""
    Workspace.open(tmp_path / "set", create=True)
    assert checks(tmp_path / "set")["workspace"].found.startswith("0 pictures")


def test_workspace_of_a_newer_version_is_broken(tmp_path: Path) -> None:
    """The error and its fix are passed on."""
    (tmp_path / "workspace.toml").write_text("format = 99\n", encoding="utf-8")
    check = checks(tmp_path)["workspace"]
    assert (check.state, check.fix) == ("broken", "install a newer mien")
