"""Opens a file that has been checked with Keras, and converts it to ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.errors import InputError, MissingPartError
from workspace.graphs import Graph, check_ends, in_batches, shape_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LEAST = (3, 15)
"""Before Keras 3.15, files could run code in spite of `safe_mode` (CVE-2026-1462 and others)."""


def keras_graph(path: Path, side: int) -> Graph:
    """Opens a .keras or .h5 file with Keras.

    Args:
        path: The file, checked by `workspace.untrusted`.
        side: Side of the pictures where the network takes any.

    Raises:
        InputError: It does not take pictures and give a row for each.
        MissingPartError: Keras is not there, or too old to open strangers' files.
    """
    try:
        import keras
    except ImportError as error:
        raise MissingPartError("Keras files need Keras and TensorFlow", "pip install 'mien[train]'") from error
    if tuple(int(part) for part in keras.__version__.split(".")[:2]) < LEAST:
        what = f"Keras {keras.__version__} may run code of a model file"
        raise MissingPartError(what, "pip install --upgrade 'keras>=3.15'")
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    if not model.built or not getattr(model, "inputs", None):
        raise InputError(f"{path} does not say what its input is", "call the model once before it is saved")
    check_ends(path, len(model.inputs), len(model.outputs))
    shape = shape_of(path, [None, *model.inputs[0].shape[1:]], side)

    def run(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        parts = [batch[at : at + 32] for at in range(0, len(batch), 32)]
        return np.concatenate([np.asarray(model(part, training=False), dtype=np.float32) for part in parts])

    return Graph("keras", shape, in_batches(run, 0, path), model=model)


def export_onnx(model: Any, path: Path) -> None:
    """Writes the forward pass of a Keras model as ONNX, through tf2onnx. Raises whatever that raises."""
    model.export(str(path), format="onnx", verbose=False)
