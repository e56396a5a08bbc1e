"""What a network makes of a face before it decides: the numbers that its last dense layer weighs.

In mien's own networks that is the layer `embedding`. They are taken from the graph that ONNX Runtime computes, the
one that was checked and converted before its first use: neither Keras nor TensorFlow is loaded, and no weights are
fetched from anywhere.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evaluate.first_look import Feed, first_look
from evaluate.given import given
from evaluate.reading import prepare
from workspace.engine import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.settings import PredictSettings

LARGEST = 4096
"""Most numbers a face: a network without pooling has more, and they tell of places rather than of faces."""
_BATCH = 64


@dataclass(frozen=True)
class Embedder:
    """What gives the embedding of faces.

    Attributes:
        run: From u8 `[N, 48, 48]` to float32 `[N, D]`; None where the network gives none.
        why_not: Why it gives none, half a sentence; else empty.
    """

    run: Callable[[NDArray[np.uint8]], NDArray[np.float32]] | None
    why_not: str = ""


def embedder(source: str, sample: NDArray[np.uint8], settings: PredictSettings, cache: Path) -> Embedder:
    """Opens a network up to what its last dense layer weighs.

    Args:
        source: The network, as in `evaluate.model.open_model`, which has opened it with the same cache.
        sample: u8 `[n, 48, 48]`, n at least 1: faces it will be used on.
        settings: As there.
        cache: Folder of converted files.
    """
    known = given(source, settings)
    scaling = known.scaling
    feed = Feed([scaling] if scaling else [], known.side, lambda outputs: outputs)
    look = first_look(known.file, sample, feed, cache)
    graph = known.file.path if known.file.form == "onnx" else look.graph
    if graph is None or scaling is None:
        return Embedder(None, "only a network that ONNX Runtime computes gives one")
    last = _to_last_dense(graph)
    if last is None:
        return Embedder(None, "it has no last dense layer")
    weighed = last(prepare(sample[:1], look.shape, scaling)).size
    if weighed > LARGEST:
        return Embedder(None, f"its last dense layer weighs {weighed:,} numbers a face, more than {LARGEST:,}")

    def run(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        def compute(at: int) -> NDArray[np.float32]:
            part = pixels[at : at + _BATCH]
            return last(prepare(part, look.shape, scaling)).reshape(len(part), weighed)

        with ThreadPoolExecutor(available_cores()) as threads:
            parts = list(threads.map(compute, range(0, len(pixels), _BATCH)))
        return np.concatenate(parts) if parts else np.zeros((0, weighed), np.float32)

    return Embedder(run)


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
