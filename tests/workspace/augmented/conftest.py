"""A workspace of nine labelled faces: smooth blobs in colour, and their grey pictures as curate cuts them."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from schemas.emotion import NAMES
from schemas.tables import TABLES
from workspace.crops import CropRecipe
from workspace.framing import FER_SIDE, Frame, cut, grey

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workspace.store import Workspace

RECIPE = CropRecipe(Frame(224, 1.3), Frame(FER_SIDE, 1.0), "none")
FACES = {
    "a0": ("happy", "train", 0.3),
    "a1": ("happy", "train", 0.9),
    "a2": ("happy", "train", 0.5),
    "a3": ("happy", "train", 0.7),
    "b0": ("sad", "train", 0.2),
    "b1": ("sad", "train", 0.8),
    "c0": ("fear", "train", 0.4),
    "d0": ("happy", "validation", 0.6),
    "e0": ("sad", "test", 0.6),
}
"""face_id -> label, split, sharpness."""
LANDMARKS = np.array([[120, 140], [180, 142], [150, 175], [126, 205], [176, 206]], np.float32)
_EMPTY: dict[str, Any] = {"string": "", "binary": b"", "bool": False}


def blob(seed: int) -> NDArray[np.uint8]:
    """A photograph of 300×300: smooth, in colour, no two alike."""
    small = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(small).resize((300, 300), Image.Resampling.BICUBIC))


def encoded(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def fill(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    """Writes a table; columns that a row does not name hold nothing, or zero where something must stand."""
    empty = {column.name: None if column.nullable else _EMPTY.get(column.type, 0) for column in TABLES[name].columns}
    workspace.replace(name, pd.DataFrame([{**empty, **row} for row in rows], columns=TABLES[name].names))


def rate(workspace: Workspace, shares: dict[str, tuple[str, dict[str, float]]]) -> None:
    """Raters' labels: face_id -> label and the distribution over the classes it does not leave out."""
    rows = []
    for face_id, (label, spread) in shares.items():
        soft = {f"p_{name}": spread.get(name, 0.0) for name in NAMES}
        rows.append({"face_id": face_id, "label": label, "status": "agreed", **soft})
    fill(workspace, "labels", rows)


def declare(workspace: Workspace, faces: dict[str, tuple[str, str, float]]) -> None:
    """Labels, splits and sharpness of faces; each is the face of a picture of its own."""
    sources = [{"source": f"raw/{name}.jpg", "image_id": f"i{name}", "label": row[0]} for name, row in faces.items()]
    fill(workspace, "sources", sources)
    rows = [
        {"face_id": name, "image_id": f"i{name}", "kept": True, "detector": "mtcnn", "face_sharpness": row[2]}
        for name, row in faces.items()
    ]
    fill(workspace, "faces", rows)
    fill(workspace, "splits", [{"image_id": f"i{name}", "split": row[1]} for name, row in faces.items()])
    fill(workspace, "crops", [{"face_id": name, "recipe": str(RECIPE)} for name in faces])


@pytest.fixture
def faces(workspace: Workspace) -> Workspace:
    """A workspace with `FACES`, split, and not balanced."""
    declare(workspace, FACES)
    for seed, name in enumerate(FACES):
        photograph = blob(seed)
        workspace.put_picture("faces", f"{name}.png", encoded(cut(photograph, LANDMARKS, RECIPE.colour)))
        workspace.put_picture("grey", f"{name}.png", encoded(grey(cut(photograph, LANDMARKS, RECIPE.grey))))
    return workspace


@pytest.fixture
def relabel(faces: Workspace) -> Callable[..., None]:
    """Declares the faces anew, some with another label or split."""

    def change(**others: tuple[str, str, float]) -> None:
        declare(faces, {**FACES, **others})

    return change


@pytest.fixture
def nine() -> Any:
    """This module: `FACES`, `declare`, `rate`, `fill`, `encoded`, `blob`."""
    return SimpleNamespace(FACES=FACES, declare=declare, rate=rate, fill=fill, encoded=encoded, blob=blob)
