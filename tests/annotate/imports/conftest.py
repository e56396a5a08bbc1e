"""A workspace whose faces and sources are known by heart."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from schemas.tables import TABLES

if TYPE_CHECKING:
    from workspace.store import Workspace

FACE = {name: hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() for name in "abcdef"}
"""face_id of the faces a to f."""


def image(data: bytes) -> str:
    """The image_id of a file's bytes."""
    return hashlib.sha256(data).hexdigest()


def frame(table: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of a table with a filler in every other column that may not be missing."""
    filler = {"string": "", "bool": False, "binary": b""}
    columns = TABLES[table].columns
    filled = [{c.name: row.get(c.name, None if c.nullable else filler.get(c.type, 0)) for c in columns} for row in rows]
    return pd.DataFrame(filled, columns=TABLES[table].names, dtype=object)


@pytest.fixture
def known(workspace: Workspace) -> Workspace:
    """Pictures a, b, c with one kept face; `two` with the faces d and e; `none` whose face f is not kept."""
    pictures = {"a": ("a",), "b": ("b",), "c": ("c",), "two": ("d", "e"), "none": ("f",)}
    sources = [
        {"source": f"raw/{name}.jpg", "image_id": image(name.encode()), "kind": "photograph"} for name in pictures
    ]
    sources.append({"source": "raw/more/a.jpg", "image_id": image(b"c"), "kind": "photograph"})
    faces = [
        {"face_id": FACE[face], "image_id": image(name.encode()), "rank": rank, "kept": face != "f"}
        for name, shown in pictures.items()
        for rank, face in enumerate(shown)
    ]
    workspace.replace("sources", frame("sources", sources))
    workspace.replace("faces", frame("faces", faces))
    return workspace
