"""The log tells what was done, and whether it has to be done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from workspace import lineage

if TYPE_CHECKING:
    from workspace.store import Workspace


def frame(sources: list[str]) -> pd.DataFrame:
    """Rows of the table `rejected`, which stands for any table here."""
    return pd.DataFrame({"source": sources, "reason": "truncated", "detail": "", "bytes": 1})


def run(workspace: Workspace, threshold: int = 3, version: str = "1.0") -> lineage.Run:
    """A run of a step that reads `sources` and writes `rejected`."""
    return lineage.Run(
        workspace, "judge", {"threshold": threshold}, ("sources",), ("rejected",), versions={"numpy": version}
    )


@pytest.fixture
def done(workspace: Workspace) -> Workspace:
    """A workspace in which the step has been run."""
    workspace.replace("rejected", frame(["a"]))
    run(workspace).finish({"out": 1})
    return workspace


def test_same_run_is_superfluous(done: Workspace) -> None:
    """Same settings, inputs, outputs and versions: nothing to do, and the old counts are at hand."""
    line = run(done).done_before()
    assert line is not None
    assert line["counts"] == {"out": 1}


def test_other_setting_input_output_or_version_is_not(done: Workspace) -> None:
    """Whatever the result depends on makes the step run again when it changes."""
    assert run(done, threshold=4).done_before() is None
    assert run(done, version="2.0").done_before() is None
    sources = done.read("sources")
    done.replace("sources", sources)
    assert run(done).done_before() is None


def test_changed_or_missing_output_is_not(done: Workspace) -> None:
    """A table that somebody changed is written again."""
    done.replace("rejected", frame(["a", "b"]))
    assert run(done).done_before() is None


def test_line_that_a_kill_tore_is_passed_over(done: Workspace) -> None:
    """Half a line at the end hides neither the lines before it nor those after it."""
    with (done.path / "log.jsonl").open("a") as file:
        file.write('{"step": "judge", "sett')
    assert run(done).done_before() is not None
    run(done).finish({"out": 2})
    assert [line["counts"] for line in lineage.lines(done)] == [{"out": 1}, {"out": 2}]


def test_version_is_that_of_the_package() -> None:
    """The log names the version that is installed."""
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["version"] == lineage.VERSION
