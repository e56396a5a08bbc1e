"""Which faces are to be labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from annotate.select import Wanted, read_ids, select
from schemas.errors import InputError, UsageError, WorkspaceError
from schemas.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

A, B, C, OUT = (f"{letter}" * 32 for letter in "abcd")


def rows(table: str, **columns: list[object]) -> pd.DataFrame:
    """Rows of a table; what is not given is missing, or empty, zero and false where it must not be."""
    count = len(next(iter(columns.values())))
    filler = {"string": "", "bool": False, "binary": b""}
    given = {
        column.name: columns.get(column.name, [None if column.nullable else filler.get(column.type, 0)] * count)
        for column in TABLES[table].columns
    }
    return pd.DataFrame(given)


@pytest.fixture
def three(workspace: Workspace) -> Workspace:
    """Three kept faces of two pictures, and one that is out."""
    workspace.replace(
        "faces",
        rows("faces", face_id=[A, B, C, OUT], image_id=["p", "p", "q", "q"], kept=[True, True, True, False]),
    )
    workspace.replace("splits", rows("splits", image_id=["p", "q"], split=["train", "test"]))
    labelled = rows(
        "annotations",
        face_id=[A, A, A, B, B],
        rater=["r1", "r1", "r2", "r1", "r2"],
        presentation=[0, 1, 0, 0, 0],
        skipped=[False, False, False, True, False],
        gone=[None, None, "task", None, "annotation"],
    )
    workspace.replace("annotations", labelled)
    return workspace


def test_all_kept_faces_without_any_wish(three: Workspace) -> None:
    """A face that is out is never shown."""
    assert select(three, Wanted()) == [A, B, C]


def test_split(three: Workspace) -> None:
    """The faces of the pictures in it."""
    assert select(three, Wanted(split="train")) == [A, B]


def test_query(three: Workspace) -> None:
    """Any SELECT that gives face_ids, in a column of that name or in its only one."""
    assert select(three, Wanted(query="select face_id, yaw from faces where image_id = 'q' and kept")) == [C]
    assert select(three, Wanted(query=f"select '{B}' as id")) == [B]


def test_still_below(three: Workspace) -> None:
    """Two raters labelled the first; a repeat, a skip and an answer deleted on the server do not count."""
    assert select(three, Wanted(below=2)) == [B, C]
    assert select(three, Wanted(below=1)) == [B, C]


def test_all_wishes_must_be_met(three: Workspace) -> None:
    """Split and number of raters together."""
    assert select(three, Wanted(split="train", below=1)) == [B]


@pytest.mark.parametrize("text", [f"{A}\n{C}\n", f"\ufeffface_id,score\r\n{A},1\r\n{C},2\r\n", f"\n {C} \n{A}"])
def test_file(three: Workspace, tmp_path: Path, text: str) -> None:
    """One face_id a line, or CSV."""
    path = tmp_path / "ids"
    path.write_bytes(text.encode())
    assert select(three, Wanted(file=path)) == [A, C]


def test_face_that_is_out_is_named(three: Workspace, tmp_path: Path) -> None:
    """It is not passed over in silence."""
    path = tmp_path / "ids"
    path.write_text(f"{A}\n{OUT}\n")
    with pytest.raises(InputError, match=f"1 of 2 are no kept face, the first is `{OUT}`"):
        select(three, Wanted(file=path))


@pytest.mark.parametrize(
    ("wanted", "error", "what"),
    [
        (Wanted(split="tset"), WorkspaceError, "no split `tset`"),
        (Wanted(query="select 1, 2"), UsageError, "gives no face_id"),
        (Wanted(query="drop table faces"), UsageError, "read only"),
        (Wanted(query="select face_id from faces where false"), WorkspaceError, "no face is wanted"),
    ],
)
def test_wrong_wish(three: Workspace, wanted: Wanted, error: type[Exception], what: str) -> None:
    """Each with what to do."""
    with pytest.raises(error, match=what):
        select(three, wanted)


def test_workspace_without_faces(workspace: Workspace) -> None:
    """The steps before are named."""
    with pytest.raises(WorkspaceError, match="no kept face"):
        select(workspace, Wanted())


def test_file_without_face_ids(tmp_path: Path) -> None:
    """A CSV whose column has another name, and a file that is not there."""
    path = tmp_path / "ids.csv"
    path.write_text("the face_id,x\na,b\n")
    with pytest.raises(InputError, match="no column face_id"):
        read_ids(path)
    with pytest.raises(InputError, match="cannot read"):
        read_ids(tmp_path / "none")
