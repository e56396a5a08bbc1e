"""The steps of curation in their order: what each reads, writes and depends on.

A step's own module holds a plain function of workspace and settings. Whether it has anything to do is told
here, from the log, before that module and the libraries under it are loaded: a run with nothing to do takes
a fraction of a second.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import WorkspaceError
from workspace import lineage

if TYPE_CHECKING:
    from schemas.settings import EngineSettings
    from workspace.store import Workspace


@dataclass(frozen=True)
class Step:
    """A step that turns tables into tables.

    Attributes:
        name: Its command and its section in a settings file.
        module: Where its function of workspace, settings and engine settings lies.
        function: The function's name; it returns the counts that go into the log.
        reads: Tables it reads; each must have been written.
        writes: Tables it replaces.
        libraries: Distributions whose version may change its result.
        files: Settings that name a file whose content may change its result.
    """

    name: str
    module: str
    function: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    libraries: tuple[str, ...]
    files: tuple[str, ...] = ()


STEPS = (
    Step(
        "dedupe", "curate.dedupe.step", "dedupe", ("images", "sources"), ("duplicates", "conflicts"), ("numpy", "scipy")
    ),
    Step("filter", "curate.filter", "filter_images", ("images", "sources", "duplicates"), ("decisions",), ("numpy",)),
    Step(
        "faces",
        "curate.faces.step",
        "faces",
        ("images", "sources", "decisions"),
        ("detections", "faces"),
        ("numpy", "opencv-python-headless", "onnxruntime"),
        ("detector_weights",),
    ),
    Step(
        "split",
        "curate.split.step",
        "split",
        ("images", "sources", "duplicates", "faces"),
        ("splits",),
        ("numpy", "scipy"),
    ),
)
"""All steps after `ingest`, in the order they run."""


def perform(step: Step, workspace: Workspace, settings: Any, engine: EngineSettings) -> dict[str, Any]:
    """Runs a step, unless the log shows that the same run has been made.

    Args:
        step: One of `STEPS`.
        workspace: Where it reads and writes.
        settings: The step's own settings.
        engine: How its work is spread over the machine.

    Returns:
        The step's counts, with `seconds`, and `done_before` true where there was nothing to do.

    Raises:
        WorkspaceError: A table it reads has not been written.
    """
    for table in step.reads:
        if not workspace.has(table):
            raise WorkspaceError(f"`{step.name}` needs the table `{table}`", f"run `curate {_writer(table)}` first")
    run = started(step, workspace, settings)
    line = run.done_before()
    if line is None:
        with workspace.lock():
            function = getattr(importlib.import_module(step.module), step.function)
            line = run.finish(function(workspace, settings, engine))
        return {**line["counts"], "seconds": line["seconds"], "done_before": False}
    return {**line["counts"], "seconds": 0.0, "done_before": True}


def started(step: Step, workspace: Workspace, settings: Any) -> lineage.Run:
    """The log's view of a run of this step with these settings, from now on."""
    versions = {name: importlib.metadata.version(name) for name in step.libraries}
    files = {name: _digest(Path(getattr(settings, name))) for name in step.files if getattr(settings, name)}
    return lineage.Run(workspace, step.name, lineage.plain(settings), step.reads, step.writes, files, versions)


def _digest(path: Path) -> str:
    """SHA-256 of a file; empty where it cannot be read, which the step itself says better."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _writer(table: str) -> str:
    return next((step.name for step in STEPS if table in step.writes), "ingest")
