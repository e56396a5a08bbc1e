"""A workspace with everything a picture can leave traces in, made once and copied for each test."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from curate.demo.photographs import photograph_bytes
from curate.export.record import Export, announce
from curate.fetch.cache import folder_of, key_of
from curate.ingest import ingest
from curate.pipeline import STEPS, perform
from curate.report.step import report
from schemas.settings import STEPS as SETTINGS, EngineSettings, IngestSettings
from workspace import lineage
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENGINE = EngineSettings(workers=2, shard_size=4)
PERSON = "Eileen Collins"


def encoded(image: Image.Image, image_format: str = "PNG") -> bytes:
    """A picture file."""
    file = io.BytesIO()
    image.save(file, image_format)
    return file.getvalue()


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two persons, one also byte-identical by another name, smaller, and beside the other in a collage; and a cat."""
    folder = tmp_path_factory.mktemp("forget") / "raw"
    (folder / "eileen").mkdir(parents=True)
    pictures = photograph_bytes()
    astronaut = Image.open(io.BytesIO(pictures["astronaut.png"])).convert("RGB")
    hopper = Image.open(io.BytesIO(pictures["grace_hopper.jpg"])).convert("RGB").resize((384, 460))
    collage = Image.new("RGB", (900, 512), "white")
    collage.paste(astronaut, (0, 0))
    collage.paste(hopper, (514, 0))
    (folder / "hopper.png").write_bytes(encoded(hopper))
    (folder / "cat.png").write_bytes(pictures["chelsea.png"])
    (folder / "eileen/portrait.png").write_bytes(encoded(astronaut))
    (folder / "again.png").write_bytes(encoded(astronaut))
    (folder / "small.jpg").write_bytes(encoded(astronaut.resize((384, 384)), "JPEG"))
    (folder / "collage.png").write_bytes(encoded(collage))
    (folder / "eileen/cut.png").write_bytes(encoded(astronaut)[:900])
    (folder / "list.csv").write_text(f"path,person\neileen/portrait.png,{PERSON}\n")
    return folder


@pytest.fixture(scope="session")
def curate_all() -> Callable[[Workspace], None]:
    """Runs all steps after ingest."""
    return _curate


def _curate(workspace: Workspace) -> None:
    for step in STEPS:
        if step.name in ("dedupe", "filter", "faces"):
            perform(step, workspace, SETTINGS[step.name](), ENGINE)
    report(workspace)


@pytest.fixture(scope="session")
def template(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace, with the litter that kills leave: half files, older parts, finished shards, downloads."""
    workspace = Workspace.open(tmp_path_factory.mktemp("template") / "ws", create=True)
    ingest(workspace, [raw, raw / "list.csv"], IngestSettings(), ENGINE)
    _curate(workspace)
    faces = workspace.read("faces")
    target = workspace.path.parent / "exported"
    target.mkdir()
    announce(workspace, Export(target, "parquet", faces.loc[faces["kept"], ["face_id", "image_id"]]))
    litter(workspace)
    return workspace.path


def litter(workspace: Workspace) -> None:
    """What a killed run may leave of every picture there is."""
    images = workspace.read("images")
    read = workspace.originals()
    for table in ("images", "sources", "seen", "detections", "crops"):
        workspace.stage(table, "killed", workspace.read(table))
    for table in ("images", "detections"):
        folder = workspace.parts(table)[0].parent
        shutil.copytree(folder, folder.with_name(f".{table}.new"))
    for image_id, form in zip(images["image_id"], images["format"], strict=True):
        path = workspace.original_path(image_id, form)
        path.with_name(f".{path.name}.7.part").write_bytes(read(image_id, form)[:5000])
        download = folder_of(workspace.path) / image_id[:2] / key_of(f"https://example.org/{image_id}")
        download.parent.mkdir(parents=True, exist_ok=True)
        download.write_bytes(read(image_id, form))
    sources = workspace.read("sources")
    settings = {"note": f"began with {sources['source'].iloc[0]}", "ids": sources["image_id"].tolist()}
    lineage.Run(workspace, "trial", settings | {"names": sources["source"].tolist()}).finish({})
    shutil.copy(workspace.path / "report.html", workspace.path / "sheet.html")


@pytest.fixture
def workspace(template: Path, tmp_path: Path) -> Workspace:
    """A copy of the template."""
    shutil.copytree(template, tmp_path / "ws")
    return Workspace.open(tmp_path / "ws")
