"""Hostile and damaged ONNX files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from schemas.errors import InputError
from workspace.untrusted.graph import check_onnx

if TYPE_CHECKING:
    from pathlib import Path


def saved(path: Path, *nodes: Any, weights: Any = ()) -> Path:
    """An ONNX file of some nodes."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 7]) for name in ("x", "y")]
    graph = helper.make_graph(list(nodes), "g", ends[:1], ends[1:], list(weights))
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


def outside(name: str) -> TensorProto:
    """A tensor whose numbers are said to lie in another file."""
    tensor = numpy_helper.from_array(np.zeros((7, 7), np.float32), name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../etc/passwd")
    return tensor


def test_a_whole_file_passes(tmp_path: Path) -> None:
    """Standard operators with their weights inside are let through."""
    weight = numpy_helper.from_array(np.eye(7, dtype=np.float32), "w")
    check_onnx(saved(tmp_path / "a.onnx", helper.make_node("MatMul", ["x", "w"], ["y"]), weights=[weight]))


def test_weights_in_another_file(tmp_path: Path) -> None:
    """A path in the file could name any file of the machine."""
    path = saved(tmp_path / "a.onnx", helper.make_node("MatMul", ["x", "w"], ["y"]), weights=[outside("w")])
    with pytest.raises(InputError, match="has its weights in another file"):
        check_onnx(path)


def test_weights_in_another_file_deep_inside(tmp_path: Path) -> None:
    """They are found in a constant of a branch of an If too."""
    constant = helper.make_node("Constant", [], ["z"], value=outside("z"))
    result = helper.make_tensor_value_info("z", TensorProto.FLOAT, [7, 7])
    branch = helper.make_graph([constant], "b", [], [result])
    path = saved(tmp_path / "a.onnx", helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch))
    with pytest.raises(InputError, match="has its weights in another file"):
        check_onnx(path)


@pytest.mark.parametrize(("operator", "domain"), [("Evil", "com.evil"), ("EPContext", "com.microsoft")])
def test_operators_that_are_programs(tmp_path: Path, operator: str, domain: str) -> None:
    """A foreign operator would have to be loaded as a library, and an EPContext is one."""
    path = saved(tmp_path / "a.onnx", helper.make_node(operator, ["x"], ["y"], domain=domain))
    with pytest.raises(InputError, match=f"asks for the operator '{domain}.{operator}'"):
        check_onnx(path)


@pytest.mark.parametrize("data", [b"\x08\x08garbage", b"\x00" * 100, b""])
def test_what_is_no_graph(tmp_path: Path, data: bytes) -> None:
    """Bytes that are no ONNX graph are called so."""
    (tmp_path / "a.onnx").write_bytes(data)
    with pytest.raises(InputError, match=r"ONNX graph|holds no graph"):
        check_onnx(tmp_path / "a.onnx")


def test_truncated(tmp_path: Path) -> None:
    """A download that was cut off is not opened."""
    weight = numpy_helper.from_array(np.zeros((7, 7), np.float32), "w")
    path = saved(tmp_path / "a.onnx", helper.make_node("MatMul", ["x", "w"], ["y"]), weights=[weight])
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(InputError, match="not a whole one"):
        check_onnx(path)


def test_the_checker_takes_what_onnx_takes() -> None:
    """The twin of the tests above: their graph is valid in the eyes of ONNX' own checker."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 7]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", ends[:1], ends[1:])
    onnx.checker.check_model(helper.make_model(graph))
