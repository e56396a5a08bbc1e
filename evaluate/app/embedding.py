"""The embeddings of a workspace's kept faces (`evaluate.embedding`), kept in its cache."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.embedding import embedder
from evaluate.given import cache_of, given
from workspace.console import progress
from workspace.faceset.pictures import face_levels
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.settings import PredictSettings
    from workspace.store import Workspace

_BATCH = 512
_SIDE = 48


@dataclass(frozen=True)
class Embedding:
    """A network's view of the kept faces.

    Attributes:
        face_ids: The faces.
        vectors: float32 `[N, D]`.
    """

    face_ids: tuple[str, ...]
    vectors: NDArray[np.float32]


def embed(workspace: Workspace, source: str, settings: PredictSettings, face_ids: Sequence[str]) -> str:
    """Computes the embedding of faces that have none yet, and keeps all in the workspace's cache.

    Args:
        workspace: Whose 48×48 crops are read.
        source: The network, as in `evaluate.model.open_model`; `evaluate.predict` has run on it.
        settings: As there.
        face_ids: The kept faces.

    Returns:
        Why there is none, or nothing.
    """
    known = given(source, settings)
    pixels = _reader(workspace)
    network = embedder(source, pixels(face_ids[:1]), settings, cache_of(workspace))
    run = network.run
    if run is None:
        return network.why_not
    crops = workspace.digest("crops")
    before = _read(_place(workspace, known.name), crops)
    there = {} if before is None else dict(zip(before.face_ids, before.vectors, strict=True))
    missing = [face_id for face_id in face_ids if face_id not in there]

    def computed() -> Any:
        for at in range(0, len(missing), _BATCH):
            some = missing[at : at + _BATCH]
            there.update(zip(some, run(pixels(some)), strict=True))
            yield len(some)

    for _ in progress(computed(), text="embed", total=len(missing), unit="faces"):
        pass
    vectors = np.stack([there[face_id] for face_id in face_ids]).astype(np.float32)
    file = io.BytesIO()
    np.savez(file, face_ids=np.array(face_ids), vectors=vectors, crops=np.array(crops))
    write_atomically(_place(workspace, known.name), file.getvalue())
    return ""


def kept_embedding(workspace: Workspace, model: str) -> Embedding | None:
    """The embedding that was computed before, or None.

    Args:
        workspace: Whose faces.
        model: The network's name, as in the table `predictions`.
    """
    return _read(_place(workspace, model), workspace.digest("crops"))


def _place(workspace: Workspace, model: str) -> Path:
    return workspace.path / "cache" / "app" / "embeddings" / f"{model.rpartition('@')[2]}.npz"


def _read(path: Path, crops: str) -> Embedding | None:
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as file:
        if str(file["crops"]) != crops:
            return None
        return Embedding(tuple(file["face_ids"].tolist()), file["vectors"])


def _reader(workspace: Workspace) -> Callable[[Sequence[str]], NDArray[np.uint8]]:
    def read(face_ids: Sequence[str]) -> NDArray[np.uint8]:
        paths = [workspace.picture_path("grey", f"{face_id}.png") for face_id in face_ids]
        levels = b"".join(face_levels(path.read_bytes(), str(path)) for path in paths)
        return np.frombuffer(levels, np.uint8).reshape(-1, _SIDE, _SIDE)

    return read
