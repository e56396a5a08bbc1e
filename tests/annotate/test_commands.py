"""The commands that tell what raters agree on, from the call to what is printed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from annotate.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

ROWS = [
    *((face, rater, "happy") for face in "fg" for rater in ("ada", "bob")),
    *(("h", "ada", "fear"), ("h", "bob", "surprise")),
]


@pytest.fixture
def call(answers: Callable[..., Workspace], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., str]:
    """Runs a command on a workspace of three faces, and gives what it prints."""
    path = answers(*ROWS).path

    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["annotate", *words, "--workspace", str(path)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, capsys.readouterr().err
        return str(capsys.readouterr().out)

    return run


def test_agreement_prints_and_writes_a_page(call: Callable[..., str], tmp_path: Path) -> None:
    """For people, as JSON, and as a page."""
    page = tmp_path / "page.html"
    assert "fear and surprise: 1 of 1" in call("agreement", "--page", str(page))
    assert "fear and surprise" in page.read_text()
    result = json.loads(call("agreement", "--page", str(page), "--json"))
    assert result["coefficients"]["observed"]["value"] == pytest.approx(2 / 3)


def test_consensus_then_adjudicate(call: Callable[..., str], tmp_path: Path) -> None:
    """The tie is told, and is what is listed; without --rater no server is asked for."""
    queue, votes = tmp_path / "queue.csv", tmp_path / "votes.csv"
    assert "agreed 2, tie 1" in call("consensus", "--votes", str(votes))
    assert len(votes.read_text().splitlines()) == 4
    assert "1 face to adjudicate" in call("adjudicate", "--queue", str(queue), "--show-votes")
    assert queue.read_text().splitlines()[1] == 'h,tie,0.5000,"fear 1, surprise 1"'
