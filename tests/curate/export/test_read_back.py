"""What is exported can be trained on: `workspace.faceset` reads it as it reads the workspace itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workspace.faceset import FaceSet, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace


def told(faces: FaceSet) -> list[tuple[bytes, int, str]]:
    """Pixels, label and split of each face, in an order of their own."""
    rows = zip(faces.pixels, faces.labels.tolist(), faces.split.tolist(), strict=True)
    return sorted((face.tobytes(), label, split) for face, label, split in rows)


@pytest.mark.parametrize(("form", "file"), [("fer2013", "fer2013.csv"), ("folders", ""), ("parquet", "")])
def test_an_export_is_read_as_its_workspace(form: str, file: str, split: Workspace, make: Callable[..., Path]) -> None:
    """The same pixels, labels and splits, whichever way they went."""
    settings = {} if form == "fer2013" else {"picture": "grey"}
    assert told(read(make(split, form, **settings) / file)) == told(read(split.path))
