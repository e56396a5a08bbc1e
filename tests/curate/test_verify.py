"""Verify: a whole workspace has no problem, and each kind of damage is named with what to do."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from curate.cli import app
from curate.forget import tombstones
from curate.ingest import ingest
from curate.verify import verify_workspace
from schemas.settings import IngestSettings
from schemas.tables import TABLES
from workspace import lineage
from workspace.crops import png
from workspace.store import JOURNAL, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schemas.settings import EngineSettings

FACE = "0" * 32


@pytest.fixture
def whole(workspace: Workspace, tmp_path: Path, photo: Callable[..., bytes], engine: EngineSettings) -> Workspace:
    """Three pictures, two of them a group of copies, one with a kept face and its crops."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in range(3):
        (raw / f"{number}.png").write_bytes(photo(number))
    ingest(workspace, [raw], IngestSettings(), engine)
    ids = workspace.read("images")["image_id"].tolist()
    figures = {"distance": 0, "mirrored": False, "correlation": 1.0, "overlap": 1.0, "scale": 1.0, "rotation": 0.0}
    group = pd.DataFrame({"image_id": ids[:2], "group_id": ids[0], "rank": [0, 1], "keeper_reason": ""})
    workspace.replace("duplicates", group.assign(**figures))
    decisions = pd.DataFrame({"image_id": ids, "kept": True, "step": "", "reason": "", "also": ""})
    workspace.replace("decisions", decisions.assign(value=np.nan, threshold=np.nan))
    face = {"face_id": FACE, "image_id": ids[0], "kept": True, "reason": "", "also": "", "cut": False, "rank": 0}
    workspace.replace("faces", pd.DataFrame([{**face, "detector": ""}]))
    for kind, side in (("faces", 224), ("grey", 48)):
        workspace.put_picture(kind, f"{FACE}.png", png(np.zeros((side, side), np.uint8)))
    return workspace


def original(workspace: Workspace) -> Path:
    """The file of one original."""
    return next(path for path in sorted((workspace.path / "originals").rglob("*.png")))


def test_whole_workspace_has_no_problem(whole: Workspace) -> None:
    """All is looked at and nothing found, by the command too."""
    result = verify_workspace(whole)
    assert result.problems == []
    assert (result.checked["originals"], result.checked["crops"]) == (3, 2)
    done = CliRunner().invoke(app, ["verify", "-w", str(whole.path), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["problems"]) == (0, [])


def flip_a_byte(workspace: Workspace) -> None:
    """An original rots."""
    data = bytearray(original(workspace).read_bytes())
    data[500] ^= 1
    original(workspace).write_bytes(data)


def lose_an_original(workspace: Workspace) -> None:
    """An original is gone."""
    original(workspace).unlink()


def add_a_stray_original(workspace: Workspace) -> None:
    """A file nobody took in."""
    workspace.put_picture("originals", "ab" * 32 + ".png", b"x")


def rot_a_part(workspace: Workspace) -> None:
    """A table's file is not as it was written."""
    path = workspace.parts("decisions")[0]
    data = bytearray(path.read_bytes())
    data[6] ^= 1
    path.write_bytes(data)


def lose_a_part(workspace: Workspace) -> None:
    """A table's file is gone."""
    workspace.parts("decisions")[0].unlink()


def add_a_stray_part(workspace: Workspace) -> None:
    """A table has a file too many."""
    path = workspace.parts("decisions")[0]
    shutil.copy(path, path.with_name("part-00001.parquet"))


def forge_the_manifest(workspace: Workspace) -> None:
    """A table says another number of rows."""
    path = workspace.parts("decisions")[0].with_name("_table.json")
    path.write_text(path.read_text().replace('"rows": 3', '"rows": 4'))


def drop_an_image(workspace: Workspace) -> None:
    """A picture's row goes, others still speak of it."""
    workspace.replace("images", workspace.read("images").iloc[1:])


def drop_a_source(workspace: Workspace) -> None:
    """A picture comes from nowhere."""
    workspace.replace("sources", workspace.read("sources").iloc[1:])


def break_a_group(workspace: Workspace) -> None:
    """A group of one."""
    workspace.replace("duplicates", workspace.read("duplicates").iloc[1:])


def lose_a_crop(workspace: Workspace) -> None:
    """A kept face lacks its grey crop."""
    workspace.picture_path("grey", f"{FACE}.png").unlink()


def cut_a_crop(workspace: Workspace) -> None:
    """A crop ends early."""
    path = workspace.picture_path("grey", f"{FACE}.png")
    path.write_bytes(path.read_bytes()[:-4])


def add_a_stray_crop(workspace: Workspace) -> None:
    """A crop of no kept face."""
    workspace.put_picture("faces", "1" * 32 + ".png", workspace.picture_path("faces", f"{FACE}.png").read_bytes())


def dangle_a_copy(workspace: Workspace) -> None:
    """A face is a duplicate of none."""
    workspace.replace("faces", workspace.read("faces").assign(duplicate_of="2" * 32))


def bury_the_living(workspace: Workspace) -> None:
    """A picture with a tombstone is here."""
    tombstones.add(workspace, workspace.read("images")["image_id"].head(1))


def stop_a_forget(workspace: Workspace) -> None:
    """A forget was killed."""
    (workspace.path / JOURNAL).write_text("{}")


def lose_count(workspace: Workspace) -> None:
    """A step counted wrong."""
    lineage.Run(workspace, "filter", {}).finish({"in": 3, "kept": 1, "out": 1})


@pytest.mark.parametrize(
    ("damage", "where", "what"),
    [
        (flip_a_byte, "originals", "not as it was ingested"),
        (lose_an_original, "originals", "cannot be read"),
        (add_a_stray_original, "originals", "no picture of the tables"),
        (rot_a_part, "decisions", "not as it was written"),
        (lose_a_part, "decisions", "cannot be read"),
        (add_a_stray_part, "decisions", "none of its parts"),
        (forge_the_manifest, "decisions", "rows"),
        (drop_an_image, "sources", "image_id is not in `images`"),
        (drop_a_source, "images", "comes from no file"),
        (break_a_group, "duplicates", "lacks its keeper"),
        (lose_a_crop, "grey", "has no crop"),
        (cut_a_crop, "grey", "no such PNG"),
        (add_a_stray_crop, "faces", "of no kept face"),
        (dangle_a_copy, "faces", "duplicate_of is no face"),
        (bury_the_living, "forgotten", "here again"),
        (stop_a_forget, "forget", "stopped half-way"),
        (lose_count, "log.jsonl", "in 3, kept 1, out 1"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_damage_is_named(whole: Workspace, damage: Callable[[Workspace], None], where: str, what: str) -> None:
    """Each kind of damage is a problem with what to do, and exit status 1."""
    damage(whole)
    problems = verify_workspace(whole).problems
    assert any(problem.where == where and what in problem.what and problem.fix for problem in problems), problems
    assert CliRunner().invoke(app, ["verify", "-w", str(whole.path)]).exit_code == 1


def test_answers_of_people_are_never_advised_away(whole: Workspace) -> None:
    """Another detector leaves answers without their faces: nobody is told to remove them."""
    answer = {
        column.name: "" if column.type == "string" else False if column.type == "bool" else 0
        for column in TABLES["annotations"].columns
    }
    whole.replace("annotations", pd.DataFrame([{**answer, "face_id": "1" * 32, "rater": "R01"}]))
    (problem,) = verify_workspace(whole).problems
    assert problem.where == "annotations"
    assert "leave them" in problem.fix


def test_torn_log_line_is_no_problem(whole: Workspace) -> None:
    """A kill may tear the log's last line; every reader passes it over."""
    with (whole.path / "log.jsonl").open("a") as file:
        file.write('{"step": "ded')
    assert verify_workspace(whole).problems == []


def test_in_place_original_is_read_where_it_lies(
    workspace: Workspace, tmp_path: Path, photo: Callable[..., bytes], engine: EngineSettings
) -> None:
    """Originals referred to in place are hashed as well."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.png").write_bytes(photo(1))
    ingest(workspace, [raw], IngestSettings(in_place=True), engine)
    assert verify_workspace(workspace).problems == []
    (raw / "a.png").write_bytes(photo(2))
    assert [problem.where for problem in verify_workspace(workspace).problems] == ["originals"]
