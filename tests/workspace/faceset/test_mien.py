"""A workspace's kept faces, with what raters or sources say of them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from schemas.emotion import NAMES
from schemas.errors import InputError, WorkspaceError
from schemas.tables import TABLES
from workspace.faceset import read, soft_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workspace.store import Workspace

_EMPTY: dict[str, Any] = {"string": "", "binary": b"", "bool": False}


def fill(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    """Writes a table; columns that a row does not name hold nothing, or zero where something must stand."""
    columns = TABLES[name].columns
    empty = {column.name: None if column.nullable else _EMPTY.get(column.type, 0) for column in columns}
    workspace.replace(name, pd.DataFrame([{**empty, **row} for row in rows], columns=TABLES[name].names))


def declare(workspace: Workspace, *pictures: dict[str, str | None]) -> None:
    """Sources of pictures i0, i1 …: what they declare."""
    fill(
        workspace,
        "sources",
        [{"source": f"raw/{at}", "image_id": f"i{at}", **picture} for at, picture in enumerate(pictures)],
    )


def rate(workspace: Workspace, *rows: dict[str, Any]) -> None:
    """Labels of faces f0, f1 …."""
    soft = {f"p_{name}": None for name in NAMES}
    fill(workspace, "labels", [{"face_id": f"f{at}", **soft, **row} for at, row in enumerate(rows)])


@pytest.fixture
def faces(workspace: Workspace, pixels: NDArray[np.uint8]) -> Workspace:
    """A workspace with faces f0 to f3 of pictures i0 to i3, and one that is not kept."""
    rows = [{"face_id": f"f{at}", "image_id": f"i{at}", "kept": at < 4} for at in range(5)]
    fill(workspace, "faces", rows)
    for at in range(5):
        file = io.BytesIO()
        Image.fromarray(pixels[at]).save(file, "PNG")
        workspace.put_picture("grey", f"f{at}.png", file.getvalue())
    return workspace


def test_labels_that_sources_declare(faces: Workspace, pixels: NDArray[np.uint8]) -> None:
    """Until somebody has rated, a face has its picture's label; what has none is counted."""
    extra = json.dumps({"neutral": 2, "sadness": 300})
    declare(faces, {"label": "Sadness", "extra": extra}, {"label": None}, {"label": "smirk"}, {"label": "happy"})
    found = read(faces.path)
    np.testing.assert_array_equal(found.pixels, pixels[[0, 3]])
    assert found.labels.tolist() == [4, 3]
    assert found.places == ["f0", "f3"]
    assert found.votes is not None
    assert found.votes.tolist() == [[2, 0, 0, 255, 0, 0, 0, 0, 0, 0], [0] * 10]
    assert found.left_out == {"without a label": 1, "with a label that is none of the seven classes": 1}
    assert (found.form, found.source) == ("workspace", "ws")


def test_copies_that_disagree_are_left_out(faces: Workspace) -> None:
    """Nobody is believed where one picture came twice with two labels."""
    rows = [("a", "i0", "sad"), ("b", "i0", "fear"), ("c", "i1", "sad"), ("d", "i2", "sad"), ("e", "i3", "sad")]
    fill(faces, "sources", [{"source": name, "image_id": image, "label": label} for name, image, label in rows])
    assert read(faces.path).left_out == {"whose sources disagree on the label": 1}


def test_labels_of_raters(faces: Workspace) -> None:
    """Once there are any they alone count, with votes and soft labels; what they say nothing of is left out."""
    declare(faces, *({"label": "happy"} for _ in range(4)))
    soft = {"p_angry": 0.25, "p_sad": 0.75} | {f"p_{name}": 0.0 for name in NAMES if name not in ("angry", "sad")}
    rated = {"label": "sad", "status": "majority", "votes_sad": 3, "votes_angry": 1, "votes_unusable": 2, **soft}
    unusable = {"label": None, "status": "unusable", "votes_unusable": 4}
    rate(faces, rated, {"label": None, "status": "tie"}, unusable)
    found = read(faces.path)
    assert found.labels.tolist() == [4]
    assert found.votes is not None
    # neutral, happiness, surprise, sadness, anger, disgust, fear, contempt, unknown, NF
    assert found.votes.tolist() == [[0, 0, 0, 3, 1, 0, 0, 0, 0, 2]]
    assert found.probabilities is not None
    assert found.probabilities.tolist() == [[0.25, 0, 0, 0, 0.75, 0, 0]]
    assert soft_labels(found).tolist() == [[0.25, 0, 0, 0, 0.75, 0, 0]]
    assert found.left_out == {"on which the raters did not agree": 1, "rated unusable": 1, "not rated yet": 1}


def test_contempt_is_none_of_the_seven(faces: Workspace) -> None:
    """FER-2013 does not have it, so a network of seven classes cannot learn it."""
    declare(faces, *({"label": None} for _ in range(4)))
    rate(faces, {"label": "contempt", "status": "agreed"}, {"label": "fear", "status": "agreed"})
    found = read(faces.path)
    assert found.labels.tolist() == [2]
    assert "rated contempt, which is none of the seven classes" in found.left_out


def test_splits_of_the_workspace(faces: Workspace) -> None:
    """Those of `curate split`; what it excludes is left out."""
    declare(faces, *({"label": "sad"} for _ in range(4)))
    names = ["train", "validation", "test", "excluded"]
    fill(faces, "splits", [{"image_id": f"i{at}", "split": name} for at, name in enumerate(names)])
    found = read(faces.path)
    assert found.split.tolist() == ["train", "validation", "test"]
    assert found.left_out == {"excluded by the split": 1}


def test_a_face_in_no_split(faces: Workspace) -> None:
    """It came after the last `curate split`."""
    declare(faces, *({"label": "sad"} for _ in range(4)))
    fill(faces, "splits", [{"image_id": "i0", "split": "train"}])
    with pytest.raises(WorkspaceError, match=r"3 faces of .* stand in no split") as caught:
        read(faces.path)
    assert caught.value.fix == "run `curate split`"


def test_usages_are_splits_where_all_have_one(faces: Workspace) -> None:
    """FER-2013's own split, as its rows declare it; with a gap nothing is split."""
    usages: list[str | None] = ["Training", "PublicTest", "PrivateTest", "Training"]
    declare(faces, *({"label": "sad", "usage": usage} for usage in usages))
    assert read(faces.path).split.tolist() == ["train", "validation", "test", "train"]
    declare(faces, *({"label": "sad", "usage": usage} for usage in [*usages[:3], None]))
    assert set(read(faces.path).split.tolist()) == {"train"}


def test_digest_is_of_what_was_read(faces: Workspace) -> None:
    """It changes with a label, and not with what is left out."""
    declare(faces, {"label": "sad"}, {"label": None}, {"label": "fear"}, {"label": "sad"})
    first = read(faces.path).sha256
    declare(faces, {"label": "sad"}, {"label": "smirk"}, {"label": "fear"}, {"label": "sad"})
    assert read(faces.path).sha256 == first
    declare(faces, {"label": "sad"}, {"label": None}, {"label": "happy"}, {"label": "sad"})
    assert read(faces.path).sha256 != first


def test_a_missing_crop(faces: Workspace) -> None:
    """The step that makes it is named."""
    declare(faces, *({"label": "sad"} for _ in range(4)))
    faces.picture_path("grey", "f2.png").unlink()
    with pytest.raises(WorkspaceError) as caught:
        read(faces.path)
    assert "f2.png" in caught.value.what
    assert caught.value.fix == "run `curate faces`"


def test_a_workspace_without_labels(faces: Workspace) -> None:
    """Why no face can be used is said."""
    declare(faces, *({"label": None} for _ in range(4)))
    with pytest.raises(InputError, match="holds no labelled face: 4 without a label"):
        read(faces.path)
