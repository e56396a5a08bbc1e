"""A workspace whose tables are written by hand: what the split reads, without a detector."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from curate.measure import as_frame, measure
from curate.pipeline import STEPS, perform
from schemas.settings import EngineSettings, SplitSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from workspace.store import Workspace

STEP = next(step for step in STEPS if step.name == "split")


def drawn(seed: int) -> Image.Image:
    """A picture that no other seed gives: smooth blobs of grey."""
    small = np.random.default_rng(seed).integers(0, 256, (9, 9), dtype=np.uint8)
    return Image.fromarray(small).resize((96, 96), Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, image_format: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    picture.save(file, image_format, **options)
    return file.getvalue()


@dataclass
class Album:
    """Fills a workspace with pictures that have one kept face each.

    Attributes:
        workspace: Where to.
        rows: `sources`, one for each picture.
        pictures: The measured pictures.
    """

    workspace: Workspace
    rows: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[Any] = field(default_factory=list)
    groups: dict[str, str] = field(default_factory=dict)

    def add(self, seed: int, data: bytes | None = None, **declared: str) -> str:
        """Takes a picture in; returns its image_id."""
        data = data or encoded(drawn(seed))
        image_id = hashlib.sha256(data).hexdigest()
        if image_id not in {row["image_id"] for row in self.rows}:
            self.pictures.append(measure(data))
        name = f"raw/{len(self.rows):04}.png"
        self.rows.append({"source": name, "image_id": image_id, "kind": "photograph", **declared})
        return image_id

    def write(self, *, kept: Callable[[str], bool] = lambda _: True) -> None:
        """Writes the tables as they are now."""
        ids = sorted({row["image_id"] for row in self.rows})
        self.workspace.replace("images", as_frame(self.pictures))
        self.workspace.replace("sources", pd.DataFrame(self.rows))
        duplicates = self.workspace.read("duplicates")
        if self.groups:
            rows = [{"image_id": one, "group_id": group} for one, group in self.groups.items()]
            other = {"rank": 0, "distance": 0, "mirrored": False, "keeper_reason": ""}
            figures = dict.fromkeys(("correlation", "overlap", "scale", "rotation"), 1.0)
            duplicates = pd.DataFrame([{**row, **other, **figures} for row in rows])[list(duplicates.columns)]
        self.workspace.replace("duplicates", duplicates)
        faces = [
            {
                "face_id": one[:32],
                "image_id": one,
                "kept": kept(one),
                "reason": "",
                "also": "",
                "cut": False,
                "rank": 0,
                "detector": "x",
            }
            for one in ids
        ]
        self.workspace.replace("faces", pd.DataFrame(faces))

    def split(self, **settings: Any) -> dict[str, Any]:
        """Runs the step."""
        self.write()
        return perform(STEP, self.workspace, SplitSettings(**settings), EngineSettings(workers=1))

    def splits(self) -> dict[str, str]:
        """image_id -> split."""
        table = self.workspace.read("splits")
        return dict(zip(table["image_id"], table["split"], strict=True))


@pytest.fixture
def album(workspace: Workspace) -> Album:
    """An empty one."""
    return Album(workspace)


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    """A folder of 24 different pictures, train/, val/ and test/, by class."""
    for number in range(24):
        place = tmp_path / "set" / ("train", "val", "test")[number % 3] / ("happy", "sad")[number % 2]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.png").write_bytes(encoded(drawn(1000 + number)))
    return tmp_path / "set"
