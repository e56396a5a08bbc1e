"""A workspace as `faces` leaves it, made by hand: eleven pictures, thirteen faces, and every way a label can be."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from curate.export.formats import find
from curate.export.step import export
from curate.export.target import Target
from schemas.settings import EngineSettings, ExportSettings
from schemas.tables import TABLES
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = "<img src=x onerror=alert(1)>|\n# free\u202e"
"""A licence that tries to be markup, to end a cell, to be a heading, and to turn the text round."""

_EMPTY: dict[str, Any] = {"string": "", "binary": b"", "bool": False}
_PICTURES: list[dict[str, Any]] = [
    {"label": "happy", "licence": "CC-BY-4.0", "author": "Ada", "source_page": "https://me:secret@example.org/p"},
    {"label": "Happiness"},  # two faces
    {"label": "sad"},
    {"label": "angry", "source_page": "/home/ada/page.html"},
    {"label": None},
    {"label": "smirk"},
    {"label": "happy"},  # and sad, says a copy
    {"label": "surprise", "licence": HOSTILE, "author": "x\ny"},
    {"label": "neutral", "extra": json.dumps({"neutral": 7, "sadness": "3", "age": "30-39"})},
    {"label": "fear", "identity": "p1"},
    {"label": "disgust"},
]
LABELS = ["happy", "happy", "happy", "sad", "angry", "surprise", "neutral", "fear", "disgust"]
"""What `--unlabelled skip --unknown-labels skip` exports: pictures 0, 1 (twice), 2, 3, 7, 8, 9, 10."""


def face_id(number: int) -> str:
    """The face_id of the n-th face."""
    return hashlib.sha256(f"face {number}".encode()).hexdigest()[:32]


def photograph(number: int) -> bytes:
    """A JPEG of its own colours that says where it was taken; the first one lies on its side."""
    blocks = np.random.default_rng(number).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 34.0, 0.0)})
    exif[0x010E] = "taken by the secret camera"
    if number == 0:
        exif[0x0112] = 6
    file = io.BytesIO()
    Image.fromarray(blocks).resize((160, 120), Image.Resampling.NEAREST).save(file, "JPEG", exif=exif)
    return file.getvalue()


def grey_face(number: int) -> np.ndarray:
    """48×48 grey pixels that no other face has."""
    return np.random.default_rng(100 + number).integers(0, 256, (48, 48), dtype=np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """A PNG file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def fill(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    """Writes a table; columns that a row does not name hold nothing, or zero where something must stand."""
    columns = TABLES[name].columns
    empty = {column.name: None if column.nullable else _EMPTY.get(column.type, 0) for column in columns}
    workspace.replace(name, pd.DataFrame([{**empty, **row} for row in rows], columns=TABLES[name].names))


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace that every test has a copy of."""
    workspace = Workspace.open(tmp_path_factory.mktemp("pattern") / "ws", create=True)
    images, sources, faces = [], [], []
    for number, declared in enumerate(_PICTURES):
        data = photograph(number)
        image_id = hashlib.sha256(data).hexdigest()
        workspace.put_picture("originals", f"{image_id}.jpg", data)
        size = {"width": 120, "height": 160} if number == 0 else {"width": 160, "height": 120}
        images.append({"image_id": image_id, "format": "jpeg", **size})
        source = {"image_id": image_id, "kind": "photograph", "location": None, **declared}
        sources.append({"source": f"raw/happy-{number:02}.jpg", **source})
        if number == 6:
            sources.append({"source": "raw/copy.jpg", **source, "label": "sad"})
        box = {"left": -4.5, "top": 10.0, "right": 60.0, "bottom": 50.25, "kept": True}
        faces.append({"face_id": face_id(number), "image_id": image_id, **box})
        if number == 1:
            faces.append({"face_id": face_id(20), "image_id": image_id, **box, "left": 70.0, "right": 130.0, "rank": 1})
            faces.append({"face_id": face_id(21), "image_id": image_id, "reason": "small-face", "rank": 2})
    fill(workspace, "images", images)
    fill(workspace, "sources", sources)
    fill(workspace, "rejected", [{"source": "raw/note.txt", "reason": "not-an-image"}])
    fill(workspace, "decisions", [{"image_id": row["image_id"], "kept": True} for row in images])
    fill(workspace, "faces", faces)
    for number in (*range(len(_PICTURES)), 20):
        colour = np.full((224, 224, 3), number * 7, np.uint8)
        workspace.put_picture("faces", f"{face_id(number)}.png", png(colour))
        workspace.put_picture("grey", f"{face_id(number)}.png", png(grey_face(number)))
    return workspace.path


@pytest.fixture
def finished(pattern: Path, tmp_path: Path) -> Workspace:
    """A workspace in which `faces` has run."""
    return Workspace.open(Path(shutil.copytree(pattern, tmp_path / "secret-place" / "ws")))


@pytest.fixture
def split(finished: Workspace) -> Workspace:
    """The same with splits: picture 2 is for validation, 3 for the test, 10 is excluded, the rest for training."""
    image_ids = finished.read("sources", ["source", "image_id"]).set_index("source")["image_id"]
    own = {"raw/happy-02.jpg": "validation", "raw/happy-03.jpg": "test", "raw/happy-10.jpg": "excluded"}
    rows = {image_id: own.get(source, "train") for source, image_id in image_ids.items()}
    fill(finished, "splits", [{"image_id": image_id, "split": name} for image_id, name in rows.items()])
    return finished


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where exports go; beside the workspace."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def make(out: Path) -> Callable[..., Path]:
    """Makes an export and gives its folder."""

    def make(workspace: Workspace, form: str, name: str = "", *, replace: bool = False, **settings: str) -> Path:
        wanted = ExportSettings(**{"unlabelled": "skip", "unknown_labels": "skip", **settings})
        target = Target(out / (name or form), replace=replace)
        export(workspace, find(form), target, wanted, EngineSettings(workers=2))
        return target.path

    return make


@pytest.fixture
def labels() -> list[str]:
    """The labels of the nine faces that `make` exports from `finished`."""
    return LABELS


@pytest.fixture
def pixels() -> dict[str, np.ndarray]:
    """face_id -> its 48×48 pixels."""
    return {face_id(number): grey_face(number) for number in (*range(len(_PICTURES)), 20)}
