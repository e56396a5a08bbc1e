"""What faces are sliced by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.columns import of_pixels, of_workspace
from schemas.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from workspace.store import Workspace


def rows(table: str, given: list[dict[str, object]]) -> pd.DataFrame:
    """Rows of a table; what is not given is empty, zero or missing."""
    import pandas as pd

    blank = {"string": "", "bool": False, "binary": b""}
    columns = TABLES[table].columns
    return pd.DataFrame(
        [
            {one.name: row.get(one.name, None if one.nullable else blank.get(one.type, 0)) for one in columns}
            for row in given
        ]
    )


def test_brightness_and_sharpness() -> None:
    """A grey face has its grey and no detail; a chequered one more than a smooth one."""
    grey = np.full((48, 48), 100, np.uint8)
    fine = np.indices((48, 48)).sum(0) % 2 * 255
    coarse = np.indices((48, 48)).sum(0) // 8 % 2 * 255
    found = of_pixels(np.stack([grey, fine, coarse]).astype(np.uint8))
    assert found["brightness"].tolist() == pytest.approx([100, 127.5, 127.5], abs=1)
    assert found["sharpness"][0] == 0
    # Each pixel of the finest chequer differs from its neighbours by the whole range: (8 · 0.5)² over 0.5².
    assert found["sharpness"][1] == pytest.approx(64, rel=1e-4)
    assert found["sharpness"][1] > found["sharpness"][2]


def test_columns_of_a_workspace(workspace: Workspace) -> None:
    """Size and turn from the faces, the place and any further metadata from the first source, in the faces' order."""
    workspace.replace(
        "faces",
        rows(
            "faces",
            [
                {"face_id": "f1", "image_id": "a", "face_size": 80.0, "yaw": -20.0, "pitch": 3.0},
                {"face_id": "f2", "image_id": "b", "face_size": 60.0, "yaw": 10.0, "pitch": -4.0},
                {"face_id": "f3", "image_id": "a", "face_size": 50.0, "yaw": 0.0, "pitch": 0.0},
            ],
        ),
    )
    workspace.replace(
        "sources",
        rows(
            "sources",
            [
                {"source": "street/1.jpg", "image_id": "a", "extra": json.dumps({"lens": "wide", "note": ["x"]})},
                {"source": "studio/1.jpg", "image_id": "b", "extra": "{}"},
            ],
        ),
    )
    groups, columns = of_workspace(workspace, ["f2", "f3", "f1"])
    assert columns["face size, px"].tolist() == [60, 50, 80]
    assert columns["turn to the side, degrees"].tolist() == [10, 0, 20]
    assert columns["source"].tolist() == ["studio", "street", "street"]
    assert columns["lens"].tolist() == ["unknown", "wide", "wide"]
    assert "note" not in columns
    # f1 and f3 are of one photograph.
    assert groups[1] == groups[2] != groups[0]


def test_related_photographs_are_one_group(workspace: Workspace) -> None:
    """Once `curate split` has found related photographs, their faces belong together."""
    workspace.replace("faces", rows("faces", [{"face_id": "f1", "image_id": "a"}, {"face_id": "f2", "image_id": "b"}]))
    workspace.replace("sources", rows("sources", [{"source": "x/1.jpg", "image_id": "a"}]))
    workspace.replace(
        "splits", rows("splits", [{"image_id": "a", "group_id": "a"}, {"image_id": "b", "group_id": "a"}])
    )
    groups, _ = of_workspace(workspace, ["f1", "f2"])
    assert groups[0] == groups[1]
