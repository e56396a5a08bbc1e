"""A step runs when something it depends on has changed, and only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from curate import pipeline
from curate.pipeline import STEPS, Step, perform
from schemas.errors import WorkspaceError
from schemas.settings import FacesSettings, FilterSettings
from schemas.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.settings import EngineSettings
    from workspace.store import Workspace

CALLS: list[object] = []


def judge(workspace: Workspace, settings: object, engine: object) -> dict[str, int]:
    """A step that notes that it ran, and writes a row."""
    CALLS.append(settings)
    row = {"source": "a", "reason": "truncated", "detail": "", "bytes": len(CALLS)}
    workspace.replace("rejected", pd.DataFrame([row]))
    return {"out": 1}


@pytest.fixture
def step() -> Step:
    """The step above, which reads `sources`."""
    CALLS.clear()
    return Step("judge", __name__, "judge", ("sources",), ("rejected",), ("numpy",))


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests are no package, so their module is handed over."""
    monkeypatch.setattr(pipeline.importlib, "import_module", lambda _: __import__("types").SimpleNamespace(judge=judge))


def sources(name: str) -> pd.DataFrame:
    """A row of `sources`."""
    return pd.DataFrame([{"source": name, "image_id": "0" * 64, "kind": "photograph"}])


def test_second_run_does_nothing(workspace: Workspace, step: Step, engine: EngineSettings) -> None:
    """Until its input or its settings change."""
    workspace.replace("sources", sources("a"))
    assert perform(step, workspace, FilterSettings(), engine)["done_before"] is False
    assert perform(step, workspace, FilterSettings(), engine) == {"out": 1, "seconds": 0.0, "done_before": True}
    assert perform(step, workspace, FilterSettings(min_side=7), engine)["done_before"] is False
    workspace.replace("sources", sources("b"))
    assert perform(step, workspace, FilterSettings(min_side=7), engine)["done_before"] is False
    assert len(CALLS) == 3


def test_input_that_was_never_made(workspace: Workspace, step: Step, engine: EngineSettings) -> None:
    """The error names the command that makes it."""
    with pytest.raises(WorkspaceError, match="`judge` needs the table `sources`") as caught:
        perform(step, workspace, FilterSettings(), engine)
    assert caught.value.fix == "run `curate ingest` first"


def test_changed_weights_under_the_same_name(workspace: Workspace, tmp_path: Path) -> None:
    """A detector's weights file that was replaced makes the faces be found again."""
    faces = next(step for step in STEPS if step.name == "faces")
    weights = tmp_path / "weights.onnx"
    settings = FacesSettings(detector="yunet", detector_weights=str(weights))
    inputs = []
    for content in (b"one", b"two"):
        weights.write_bytes(content)
        inputs.append(pipeline.started(faces, workspace, settings).inputs["detector_weights"])
    assert inputs[0] != inputs[1]


def test_steps_read_what_is_written_before_them() -> None:
    """Each table a step reads is made by ingest or by a step above it, and every name is a table."""
    made = {"images", "sources", "rejected"}
    for step in STEPS:
        assert set(step.reads) <= made
        made |= set(step.writes)
    assert made <= set(TABLES)
