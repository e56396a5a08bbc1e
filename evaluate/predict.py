"""The step `predict`: from kept faces to a row of probabilities each."""

from __future__ import annotations

import hashlib
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evaluate.given import cache_of
from evaluate.model import SAMPLE, open_model
from schemas.emotion import NAMES
from schemas.errors import WorkspaceError
from workspace.console import note, progress
from workspace.faceset.pictures import face_levels
from workspace.lineage import Run, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from evaluate.model import Model
    from schemas.settings import PredictSettings
    from workspace.store import Workspace

_SHARD = 2_048
"""Faces in a shard: some seconds of work, which is what a kill loses."""
_SIDE = 48


def predict(workspace: Workspace, source: str, settings: PredictSettings) -> dict[str, Any]:
    """Predicts the expression of all kept faces of a workspace.

    Faces are read, computed and written shard by shard, so that memory does not depend on their number. Rows of other
    networks stay; those of this one for faces that are kept no longer go.

    Args:
        workspace: Whose table `faces` and 48×48 crops are read, and whose table `predictions` is written.
        source: As in `evaluate.model.open_model`.
        settings: As there.

    Returns:
        `model`, `engine`, `notes`, and counts: `in` (kept faces), `predicted` now, and `labels` (expression -> faces).

    Raises:
        WorkspaceError: There are no kept faces, or a crop is missing.
        InputError: The model file is not what mien opens.
        UsageError: Scaling or order of the labels are not known.
    """
    ids = _kept(workspace)
    model = open_model(source, _pixels(workspace, _spread(ids)), settings, cache_of(workspace))
    run = Run(
        workspace,
        "predict",
        plain(settings),
        reads=("faces", "crops"),
        writes=("predictions",),
        inputs={"model": model.sha256},
        versions={model.engine: _version(model.engine)},
    )
    done = run.done_before()
    if done is None:
        _write(workspace, model, ids, run)
        done = run.finish({"in": len(ids)})
    rows = _rows(workspace.read_arrow("predictions", ["model", "label"]), model.name)
    counts = {str(entry["values"]): int(entry["counts"]) for entry in rows["label"].value_counts().to_pylist()}
    return {
        "model": model.name,
        "engine": model.engine,
        "notes": list(model.notes),
        "in": len(ids),
        "labels": {name: counts.get(name, 0) for name in NAMES},
    }


def _kept(workspace: Workspace) -> list[str]:
    faces = workspace.read_arrow("faces", ["face_id", "kept"])
    ids: list[str] = faces.filter(faces["kept"])["face_id"].to_pylist()
    if not ids:
        raise WorkspaceError(f"{workspace.path} has no kept faces", "run `curate run` first")
    return ids


def _spread(ids: list[str]) -> list[str]:
    return [ids[at] for at in np.unique(np.linspace(0, len(ids) - 1, min(len(ids), SAMPLE)).astype(int))]


def _pixels(workspace: Workspace, ids: Sequence[str]) -> NDArray[np.uint8]:
    """The 48×48 grey crops of faces: u8 `[n, 48, 48]`."""
    levels = bytearray()
    for face_id in ids:
        path = workspace.picture_path("grey", f"{face_id}.png")
        try:
            levels += face_levels(path.read_bytes(), str(path))
        except OSError as error:
            raise WorkspaceError(f"the crop {path} cannot be read: {error.strerror}", "run `curate faces`") from error
    return np.frombuffer(bytes(levels), np.uint8).reshape(-1, _SIDE, _SIDE)


def _write(workspace: Workspace, model: Model, ids: list[str], run: Run) -> None:
    for text in model.notes:
        note(text)
    staged = {path.stem for path in workspace.staged("predictions")}
    current: set[str] = set()

    def shards() -> Iterator[int]:
        for at in range(0, len(ids), _SHARD):
            shard = ids[at : at + _SHARD]
            # Named by all that decides its rows: after a kill the finished ones are taken up, and no others.
            told = repr((model.sha256, run.settings, run.versions, workspace.digest("crops"), shard))
            name = hashlib.sha256(told.encode()).hexdigest()[:32]
            current.add(name)
            if name not in staged:
                workspace.stage("predictions", name, _frame(model, shard, model.predict(_pixels(workspace, shard))))
            yield len(shard)

    for _ in progress(shards(), text="predict", total=len(ids), unit="faces"):
        pass
    for path in workspace.staged("predictions"):
        if path.stem not in current:
            path.unlink()
    workspace.commit("predictions")
    kept = pa.array(ids)
    workspace.rewrite("predictions", lambda rows: _without_others(rows, model.name, kept))


def _frame(model: Model, ids: Sequence[str], probabilities: NDArray[np.float32]) -> pd.DataFrame:
    columns: dict[str, Any] = {"model": model.name, "face_id": list(ids)}
    columns |= {f"p_{name}": probabilities[:, number] for number, name in enumerate(NAMES)}
    return pd.DataFrame({**columns, "label": np.array(NAMES, dtype=object)[probabilities.argmax(axis=1)]})


def _without_others(rows: pa.Table, model: str, kept: pa.Array) -> pa.Table:
    """Rows less those of this network for faces that are not kept."""
    stays = pc.or_(pc.not_equal(rows["model"], model), pc.is_in(rows["face_id"], value_set=kept))
    return rows if pc.all(stays).as_py() in {True, None} else rows.filter(stays)


def _rows(table: pa.Table, model: str) -> pa.Table:
    return table.filter(pc.equal(table["model"], model))


def _version(engine: str) -> str:
    package = {"onnxruntime": "onnxruntime", "litert": "ai-edge-litert", "keras": "keras"}[engine]
    return metadata.version(package)
