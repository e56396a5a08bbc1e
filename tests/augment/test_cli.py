"""The command line, as people call it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from augment.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace


def call(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """Runs `augment` in this process; its exit status."""
    monkeypatch.setattr(sys, "argv", ["augment", *map(str, words)])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(str(caught.value.code))


def test_plan_balance_replay_verify(
    faces: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each prints its result as one JSON object, and the four agree."""
    place = ("-w", faces.path, "--json")
    assert call(monkeypatch, "plan", "--policy", "paper", "--chart", tmp_path / "c.svg", *place) == 0
    planned = json.loads(capsys.readouterr().out)
    assert call(monkeypatch, "balance", "--policy", "paper", *place) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["classes"] == planned["classes"]
    assert call(monkeypatch, "replay", "c0.1", "--out", tmp_path / "s.png", *place) == 0
    assert json.loads(capsys.readouterr().out)["sample"] == "c0.1"
    assert call(monkeypatch, "verify", *place) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == done["samples"] == 5


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("balance", "--split", "test"), "the split `test` is not balanced"),
        (("balance", "--policy", "papper"), "there is no policy `papper`"),
        (("balance", "--cap-ratio", "-1"), "`cap_ratio` is -1"),
        (("balance", "--strategy", "half"), "'half' is not one of"),
        (("replay", "c0.1"), "is not balanced"),
    ],
)
def test_wrong_calls(
    faces: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    what: str,
) -> None:
    """One line says what, one what to do."""
    assert call(monkeypatch, *words, "-w", faces.path) in (1, 2)
    told = capsys.readouterr().err
    assert what in told
    assert "\nfix: " in told


@pytest.mark.parametrize("name", ["balance", "plan", "replay", "verify", "preview", "audit"])
def test_help_has_an_example(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of each command."""
    assert call(monkeypatch, name, "--help") == 0
    assert f"Example: augment {name}" in " ".join(capsys.readouterr().out.split())
