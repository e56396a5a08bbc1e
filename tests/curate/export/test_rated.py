"""Labels of raters in exports."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from curate.export.formats import find
from curate.export.selection import select
from curate.export.step import export
from curate.export.target import Target
from schemas.emotion import CONTEMPT, NAMES, UNUSABLE
from schemas.errors import InputError
from schemas.settings import EngineSettings, ExportSettings
from schemas.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

SKIP = ExportSettings(unlabelled="skip", unknown_labels="skip")


def label(workspace: Workspace, *said: tuple[str | None, dict[str, int]]) -> list[str]:
    """Fills `labels` for the first kept faces, and returns their face_ids."""
    kept = workspace.read("faces", ["face_id", "kept"])
    names = kept.loc[kept["kept"], "face_id"].tolist()[: len(said)]
    rows: list[dict[str, Any]] = []
    for face, (what, votes) in zip(names, said, strict=True):
        counts = {f"votes_{name}": votes.get(name, 0) for name in (*NAMES, CONTEMPT, UNUSABLE)}
        rows.append({"face_id": face, "label": what, "status": "majority", "method": "majority", **counts})
    columns = TABLES["labels"].columns
    full = [{c.name: row.get(c.name, None if c.nullable else 0) for c in columns} for row in rows]
    workspace.replace("labels", pd.DataFrame(full, columns=TABLES["labels"].names))
    return names


def test_only_raters_labels_count(finished: Workspace) -> None:
    """Faces that they have not labelled, or left undecided, have none, whatever their sources declare."""
    first, *_ = label(finished, ("fear", {"fear": 2, "surprise": 1}), (None, {"sad": 1, "happy": 1}))
    chosen = select(finished, find("parquet"), SKIP).frame
    assert chosen[["face_id", "label"]].to_numpy().tolist() == [[first, "fear"]]
    assert chosen["votes"].iloc[0] == (0, 0, 1, 0, 0, 0, 2, 0, 0, 0)


def test_contempt_is_a_class_of_ferplus_alone(finished: Workspace) -> None:
    """Elsewhere it is a label that is none of the classes."""
    label(finished, (CONTEMPT, {CONTEMPT: 2}))
    assert select(finished, find("ferplus"), SKIP).frame["label"].tolist() == [CONTEMPT]
    with pytest.raises(InputError, match="contempt"):
        select(finished, find("parquet"), ExportSettings(unlabelled="skip"))


def test_ferplus_has_the_raters_votes(finished: Workspace, tmp_path: Path, engine: EngineSettings) -> None:
    """The CSV of votes that FER+'s programs read."""
    label(finished, ("fear", {"fear": 3, "surprise": 1, UNUSABLE: 1}))
    export(finished, find("ferplus"), Target(tmp_path / "out"), SKIP, engine)
    with (tmp_path / "out" / "fer2013new.csv").open() as file:
        row = next(iter(csv.DictReader(file)))
    assert (row["fear"], row["surprise"], row["NF"], row["unknown"]) == ("3", "1", "1", "0")
