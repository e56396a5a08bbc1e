"""Test-time augmentation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.model import open_model
from schemas.emotion import NAMES
from schemas.settings import PredictSettings, make

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def left_sided(tmp_path: Path) -> Path:
    """A network whose logits are m · (0 … 6), m being the mean of the left half: mirroring changes what it says."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.zeros((48, 48, 7), np.float32)
    weights[:, :24] = np.arange(7) / (48 * 24)
    tensors = [
        numpy_helper.from_array(weights.reshape(-1, 7), "w"),
        numpy_helper.from_array(np.array([-1, 48 * 48], np.int64), "flat"),
    ]
    nodes = [
        helper.make_node("Reshape", ["x", "flat"], ["row"]),
        helper.make_node("MatMul", ["row", "w"], ["z"]),
        helper.make_node("Softmax", ["z"], ["y"]),
    ]
    takes = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 48, 48, 1])
    gives = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 7])
    graph = helper.make_graph(nodes, "left", [takes], [gives], tensors)
    path = tmp_path / "left.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    card = {
        "format": 1,
        "classes": list(NAMES),
        "input": {"height": 48, "width": 48, "channels": 1, "low": 0, "high": 1},
    }
    (tmp_path / "left.card.json").write_text(json.dumps(card))
    return path


def softmax(mean: float) -> np.ndarray:
    """What the network says of a left half of that mean."""
    powers = np.exp(mean * np.arange(7))
    return powers / powers.sum()


def test_mirror_is_the_mean_of_both(left_sided: Path) -> None:
    """Left half white, right half black: the mean of softmax(0 … 6) and of 1/7, computed by hand."""
    faces = np.zeros((1, 48, 48), np.uint8)
    faces[:, :, :24] = 255
    model = open_model(str(left_sided), faces, make(PredictSettings, {"test_time": "mirror"}))
    np.testing.assert_allclose(model.predict(faces)[0], (softmax(1) + np.full(7, 1 / 7)) / 2, rtol=1e-5)
    assert any("mean of 2 views" in text and "2 times the computing" in text for text in model.notes)


def test_one_view_is_the_face(left_sided: Path) -> None:
    """Without test-time augmentation nothing is averaged, and nothing is said of it."""
    faces = np.full((1, 48, 48), 51, np.uint8)
    model = open_model(str(left_sided), faces, PredictSettings())
    np.testing.assert_allclose(model.predict(faces)[0], softmax(0.2), rtol=1e-5)
    assert not any("views" in text for text in model.notes)
