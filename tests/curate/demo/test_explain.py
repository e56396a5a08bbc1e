"""What became of the demo's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from curate.demo import explain, make_raw, text
from curate.ingest import ingest
from curate.pipeline import STEPS, perform
from schemas.settings import STEPS as SETTINGS, FilterSettings, IngestSettings
from workspace.store import Workspace

if TYPE_CHECKING:
    from schemas.settings import EngineSettings


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo's workspace, all steps run with their defaults."""
    folder = tmp_path_factory.mktemp("demo")
    raw = make_raw(folder / "raw")
    workspace = Workspace.open(folder / "workspace", create=True)
    engine = SETTINGS["engine"](workers=2)
    ingest(workspace, raw.roots, IngestSettings(), engine)
    for name in ("dedupe", "filter", "faces"):
        step = next(step for step in STEPS if step.name == name)
        perform(step, workspace, SETTINGS[name](), engine)
    return workspace


def test_all_is_as_expected(done: Workspace) -> None:
    """Copies are found, broken files rejected, blurred ones out, faces kept."""
    assert [row for row in explain(done) if not row.as_expected] == []


def test_last_line_counts(done: Workspace) -> None:
    """How many files went as expected, of how many."""
    rows = explain(done)
    assert text(rows).splitlines()[-1] == f"{len(rows)} of {len(rows)} files as expected"


def test_every_rejection_says_why(done: Workspace) -> None:
    """The reason and the detail of the five broken files."""
    happened = {row.file: row.happened for row in explain(done)}
    assert happened["broken/bomb.png"].startswith("rejected: too-large-side (50000 x 50000")
    assert happened["broken/truncated.jpg"].startswith("rejected: truncated")
    assert happened["broken/text.jpg"].startswith("rejected: not-an-image")
    assert happened["broken/empty.png"].startswith("rejected: empty-file")
    assert happened["variations/more.zip/../outside.png"].startswith("rejected: unsafe-path")


def test_filter_that_takes_all_out_is_noticed(done: Workspace, engine: EngineSettings) -> None:
    """The demo is a check: where nothing is kept, photographs that should stay are told as not expected."""
    step = next(step for step in STEPS if step.name == "filter")
    perform(step, done, FilterSettings(min_side=100_000), engine)
    rows = {row.file: row for row in explain(done)}
    perform(step, done, FilterSettings(), engine)
    assert not rows["photographs/rocket.jpg"].as_expected
    assert rows["photographs/rocket.jpg"].happened == "out: small (427, the threshold is 100,000)"
    assert rows["broken/empty.png"].as_expected


def test_file_that_is_nowhere_is_noticed(workspace: Workspace) -> None:
    """An empty workspace explains nothing."""
    rows = explain(workspace)
    assert {row.happened for row in rows} == {"not found in the tables"}
    assert not any(row.as_expected for row in rows)
