"""A graph in 8-bit integers, several times faster and a little different."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.graphs import Graph, onnx_graph
from evaluate.reading import Scaling, Shape, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH = 16


class _Faces:
    """The sample, batch by batch, as ONNX Runtime's calibration asks for it."""

    def __init__(self, name: str, faces: NDArray[np.float32], batch: int) -> None:
        self._batches = iter([{name: faces[at : at + batch]} for at in range(0, len(faces) - batch + 1, batch)])

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        return next(self._batches, None)


def int8_graph(graph: Path, shape: Shape, scaling: Scaling, sample: NDArray[np.uint8]) -> tuple[Graph, str]:
    """Quantises an ONNX graph: weights a scale for each channel, activations a scale from the sample's extremes.

    Args:
        graph: Its ONNX graph.
        shape: The pictures it takes.
        scaling: What grey levels go in as.
        sample: u8 `[n, 48, 48]`; the activations' ranges are taken from it.

    Returns:
        The graph, and a sentence that says how much it differs on the sample.
    """
    faces = prepare(sample, shape, scaling)
    exact = onnx_graph(graph, shape.height)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "int8.onnx"
        _quantise(graph, path, faces, shape.batch or min(_BATCH, len(faces)))
        fast = onnx_graph(path, shape.height)
    expected, found = exact.run(faces), fast.run(faces)
    same = (expected.argmax(1) == found.argmax(1)).mean()
    word = f"on {len(sample)} faces outputs differ by at most {np.abs(expected - found).max():.3f}"
    return fast, f"ONNX Runtime computes in int8; {word}, and {same:.1%} of the likeliest classes are the same"


def _quantise(graph: Path, path: Path, faces: NDArray[np.float32], batch: int) -> None:
    import logging

    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    prepared = path.with_name("prepared.onnx")
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # its advice to do what was just done
    try:
        quant_pre_process(graph, prepared, skip_symbolic_shape=True)
        reader: Any = _Faces(_input_name(graph), faces, batch)
        quantize_static(
            prepared,
            path,
            reader,
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
    finally:
        root.setLevel(level)


def _input_name(graph: Path) -> str:
    import onnx

    return str(onnx.load(graph, load_external_data=False).graph.input[0].name)
