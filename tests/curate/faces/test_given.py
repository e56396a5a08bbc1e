"""Face crops, as FER-2013's are: no detection, no filter of photographs, the same pixels out as in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from curate.dedupe.step import dedupe
from curate.faces.given import given, given_crops
from curate.faces.step import faces
from curate.filter import filter_images
from curate.ingest import ingest
from schemas.settings import DedupeSettings, EngineSettings, FacesSettings, FilterSettings, IngestSettings
from workspace.pixels import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace


@pytest.fixture
def fer(tmp_path: Path) -> Path:
    """Twelve faces of noise and one of a single grey."""
    images = np.random.default_rng(3).integers(0, 256, (13, 48, 48), dtype=np.uint8)
    images[12] = 7
    np.savez(tmp_path / "fer.npz", images=images, labels=np.arange(13) % 7, usage=np.arange(13) % 3)
    return tmp_path / "fer.npz"


def test_faces_are_taken_as_they_are(
    workspace: Workspace, fer: Path, photo: Callable[..., bytes], tmp_path: Path, engine: EngineSettings
) -> None:
    """Each is one kept face whose grey picture is it, pixel by pixel; photographs go the usual way beside them."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.png").write_bytes(photo(1))
    ingest(workspace, [fer, tmp_path / "raw"], IngestSettings(), engine)
    dedupe(workspace, DedupeSettings(), engine)
    filter_images(workspace, FilterSettings(), engine)
    decisions = workspace.read("decisions")
    assert decisions.loc[~decisions["kept"], "reason"].isin(["dark", "low-contrast", "drawing"]).all()
    counts = faces(workspace, FacesSettings(grey_margin=1.5, min_face=100), engine)
    assert (counts["kept"], counts["detected"]) == (12, decisions["kept"].sum() - 12)
    table = workspace.read("faces")
    read = workspace.originals()
    for row in table[table["kept"]].itertuples():
        original = decode(read(row.image_id, "png")).pixels
        for kind in ("faces", "grey"):
            crop = decode(workspace.picture_path(kind, f"{row.face_id}.png").read_bytes()).pixels
            assert (crop == original).all()
    assert (table.loc[table["kept"], "detector"] == "given").all()
    again = faces(workspace, FacesSettings(grey_margin=1.5, min_face=100), engine)
    assert (again["crops"], again["detected"]) == (0, 0)


def test_picture_that_is_a_photograph_too_is_looked_at() -> None:
    """Only what every source declares to be a face is one."""
    import pandas as pd

    sources = pd.DataFrame({"image_id": ["a", "b", "b"], "kind": ["face", "face", "photograph"]})
    assert given(sources) == {"a"}


def test_larger_crop_is_shrunk_to_48() -> None:
    """The mean of its blocks: 96 pixels become 48."""
    pixels = np.arange(96 * 96, dtype=np.uint32).reshape(96, 96).astype(np.uint8)
    whole, small = given_crops(pixels)
    blocks = pixels.reshape(48, 2, 48, 2).mean(axis=(1, 3))
    assert whole is pixels
    assert np.abs(small - blocks).max() <= 0.5
