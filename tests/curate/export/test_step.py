"""An export is a function of the workspace alone, gives nothing away, and is remembered."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from curate.export.formats import FORMATS
from workspace import lineage
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def contents(folder: Path) -> dict[str, bytes]:
    """Path below the folder -> bytes, for all files."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", FORMATS)
def test_same_bytes(split: Workspace, make: Callable[..., Path], form: str) -> None:
    """The same workspace gives the same files, under another name, at another time, and after being moved."""
    first = contents(make(split, form, "first"))
    moved = split.path.rename(split.path.with_name("moved"))
    assert contents(make(Workspace.open(moved), form, "second")) == first


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_given_away(split: Workspace, make: Callable[..., Path], form: str) -> None:
    """No path of the machine, no name of a source, no camera, and no label in a name but a class folder's."""
    split.replace("sources", split.read("sources").assign(location=str(split.path / "mine.jpg")))
    folder = make(split, form)
    for name, data in contents(folder).items():
        for secret in (b"secret", b"raw/", str(folder.parent).encode(), b"/home/ada"):
            assert secret not in data, name
        if form != "folders":
            assert not re.search("happy|angry|fear|sad|surprise", name)


@pytest.mark.parametrize("form", FORMATS)
def test_listing_names_every_face(finished: Workspace, make: Callable[..., Path], form: str, labels: list[str]) -> None:
    """`faces.csv` has a line a face, in every format, and its file is there."""
    folder = make(finished, form)
    table = pd.read_csv(folder / "faces.csv")
    assert sorted(table["label"]) == sorted(labels)
    assert all((folder / name).is_file() for name in table["file"])


def test_workspace_remembers(finished: Workspace, make: Callable[..., Path]) -> None:
    """Its path, and the faces and pictures it holds; a replaced export is remembered once."""
    make(finished, "folders", "set")
    folder = make(finished, "coco", "set", replace=True)
    make(finished, "fer2013")
    table = finished.read("exports").set_index("format")
    assert set(table.index) == {"coco", "fer2013"}
    assert table.loc["coco", "path"] == str(folder)
    manifests = {path.name for path in (finished.path / "exports").iterdir()}
    assert manifests == set(table["manifest"])
    held = pd.read_parquet(finished.path / "exports" / table.loc["coco", "manifest"])
    faces = finished.read("faces", ["face_id", "image_id"])
    assert len(held) == len(held.merge(faces)) == 9


def test_log_has_a_line(finished: Workspace, make: Callable[..., Path]) -> None:
    """With the settings, the tables' digests and the counts."""
    make(finished, "folders")
    line = lineage.last_line(finished, "export")
    assert line is not None
    assert line["settings"]["format"] == "folders"
    assert line["inputs"]["faces"] == finished.digest("faces")
    assert line["counts"]["faces"] == 9


def test_marker_says_what_it_is(finished: Workspace, make: Callable[..., Path]) -> None:
    """The format and the digests of the tables it was made from."""
    said = json.loads((make(finished, "folders") / ".mien-export").read_text())
    assert said["format"] == "folders"
    assert said["tables"]["sources"] == finished.digest("sources")
