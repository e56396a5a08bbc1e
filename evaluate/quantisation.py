"""A graph in 8-bit integers, for this run, and how far it is off."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evaluate.reading import Scaling, prepare
from workspace.graphs import Graph, Shape, onnx_graph
from workspace.quantisation import quantise

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
        quantise(graph, path, faces, shape.batch)
        fast = onnx_graph(path, shape.height)
    expected, found = exact.run(faces), fast.run(faces)
    same = (expected.argmax(1) == found.argmax(1)).mean()
    word = f"on {len(sample)} faces outputs differ by at most {np.abs(expected - found).max():.3f}"
    return fast, f"ONNX Runtime computes in int8; {word}, and {same:.1%} of the likeliest classes are the same"
