"""The step `faces` from pictures to crops: what is done once, what is done again, and what a kill leaves."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image

from curate.faces.look import look
from curate.faces.step import faces
from curate.ingest import ingest
from schemas.settings import EngineSettings, FacesSettings, IngestSettings
from workspace.detectors.detections import Detections
from workspace.store import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETTINGS = FacesSettings()
ROOT = Path(__file__).parent.parent.parent.parent


def encoded(pixels: NDArray[np.uint8], image_format: str = "PNG", **options: Any) -> bytes:
    """A picture file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, image_format, **options)
    return file.getvalue()


def keep(workspace: Workspace, *, but: str = "") -> None:
    """Writes decisions: all pictures are kept but one."""
    frame = workspace.read("images", ["image_id"])
    frame["kept"] = frame["image_id"] != but
    for column, value in (("step", ""), ("reason", ""), ("value", np.float32(np.nan)), ("also", "")):
        frame[column] = value
    frame["threshold"] = np.float32(np.nan)
    with workspace.lock():
        workspace.replace("decisions", frame)


def step(workspace: Workspace, engine: EngineSettings, settings: FacesSettings = SETTINGS) -> dict[str, Any]:
    """The step, holding the workspace as a command does."""
    with workspace.lock():
        return faces(workspace, settings, engine)


def content(workspace: Workspace) -> dict[str, str]:
    """Digest of every file of the step's tables and crops."""
    folders = ("tables/faces", "cache/detections", "cache/crops", "faces", "grey")
    return {
        str(path.relative_to(workspace.path)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted((workspace.path / folder).rglob("*"))
        if path.is_file()
    }


def crops(workspace: Workspace, kind: str) -> set[str]:
    """The face_ids a folder of crops has."""
    return {path.stem for path in (workspace.path / kind).rglob("*.png")}


@pytest.fixture
def raw(tmp_path: Path, astronaut: NDArray[np.uint8], hopper_file: bytes, cat_file: bytes) -> Path:
    """Five pictures: two faces, a collage of one of them, a cat, and a grey face with a place in its EXIF."""
    folder = tmp_path / "raw"
    folder.mkdir()
    collage = np.full((700, 900, 3), 40, np.uint8)
    collage[100:612, 60:572] = astronaut
    place = Image.Exif()
    place[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0)}
    mirrored = cv2.cvtColor(np.ascontiguousarray(astronaut[:, ::-1]), cv2.COLOR_RGB2GRAY)
    (folder / "astronaut.png").write_bytes(encoded(np.ascontiguousarray(astronaut)))
    (folder / "collage.jpg").write_bytes(encoded(collage, "JPEG", quality=90))
    (folder / "cat.png").write_bytes(cat_file)
    (folder / "hopper.jpg").write_bytes(hopper_file)
    (folder / "place.jpg").write_bytes(encoded(np.asarray(mirrored, np.uint8), "JPEG", quality=95, exif=place))
    return folder


@pytest.fixture
def filled(workspace: Workspace, raw: Path, engine: EngineSettings) -> Workspace:
    """A workspace with those pictures, all kept."""
    ingest(workspace, [raw], IngestSettings(), engine)
    keep(workspace)
    return workspace


def test_every_picture_is_accounted_for(filled: Workspace, engine: EngineSettings) -> None:
    """Five pictures; the cat has no face, the collage and the mirrored copy repeat the astronaut."""
    counts = step(filled, engine)
    assert (counts["pictures"], counts["without_face"], counts["detected"]) == (5, 1, 5)
    assert counts["in"] == counts["kept"] + counts["out"]
    assert counts["kept"] == 2
    assert counts["reasons"]["duplicate-face"] == 2
    assert filled.rows("faces") == counts["in"] + counts["without_face"]


def test_the_crops_are_those_of_the_kept_faces(filled: Workspace, engine: EngineSettings) -> None:
    """A colour crop of 224 pixels and a grey one of 48, 8 bits."""
    step(filled, engine)
    table = filled.read("faces")
    kept = set(table.loc[table["kept"], "face_id"])
    assert crops(filled, "faces") == crops(filled, "grey") == kept
    face_id = min(kept)
    with Image.open(filled.picture_path("faces", f"{face_id}.png")) as colour:
        assert (colour.size, colour.mode) == ((224, 224), "RGB")
    with Image.open(filled.picture_path("grey", f"{face_id}.png")) as grey:
        assert (grey.size, grey.mode) == ((48, 48), "L")


def test_crops_say_nothing_of_where_a_picture_was_taken(filled: Workspace, engine: EngineSettings) -> None:
    """PNG files of four kinds of chunk: header, pixels, end, and nothing else."""
    step(filled, engine)
    for path in (filled.path / "faces").rglob("*.png"):
        with Image.open(path) as image:
            assert not image.info
            assert not image.getexif()


def test_eyes_lie_where_fer_2013_has_them(filled: Workspace, engine: EngineSettings, mtcnn: Any) -> None:
    """Detecting in the enlarged crop of one's own finds the eyes at (14.5, 18) and (32.5, 18), within two pixels."""
    step(filled, engine)
    for path in sorted((filled.path / "faces").rglob("*.png")):
        with Image.open(path) as image:
            found = mtcnn.detect(np.asarray(image.convert("RGB")))
        eyes = ((found.landmarks[0, :2] + 0.5) / 224 - 0.5) * 48 * SETTINGS.crop_margin + 23.5
        assert np.abs(eyes - [[14.45, 18.1], [32.55, 18.1]]).max() < 2


def test_a_second_run_detects_and_cuts_nothing(filled: Workspace, engine: EngineSettings) -> None:
    """And leaves every byte."""
    step(filled, engine)
    before = content(filled)
    counts = step(filled, engine)
    assert (counts["detected"], counts["crops"]) == (0, 0)
    assert content(filled) == before


def test_another_contrast_cuts_again_and_does_not_detect_again(filled: Workspace, engine: EngineSettings) -> None:
    """Back to the first contrast, all is as it was."""
    step(filled, engine)
    before = content(filled)
    counts = step(filled, engine, dataclasses.replace(SETTINGS, contrast="minmax"))
    assert (counts["detected"], counts["crops"]) == (0, counts["kept"])
    changed = content(filled)
    assert {name for name in before if before[name] != changed[name]} >= {
        name for name in before if name.startswith("grey/")
    }
    step(filled, engine)
    assert content(filled) == before


def test_another_threshold_cuts_only_what_is_new(filled: Workspace, engine: EngineSettings) -> None:
    """With duplicates left in, the crops that are there are not touched."""
    kept = step(filled, engine)["kept"]
    counts = step(filled, engine, dataclasses.replace(SETTINGS, duplicate_faces=False))
    assert counts["detected"] == 0
    assert counts["crops"] == counts["kept"] - kept > 0


def test_crops_of_faces_that_are_out_now_are_removed(filled: Workspace, engine: EngineSettings) -> None:
    """The folders equal the table, and nothing has to be detected when the picture comes back."""
    step(filled, engine)
    before = content(filled)
    table = filled.read("faces")
    image_id = table.loc[table["kept"], "image_id"].iloc[0]
    keep(filled, but=image_id)
    step(filled, engine)
    table = filled.read("faces")
    assert image_id not in set(table["image_id"])
    assert crops(filled, "faces") == crops(filled, "grey") == set(table.loc[table["kept"], "face_id"])
    keep(filled)
    assert step(filled, engine)["detected"] == 0
    assert content(filled) == before


def test_a_crop_that_somebody_removed_is_cut_again(filled: Workspace, engine: EngineSettings) -> None:
    """A workspace mends itself."""
    step(filled, engine)
    before = content(filled)
    next((filled.path / "grey").rglob("*.png")).unlink()
    assert step(filled, engine)["crops"] == 1
    assert content(filled) == before


@pytest.mark.parametrize(
    "other", [EngineSettings(workers=1, shard_size=1), EngineSettings(workers=1, shard_size=3, engine="processes")]
)
def test_engines_and_shards_change_nothing(
    filled: Workspace, raw: Path, engine: EngineSettings, other: EngineSettings, tmp_path: Path
) -> None:
    """Bit for bit the same tables and crops."""
    step(filled, engine)
    second = Workspace.open(tmp_path / "second", create=True)
    ingest(second, [raw], IngestSettings(), engine)
    keep(second)
    step(second, other)
    assert content(second) == content(filled)


def test_detections_beyond_all_bounds_are_left_out(astronaut: NDArray[np.uint8]) -> None:
    """A network that answers with 10³⁰ or nan must not ask for a crop of that size."""

    class Astray:
        name = "astray"
        recipe = "astray/1"

        def detect(self, pixels: NDArray[np.uint8]) -> Detections:
            points = np.full((3, 5, 2), 100, np.float32)
            points[1, 2, 0], points[2, 0, 1] = 1e30, np.nan
            boxes = np.tile(np.array([80, 80, 120, 120], np.float32), (3, 1))
            return Detections(boxes, np.full(3, 0.9, np.float32), points)

    assert [row["rank"] for row in look(astronaut, "a" * 64, Astray())] == [0]


def test_no_kept_picture_gives_empty_tables(filled: Workspace, engine: EngineSettings) -> None:
    """Everything may be out before."""
    images = filled.read("images", ["image_id"])
    keep(filled)
    decisions = filled.read("decisions")
    decisions["kept"] = False
    with filled.lock():
        filled.replace("decisions", decisions)
    counts = step(filled, engine)
    assert (counts["pictures"], counts["in"], counts["kept"]) == (0, 0, 0)
    assert len(images) == 5


@pytest.mark.parametrize("wait", [0.6, 1.4])
def test_a_killed_run_is_taken_up(filled: Workspace, engine: EngineSettings, tmp_path: Path, wait: float) -> None:
    """Killed at several moments and run again, the result is that of an undisturbed run."""
    program = (
        "import sys; from pathlib import Path; from workspace.store import Workspace\n"
        "from schemas.settings import EngineSettings, FacesSettings; from curate.faces.step import faces\n"
        "workspace = Workspace.open(Path(sys.argv[1])); print('go', flush=True)\n"
        "with workspace.lock(): faces(workspace, FacesSettings(), EngineSettings(workers=1, shard_size=1))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(filled.path)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
    step(filled, engine)
    killed = content(filled)
    for folder in ("tables/faces", "cache", "faces", "grey"):
        for path in sorted((filled.path / folder).rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
    step(filled, engine)
    assert content(filled) == killed
