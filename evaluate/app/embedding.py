"""What a network makes of a face before it decides: the numbers that its last dense layer weighs.

In mien's own networks that is the layer `embedding`. They are taken from the graph that ONNX Runtime computes, the
one that was checked and converted before its first use: neither Keras nor TensorFlow is loaded, and no weights are
fetched from anywhere.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.first_look import Feed, first_look
from evaluate.given import given
from evaluate.reading import prepare
from workspace.console import progress
from workspace.faceset.pictures import face_levels
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.settings import PredictSettings
    from workspace.store import Workspace

_LARGEST = 4096
"""Most numbers a face: a network without pooling has more, and they tell of places rather than of faces."""
_BATCH = 64
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
    scaling = known.scaling
    feed = Feed([scaling] if scaling else [], known.side, lambda outputs: outputs)
    look = first_look(known.file, pixels(face_ids[:1]), feed, workspace.path / "cache" / "models")
    graph = known.file.path if known.file.form == "onnx" else look.graph
    if graph is None or scaling is None:
        return "only a network that ONNX Runtime computes gives one"
    run = _to_last_dense(graph)
    if run is None:
        return "it has no last dense layer"
    crops = workspace.digest("crops")
    before = _read(_place(workspace, known.name), crops)
    there = {} if before is None else dict(zip(before.face_ids, before.vectors, strict=True))
    missing = [face_id for face_id in face_ids if face_id not in there]

    def computed() -> Any:
        for at in range(0, len(missing), _BATCH):
            some = missing[at : at + _BATCH]
            vectors = run(prepare(pixels(some), look.shape, scaling)).reshape(len(some), -1)
            there.update(zip(some, vectors, strict=True))
            yield len(some)

    for _ in progress(computed(), text="embed", total=len(missing), unit="faces"):
        pass
    vectors = np.stack([there[face_id] for face_id in face_ids]).astype(np.float32)
    if vectors.shape[1] > _LARGEST:
        return f"its last dense layer weighs {vectors.shape[1]:,} numbers a face, more than {_LARGEST:,}"
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


def _to_last_dense(path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]] | None:
    """The graph up to what its last dense layer weighs; None where there is no such layer."""
    import onnx
    import onnxruntime

    model = onnx.load_from_string(path.read_bytes())
    graph = model.graph
    weights = {each.name for each in graph.initializer}
    makers = {name: node for node in graph.node for name in node.output}
    name = graph.output[0].name
    while (node := makers.get(name)) is not None:
        inputs = [each for each in node.input if each and each not in weights]
        if not inputs:
            return None
        name = inputs[0]
        if node.op_type in {"MatMul", "Gemm"}:
            break
    else:
        return None
    del graph.output[:]
    graph.output.append(onnx.ValueInfoProto(name=name))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    wanted = session.get_inputs()[0].name
    return lambda batch: np.asarray(session.run(None, {wanted: batch})[0], dtype=np.float32)
