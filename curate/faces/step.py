"""The step `faces`: from kept pictures to kept faces and their crops.

Detection is the one costly measure. Its rows go into the cache table `detections`, shard by shard, and are made once
for a picture and a detector; whatever else the settings change is decided over that table. Crops are cut anew where
their own settings have changed, and only there.
"""

from __future__ import annotations

import functools
import hashlib
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from curate.faces import look
from curate.faces.crops import clear_crops, complete, write_crops
from curate.faces.decide import decide
from curate.faces.duplicates import SIDE
from curate.faces.given import given, given_faces
from schemas.tables import DETECTIONS
from workspace.columns import mapped
from workspace.console import progress
from workspace.crops import CropRecipe
from workspace.detectors.choice import open_detector
from workspace.engine import run_shards
from workspace.pixels import Limits, decode
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.settings import EngineSettings, FacesSettings

_SHARD = 32
"""Most pictures in a shard of detection, seconds of work: what a kill loses, and how often the bar moves."""
_ANY_SIZE = Limits(max_pixels=2**62, max_side=2**31, max_bytes=2**62)
"""Every original has passed the limits of ingest, whatever they were set to then."""


@dataclass(frozen=True)
class _Job:
    """What a worker needs beside its shard; travels to other processes."""

    folder: Path
    sources: str
    settings: FacesSettings


def faces(workspace: Workspace, settings: FacesSettings, engine: EngineSettings) -> dict[str, Any]:
    """Find the faces of all kept pictures, decide about them and cut them out.

    Args:
        workspace: Whose tables `images` and `decisions` are read, and `detections`, `faces` and `crops` written.
        settings: Detector, thresholds and crops.
        engine: How the work is spread.

    Returns:
        Counts: `pictures` looked at, `without_face` among them, `detected` now and not before; `in` (faces), `kept`,
        `out`, `reasons` (reason -> faces out) and `crops` cut now.

    Raises:
        UsageError: The detector and `detector_weights` do not fit.
        MissingPartError: Its weights are missing or not the right ones.
    """
    recipe = open_detector(settings).recipe
    job = _Job(workspace.path, workspace.digest("sources"), settings)
    pictures = _kept_pictures(workspace)
    is_given = pictures["image_id"].isin(given(workspace.read("sources", ["image_id", "kind"])))
    photographs, crops = pictures[~is_given], pictures[is_given]
    new = _detect(workspace, job, recipe, photographs, engine)
    columns = [name for name in DETECTIONS.names if name != "face_thumbnail"]
    everything = workspace.read("detections", columns)
    wanted = (everything["recipe"] == recipe) & everything["image_id"].isin(photographs["image_id"])
    rows = np.flatnonzero(wanted.to_numpy())
    with tempfile.TemporaryFile(dir=workspace.path) as file:  # nameless: a killed run leaves nothing behind
        thumbnails = mapped(workspace, "detections", "face_thumbnail", SIDE, file)
        table = decide(everything[wanted], lambda place: thumbnails[rows[place]], settings)
    if len(crops):
        table = pd.concat([table, given_faces(crops)] if len(table) else [given_faces(crops)], ignore_index=True)
        table = table.sort_values("face_id", ignore_index=True)
    kept = table[table["kept"]]
    cut = _cut(workspace, job, kept.merge(pictures, on="image_id"), engine)
    workspace.replace("faces", table)
    clear_crops(workspace, kept["face_id"])
    found = table[table["reason"] != "no-face"]
    reasons = found.loc[~found["kept"], "reason"].value_counts()
    return {
        "pictures": len(pictures),
        "without_face": len(table) - len(found),
        "detected": new,
        "in": len(found),
        "kept": len(kept),
        "out": len(found) - len(kept),
        "reasons": {str(name): int(count) for name, count in reasons.sort_index().items()},
        "crops": cut,
    }


def _kept_pictures(workspace: Workspace) -> pd.DataFrame:
    """image_id, format and size of the pictures that dedupe and filter have kept, sorted by image_id."""
    decisions = workspace.read("decisions", ["image_id", "kept"])
    images = workspace.read("images", ["image_id", "format", "width", "height"])
    return images[images["image_id"].isin(decisions.loc[decisions["kept"], "image_id"])]


# Detection


def _detect(workspace: Workspace, job: _Job, recipe: str, pictures: pd.DataFrame, engine: EngineSettings) -> int:
    """Detects in all pictures that no shard of this recipe, committed or staged, has yet; returns their number."""
    done: set[str] = set()
    for table in (
        workspace.read_arrow("detections", ["image_id", "recipe"]),
        workspace.read_staged("detections", ["image_id", "recipe"]),
    ):
        pairs = zip(table["image_id"].to_pylist(), table["recipe"].to_pylist(), strict=True)
        done.update(image_id for image_id, by in pairs if by == recipe)
    todo = pictures[~pictures["image_id"].isin(done)]
    originals = list(zip(todo["image_id"], todo["format"], strict=True))
    work = run_shards(functools.partial(_detect_shard, job), _shards(originals, min(engine.shard_size, _SHARD)), engine)
    for _ in progress(work, text="faces", total=len(originals)):
        pass
    workspace.commit("detections")
    return len(originals)


def _detect_shard(job: _Job, shard: Sequence[tuple[str, str]]) -> int:
    workspace, read = _opened(job.folder, job.sources)
    detector = _detector(job.settings)
    rows = [
        row
        for image_id, form in shard
        for row in look.look(decode(read(image_id, form), _ANY_SIZE).pixels, image_id, detector)
    ]
    # Named by what it holds, so that the same shard staged twice, before and after a kill, is one file.
    name = hashlib.sha256("".join([detector.recipe, *(image_id for image_id, _ in shard)]).encode()).hexdigest()[:32]
    workspace.stage("detections", name, look.as_frame(rows))
    return len(shard)


# Crops


def _cut(workspace: Workspace, job: _Job, kept: pd.DataFrame, engine: EngineSettings) -> int:
    """Cuts the crops of kept faces that are missing or were cut by another recipe; returns their number."""
    recipe = str(CropRecipe.of(job.settings))
    workspace.commit("crops")
    written = workspace.read("crops")
    current = set(written.loc[written["recipe"] == recipe, "face_id"]) & complete(workspace)
    todo = kept[~kept["face_id"].isin(current)]
    # A crop that is about to be overwritten is no longer known to be by any recipe, wherever the run is killed.
    stays = written[written["face_id"].isin(set(kept["face_id"]) - set(todo["face_id"]))]
    if len(stays) != len(written):
        workspace.replace("crops", stays)
    jobs = [
        (image_id, form, list(zip(group["face_id"], group[list(look.POINTS)].to_numpy(np.float32), strict=True)))
        for (image_id, form), group in todo.groupby(["image_id", "format"], sort=True)
    ]
    work = run_shards(functools.partial(_cut_shard, job), _shards(jobs, engine.shard_size), engine)

    def staged() -> Iterator[int]:
        for face_ids in work:
            workspace.stage("crops", _shard_name(face_ids), pd.DataFrame({"face_id": face_ids, "recipe": recipe}))
            yield len(face_ids)

    done: int = sum(progress(staged(), text="crops", total=len(todo), unit="faces"))
    workspace.commit("crops")
    return done


def _cut_shard(job: _Job, shard: Sequence[tuple[str, str, list[tuple[str, NDArray[np.float32]]]]]) -> list[str]:
    workspace, read = _opened(job.folder, job.sources)
    recipe = CropRecipe.of(job.settings)
    for image_id, form, found in shard:
        pixels = decode(read(image_id, form), _ANY_SIZE).pixels
        for face_id, points in found:
            write_crops(workspace, face_id, pixels, points.reshape(5, 2), recipe)
    return [face_id for _, _, found in shard for face_id, _ in found]


def _shard_name(face_ids: Sequence[str]) -> str:
    return hashlib.sha256("".join(face_ids).encode()).hexdigest()[:32]


def _shards(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    yield from (items[start : start + size] for start in range(0, len(items), size))


# What every worker opens once


@functools.lru_cache(maxsize=1)
def _detector(settings: FacesSettings) -> Any:
    return open_detector(settings)


@functools.lru_cache(maxsize=1)
def _opened(folder: Path, _sources: str) -> tuple[Workspace, Callable[[str, str], bytes]]:
    """The workspace, and the reader of its originals while the table `sources` has the digest given."""
    workspace = Workspace.open(folder)
    return workspace, workspace.originals()
