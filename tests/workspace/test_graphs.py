"""Graphs of ONNX Runtime, and what is refused of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from schemas.errors import InputError
from workspace.graphs import Shape, onnx_graph, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def softmax(values: list[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """By its definition."""
    powers = np.exp(values)
    return np.asarray(powers / powers.sum())


def test_it_computes(small_network: Callable[..., Path]) -> None:
    """A face of ones gives softmax(0 … 6), one of halves softmax(0, 0.5 … 3)."""
    graph = onnx_graph(small_network(), 48)
    assert graph.shape == Shape(48, 48, 1)
    batch = np.stack([np.ones((48, 48, 1)), np.full((48, 48, 1), 0.5)]).astype(np.float32)
    expected = [softmax([0, 1, 2, 3, 4, 5, 6]), softmax([0, 0.5, 1, 1.5, 2, 2.5, 3])]
    np.testing.assert_allclose(graph.run(batch), expected, rtol=1e-5)


def test_a_graph_of_one_face_at_once_takes_many(small_network: Callable[..., Path]) -> None:
    """As exports of single pictures have it."""
    graph = onnx_graph(small_network(shape=(1, 48, 48, 1)), 48)
    assert graph.shape.batch == 1
    assert graph.run(np.ones((5, 48, 48, 1), np.float32)).shape == (5, 7)


def test_a_graph_of_four_faces_at_once_takes_five(small_network: Callable[..., Path]) -> None:
    """The last batch is filled up, and what fills it is dropped."""
    graph = onnx_graph(small_network(shape=(4, 48, 48, 1)), 48)
    faces = np.arange(5, dtype=np.float32)[:, None, None, None] * np.ones((5, 48, 48, 1), np.float32)
    found = graph.run(faces)
    np.testing.assert_allclose(found[4], softmax([0, 4, 8, 12, 16, 20, 24]), rtol=1e-4, atol=1e-9)
    assert len(found) == 5


@pytest.mark.parametrize(
    ("axes", "expected"),
    [
        ([None, 48, 48, 1], Shape(48, 48, 1)),
        ([None, None, None, 3], Shape(64, 64, 3)),
        ([1, 3, 40, 50], Shape(40, 50, 3, channels_first=True, batch=1)),
    ],
)
def test_shapes(axes: list[int | None], expected: Shape) -> None:
    """Channels are found last or first, and open sides take the size that is given."""
    from pathlib import Path

    assert shape_of(Path("a.onnx"), axes, 64) == expected


@pytest.mark.parametrize(
    ("shape", "what"),
    [
        (("n", 48, 48, 2), "takes pictures of 2 channels"),
        (("n", 48, 48, 4), "takes pictures of 4 channels"),
        (("n", 2304), "takes arrays of 2 axes, not pictures"),
        (("n", 9000, 48, 1), "takes pictures of 9000 × 48 pixels"),
    ],
)
def test_what_takes_no_faces(small_network: Callable[..., Path], shape: tuple[str | int, ...], what: str) -> None:
    """Wrong numbers of channels and axes are named."""
    with pytest.raises(InputError) as raised:
        onnx_graph(small_network(shape=shape), 48)
    assert what in raised.value.what


def test_what_onnx_runtime_refuses(tmp_path: Path) -> None:
    """Its complaint stands in the error, in one line."""
    (tmp_path / "a.onnx").write_bytes(b"\x08\x08garbage")
    with pytest.raises(InputError, match="ONNX Runtime cannot open") as raised:
        onnx_graph(tmp_path / "a.onnx", 48)
    assert "\n" not in raised.value.what
