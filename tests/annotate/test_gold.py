"""Faces of known label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from annotate.gold import gold
from schemas.errors import InputError
from schemas.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

A, B, C, OUT = (letter * 32 for letter in "abcd")


def rows(table: str, **columns: list[Any]) -> pd.DataFrame:
    """Rows of a table; what is not given is missing, or empty, zero and false where it must not be."""
    count = len(next(iter(columns.values())))
    filler = {"string": "", "bool": False, "binary": b""}
    given = {
        column.name: columns.get(column.name, [None if column.nullable else filler.get(column.type, 0)] * count)
        for column in TABLES[table].columns
    }
    return pd.DataFrame(given)


@pytest.fixture
def four(workspace: Workspace) -> Workspace:
    """Three kept faces and one that is out; what raters agreed on, but for the third."""
    ids = [A, B, C, OUT]
    workspace.replace("faces", rows("faces", face_id=ids, image_id=ids, kept=[True, True, True, False]))
    status = ["agreed", "adjudicated", "majority", "agreed"]
    workspace.replace("labels", rows("labels", face_id=ids, label=["sad", "contempt", "fear", "sad"], status=status))
    return workspace


def test_labels_beyond_doubt(four: Workspace) -> None:
    """Agreed and adjudicated ones of kept faces, as far as raters can give them."""
    assert gold(four, None, contempt=True) == {A: "sad", B: "contempt"}
    assert gold(four, None, contempt=False) == {A: "sad"}


def test_file_goes_before_the_table(four: Workspace, tmp_path: Path) -> None:
    """Labels in any spelling that mien knows."""
    path = tmp_path / "gold.csv"
    path.write_text(f"face_id,label\n{B},Happiness\n{C},6\n{C},neutral\n")
    assert gold(four, path, contempt=False) == {B: "happy", C: "neutral"}


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        (f"face_id,emotion\n{A},sad", "lacks the column face_id or label"),
        (f"face_id,label\n{A},sad\n{OUT},sad", "line 3: `d+` is no kept face"),
        (f"face_id,label\n{A},bored", "line 2: raters cannot answer `bored`"),
        (f"face_id,label\n{A},contempt", "raters cannot answer `contempt`"),
        (f"face_id,label\n{A},sad\n{A},happy", "line 3: `a+` has two labels"),
    ],
)
def test_wrong_file(four: Workspace, tmp_path: Path, lines: str, what: str) -> None:
    """The line is named."""
    path = tmp_path / "gold.csv"
    path.write_text(lines)
    with pytest.raises(InputError, match=what):
        gold(four, path, contempt=False)
