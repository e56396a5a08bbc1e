"""Status: the funnel, the reasons, what is out of date."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd

from curate.pipeline import STEPS as PIPELINE
from curate.status import status, text
from schemas.settings import STEPS
from schemas.tables import TABLES
from workspace import lineage

if TYPE_CHECKING:
    from workspace.store import Workspace

FILTER = next(step for step in PIPELINE if step.name == "filter")
_EMPTY: dict[str, Any] = {"string": "", "binary": b"", "bool": False}


def fill(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    """Writes a table; columns that a row does not name hold nothing, or zero where something must stand."""
    full = [
        {
            column.name: row.get(column.name, None if column.nullable else _EMPTY.get(column.type, 0))
            for column in TABLES[name].columns
        }
        for row in rows
    ]
    workspace.replace(name, pd.DataFrame(full, columns=TABLES[name].names))


def ingested(workspace: Workspace) -> None:
    """Four pictures in five files, and two files that are none."""
    fill(workspace, "images", [{"image_id": name} for name in "abcd"])
    fill(workspace, "sources", [{"source": f"{at}.jpg", "image_id": name} for at, name in enumerate("abcda")])
    fill(workspace, "rejected", [{"source": f"{at}.txt", "reason": "not-an-image"} for at in range(2)])
    lineage.Run(workspace, "ingest", lineage.plain(STEPS["ingest"]()), (), ("images", "sources", "rejected")).finish({})


def decided(workspace: Workspace) -> None:
    """One copy, one blurred; of the other two one has two faces, of which one is kept."""
    rows = [
        {"image_id": "a", "kept": True},
        {"image_id": "b", "kept": True},
        {"image_id": "c", "step": "dedupe", "reason": "duplicate"},
        {"image_id": "d", "step": "filter", "reason": "blur", "also": "dark"},
    ]
    fill(workspace, "decisions", rows)
    faces = [
        {"face_id": "1", "image_id": "a", "rank": 0, "kept": True},
        {"face_id": "2", "image_id": "a", "rank": 1, "reason": "small-face"},
        {"face_id": "3", "image_id": "b", "rank": -1, "reason": "no-face"},
    ]
    fill(workspace, "faces", faces)


def state(workspace: Workspace, step: str) -> tuple[str, str]:
    """The state of a step, and why."""
    found = next(entry for entry in status(workspace)["steps"] if entry["step"] == step)
    return found["state"], found["why"]


def test_empty_workspace_has_nothing_and_says_what_to_run(workspace: Workspace) -> None:
    """All steps are yet to be run, and no division by zero is made of no files."""
    found = status(workspace)
    assert {step["state"] for step in found["steps"]} == {"not run"}
    assert "run `curate ingest FOLDER`" in text(found)


def test_funnel_counts_files_pictures_and_faces(workspace: Workspace) -> None:
    """Seven files, four pictures, three that are no copy, two that pass, one with a face, two faces, one kept."""
    ingested(workspace)
    decided(workspace)
    assert [stage["count"] for stage in status(workspace)["funnel"]] == [7, 4, 3, 2, 1, 2, 1]


def test_reasons_are_counted_by_step(workspace: Workspace) -> None:
    """A row has one reason; what else would have taken it out is not counted."""
    ingested(workspace)
    decided(workspace)
    assert status(workspace)["reasons"] == {
        "ingest": {"not-an-image": 2},
        "dedupe": {"duplicate": 1},
        "filter": {"blur": 1},
        "faces": {"no-face": 1, "small-face": 1},
    }


def test_stages_of_steps_that_have_not_run_are_left_out(workspace: Workspace) -> None:
    """Nothing is said of what nobody has looked at."""
    ingested(workspace)
    assert [stage["name"] for stage in status(workspace)["funnel"]] == ["files", "images"]


def test_step_is_stale_when_what_it_read_has_changed(workspace: Workspace) -> None:
    """The digest in the log differs from the table's."""
    ingested(workspace)
    decided(workspace)
    fill(workspace, "duplicates", [])
    versions = {name: importlib.metadata.version(name) for name in FILTER.libraries}
    settings = lineage.plain(STEPS["filter"]())
    lineage.Run(workspace, "filter", settings, FILTER.reads, FILTER.writes, versions=versions).finish({})
    assert state(workspace, "filter") == ("up to date", "")
    fill(workspace, "images", [{"image_id": name} for name in "abcde"])
    assert state(workspace, "filter") == ("stale", "images changed since")


def test_step_that_has_learnt_to_read_another_table_is_stale(workspace: Workspace) -> None:
    """Its line in the log is from before that."""
    ingested(workspace)
    decided(workspace)
    lineage.Run(workspace, "filter", {}, ("images",), ("decisions",)).finish({})
    found, why = state(workspace, "filter")
    assert found == "stale"
    assert why.startswith("it did not read ")


def test_table_that_was_tampered_with_is_stale(workspace: Workspace) -> None:
    """What lies there is not what the step wrote."""
    ingested(workspace)
    fill(workspace, "duplicates", [])
    fill(workspace, "decisions", [])
    lineage.Run(workspace, "filter", {}, FILTER.reads, FILTER.writes).finish({})
    decided(workspace)
    assert state(workspace, "filter") == ("stale", "decisions is not as the step left it")


def test_unfinished_ingest_is_told(workspace: Workspace) -> None:
    """Shards are staged and not yet merged: a run was stopped."""
    workspace.stage("seen", "shard", pd.DataFrame({"fingerprint": ["f"], "source": ["s"]}))
    assert state(workspace, "ingest")[0] == "unfinished"


def test_disk_is_the_sum_of_its_parts(workspace: Workspace) -> None:
    """An original of 1,000 bytes is found."""
    workspace.put_picture("originals", "a.jpg", bytes(1000))
    disk = status(workspace)["disk"]
    assert disk["originals"] == 1000
    assert disk["total"] == sum(disk[kind] for kind in ("originals", "faces", "grey", "tables", "cache", "staging"))


def test_text_is_one_screen(workspace: Workspace) -> None:
    """At most 24 lines of 100 columns."""
    ingested(workspace)
    decided(workspace)
    lines = text({**status(workspace), "workspace": "set"}).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100


def test_status_loads_neither_pandas_nor_opencv(workspace: Workspace) -> None:
    """They take seconds to import; a status shall not."""
    ingested(workspace)
    decided(workspace)
    code = (
        "import sys; from pathlib import Path; from workspace.store import Workspace;"
        "from curate.status import status, text;"
        f"print(text(status(Workspace.open(Path({str(workspace.path)!r})))));"
        "print(sorted({'pandas', 'cv2', 'PIL', 'numba', 'scipy', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
