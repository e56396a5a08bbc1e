"""Networks that tests make themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def small_network(tmp_path: Path) -> Callable[..., Path]:
    """Writes an ONNX network that sees the mean m of a face only: its probabilities are softmax(m · weights)."""

    def make(
        name: str = "small.onnx",
        weights: tuple[float, ...] = (0, 1, 2, 3, 4, 5, 6),
        shape: tuple[str | int, ...] = ("n", 48, 48, 1),
        *,
        softmax: bool = True,
    ) -> Path:
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        matrix = numpy_helper.from_array(np.array([weights], np.float32), "w")
        axes = numpy_helper.from_array(np.array([1, 2, 3][: len(shape) - 1], np.int64), "axes")
        one = numpy_helper.from_array(np.array([-1, 1], np.int64), "one")
        nodes = [
            helper.make_node("ReduceMean", ["x", "axes"], ["mean"]),
            helper.make_node("Reshape", ["mean", "one"], ["column"]),
            helper.make_node("MatMul", ["column", "w"], ["logits" if softmax else "y"]),
            *([helper.make_node("Softmax", ["logits"], ["y"], axis=-1)] if softmax else []),
        ]
        graph = helper.make_graph(
            nodes,
            "small",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [shape[0], len(weights)])],
            [matrix, axes, one],
        )
        path = tmp_path / name
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        onnx.save(model, path)
        return path

    return make
