"""A workspace as all steps leave it, made by hand: eight pictures, two of them copies, three faces."""

from __future__ import annotations

import importlib.metadata
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from curate.pipeline import STEPS as PIPELINE
from schemas.settings import STEPS
from schemas.tables import TABLES
from workspace import lineage
from workspace.store import Workspace

if TYPE_CHECKING:
    from pathlib import Path


HOSTILE = "raw/<img src=x onerror=alert(1)>'\"&{{7*7}}\u202e.jpg"
"""A file name that tries to be markup, to end an attribute, to be a template, and to turn the text round."""

_EMPTY: dict[str, Any] = {"string": "", "binary": b"", "bool": False}
_FACE = {
    "rank": 0,
    "score": 0.99,
    "left": 20,
    "top": 10,
    "right": 60,
    "bottom": 50,
    "face_size": 60,
    "yaw": 5,
    "pitch": 2,
}


def picture(seed: int, *, exif: bool = False) -> bytes:
    """A JPEG of random blocks; with EXIF it says where it was taken."""
    blocks = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    place = Image.Exif()
    if exif:
        place.get_ifd(0x8825).update({1: "N", 2: (28.0, 34.0, 0.0)})
    file = io.BytesIO()
    Image.fromarray(blocks).resize((160, 120), Image.Resampling.NEAREST).save(file, "JPEG", exif=place)
    return file.getvalue()


def fill(workspace: Workspace, name: str, rows: list[dict[str, Any]]) -> None:
    """Writes a table; columns that a row does not name hold nothing, or zero where something must stand."""
    full = [
        {
            column.name: row.get(column.name, None if column.nullable else _EMPTY.get(column.type, 0))
            for column in TABLES[name].columns
        }
        for row in rows
    ]
    workspace.replace(name, pd.DataFrame(full, columns=TABLES[name].names))


def log(workspace: Workspace, name: str) -> None:
    """Writes the step's line into the log, with default settings."""
    step = next((step for step in PIPELINE if step.name == name), None)
    reads, writes, libraries = (step.reads, step.writes, step.libraries) if step else ((), (), ())
    versions = {library: importlib.metadata.version(library) for library in libraries}
    lineage.Run(workspace, name, lineage.plain(STEPS[name]()), reads, writes, versions=versions).finish({})


def ingested(workspace: Workspace) -> None:
    """Fills what ingest writes: eight pictures in nine files, and one file that is none."""
    names = [f"{digit}" * 64 for digit in range(8)]
    for at, name in enumerate(names):
        workspace.put_picture("originals", f"{name}.jpg", picture(at % 7, exif=at == 0))
    measures = [
        {
            "image_id": name,
            "format": "jpeg",
            "mode": "RGB",
            "width": 160,
            "height": 120,
            "frames": 1,
            "sharpness": 10.0**at,
        }
        for at, name in enumerate(names)
    ]
    fill(workspace, "images", [{**row, "brightness": 100 + 10 * at} for at, row in enumerate(measures)])
    sources = [{"source": f"raw/{at}.jpg", "image_id": name, "label": "happy"} for at, name in enumerate(names)]
    sources[0] |= {"source": HOSTILE, "label": "<b>sad</b>"}
    fill(workspace, "sources", [*sources, {"source": "raw/again.jpg", "image_id": names[1]}])
    fill(workspace, "rejected", [{"source": "raw/<i>text</i>.jpg", "reason": "not-an-image", "detail": "<u>no</u>"}])
    log(workspace, "ingest")


def decided(workspace: Workspace) -> None:
    """Fills what the other steps write."""
    names = [f"{digit}" * 64 for digit in range(8)]
    copies = [{"image_id": names[at], "group_id": names[0], "rank": int(at > 0), "correlation": 0.987} for at in (0, 7)]
    copies[0] |= {"keeper_reason": "it is <largest>"}
    fill(workspace, "duplicates", copies)
    conflict = {"kind": "label", "value": "<b>sad</b>", "other_value": "happy"}
    fill(workspace, "conflicts", [{"image_id": names[0], "other_id": names[7], **conflict}])
    log(workspace, "dedupe")
    out = {
        names[7]: {"step": "dedupe", "reason": "duplicate"},
        names[2]: {"step": "filter", "reason": "blur", "value": 0.5, "threshold": 2.0},
        names[3]: {"step": "filter", "reason": "blur", "value": 1.5, "threshold": 2.0},
    }
    fill(workspace, "decisions", [{"image_id": name, "kept": name not in out, **out.get(name, {})} for name in names])
    log(workspace, "filter")
    faces = [
        {"face_id": "a" * 32, "image_id": names[0], "kept": True, **_FACE},
        {"face_id": "b" * 32, "image_id": names[1], "kept": True, **_FACE},
        {
            "face_id": "c" * 32,
            "image_id": names[1],
            "reason": "small-face",
            "value": 20,
            "threshold": 48,
            **_FACE,
            "rank": 1,
        },
        {"face_id": "d" * 32, "image_id": names[4], "reason": "no-face", "rank": -1},
    ]
    fill(workspace, "faces", faces)
    fill(workspace, "detections", [])
    for face in faces[:2]:
        for kind, side in (("faces", 224), ("grey", 48)):
            file = io.BytesIO()
            Image.new("RGB" if kind == "faces" else "L", (side, side)).save(file, "PNG")
            workspace.put_picture(kind, f"{face['face_id']}.png", file.getvalue())
    log(workspace, "faces")


@pytest.fixture
def fresh(tmp_path: Path) -> Workspace:
    """A workspace that was only ingested into."""
    workspace = Workspace.open(tmp_path / "set", create=True)
    ingested(workspace)
    return workspace


@pytest.fixture
def finished(fresh: Workspace) -> Workspace:
    """A workspace in which every step has run."""
    decided(fresh)
    return fresh
