"""What computes: the fastest way that gives what Keras gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.errors import UsageError
from workspace.engine import available_cores
from workspace.graphs import Graph, litert_graph, onnx_graph

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from evaluate.first_look import Look, ModelFile
    from evaluate.reading import Scaling
    from schemas.settings import PredictSettings

EXACT = 1e-5
"""Largest difference of a probability from Keras' that counts as none. Float32 sums in another order differ by 1e-7."""


def engine(
    file: ModelFile, look: Look, scaling: Scaling, sample: NDArray[np.uint8], settings: PredictSettings
) -> tuple[Graph, str]:
    """Opens a model for computing.

    ONNX Runtime computes what was converted without a difference, and Keras the rest. LiteRT computes its own files
    only: from the same network it takes a third longer (docs/models.md).

    Args:
        file: The model.
        look: What the first look at it found.
        scaling: In which faces go in.
        sample: u8 `[n, 48, 48]`; int8 takes its ranges from it.
        settings: `inference` and `arithmetic`.

    Returns:
        The graph, and a sentence that says what computes and how exactly.

    Raises:
        UsageError: What is asked for does not go with this file.
    """
    side = look.shape.height
    graph = _graph_file(file, look)
    if settings.inference == "keras" and file.form in {"onnx", "litert"}:
        raise UsageError(f"Keras cannot compute {file.path}", "leave --inference at auto")
    if settings.arithmetic == "int8":
        if graph is None or settings.inference == "keras":
            what = f"{file.path} cannot be computed in int8: {look.why_not or 'that takes ONNX Runtime'}"
            raise UsageError(what, "leave --arithmetic at float32, and --inference at auto")
        from evaluate.quantisation import int8_graph

        return int8_graph(graph, look.shape, scaling, sample)
    if graph is not None and file.form == "onnx":
        return onnx_graph(graph, side), "ONNX Runtime computes the graph as it is"
    if file.form == "litert":
        return litert_graph(file.path, side, available_cores()), "LiteRT computes the graph as it is"
    difference = look.differences[scaling.words]
    if graph is not None and settings.inference != "keras" and (difference <= EXACT or settings.inference != "auto"):
        word = f"probabilities differ from Keras' by at most {difference:.0e} on {look.faces} faces"
        return onnx_graph(graph, side), f"ONNX Runtime computes; {word}"
    return _keras(file, look, difference, settings)


def probing_graph(file: ModelFile, look: Look) -> Graph:
    """Opens a model for a probe, which compares accuracies: whatever computes fastest."""
    graph, side = _graph_file(file, look), look.shape.height
    if graph is not None:
        return onnx_graph(graph, side)
    if file.form == "litert":
        return litert_graph(file.path, side, available_cores())
    from evaluate.keras_model import keras_graph

    return keras_graph(file.path, side)


def _graph_file(file: ModelFile, look: Look) -> Path | None:
    return file.path if file.form == "onnx" else look.graph


def _keras(file: ModelFile, look: Look, difference: float, settings: PredictSettings) -> tuple[Graph, str]:
    from evaluate.keras_model import keras_graph

    if settings.inference == "keras":
        why = "as asked for"
    elif look.graph is None:
        why = f"the network could not be converted ({look.why_not})"
    else:
        why = f"the converted network's probabilities differ by {difference:.0e}"
    return keras_graph(file.path, look.shape.height), f"Keras computes: {why}"
