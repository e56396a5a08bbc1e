"""Graphs that compute without Keras: ONNX Runtime and LiteRT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.errors import InputError, MissingPartError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Shape:
    """The pictures that a graph takes.

    Attributes:
        height: In pixels.
        width: In pixels.
        channels: 1 or 3.
        channels_first: Whether the channels stand before height and width.
        batch: Pictures that go in at once; 0 where any number may.
    """

    height: int
    width: int
    channels: int
    channels_first: bool = False
    batch: int = 0


@dataclass(frozen=True)
class Graph:
    """A graph that is ready to compute.

    Attributes:
        engine: What computes: `onnxruntime`, `litert` or `keras`.
        shape: The pictures it takes.
        parallel: Whether `run` computes in the thread that calls it, and may be called by several at once.
        run: From float32 `[n, height, width, channels]` (or channels first), n any number, to float32 `[n, K]`.
        model: The Keras model, where that is what computes.
    """

    engine: str
    shape: Shape
    run: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    parallel: bool = False
    model: Any = None


def onnx_graph(path: Path, side: int) -> Graph:
    """Opens an ONNX file with ONNX Runtime.

    Args:
        path: The file; a stranger's has been checked before.
        side: Side of the pictures where the graph takes any.

    Raises:
        InputError: ONNX Runtime refuses it, or it does not take pictures and give a row for each.
    """
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as refusals

    errors = tuple(
        getattr(refusals, name)
        for name in ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NotImplemented", "RuntimeException")
    )
    options = onnxruntime.SessionOptions()
    # A thread a batch takes a fifth less processor time than two threads in one batch, which wait for each other; and
    # sums do not depend on the number of cores.
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        # From bytes: a graph that spoke of other files would not find them.
        session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except errors as error:
        raise InputError(f"ONNX Runtime cannot open {path}: {_first(error)}", "export it anew") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    check_ends(path, len(inputs), len(outputs))
    if inputs[0].type != "tensor(float)":
        raise InputError(f"{path} takes {inputs[0].type}, not float32", "export it with a float32 input")
    shape = shape_of(path, [axis if isinstance(axis, int) and axis > 0 else None for axis in inputs[0].shape], side)
    name = inputs[0].name

    def run(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            return np.asarray(session.run(None, {name: batch})[0], dtype=np.float32)
        except errors as error:
            raise InputError(f"{path} cannot compute a batch: {_first(error)}", "export it anew") from error

    return Graph("onnxruntime", shape, in_batches(run, shape.batch, path), parallel=True)


def litert_graph(path: Path, side: int, threads: int) -> Graph:
    """Opens a LiteRT file (.tflite); bytes in and out are brought to numbers by its own scales.

    Args:
        path: The file.
        side: Side of the pictures where the graph takes any.
        threads: That compute.

    Raises:
        InputError: LiteRT refuses it (it may ask for operators of TensorFlow, which are not loaded), or it does not
            take pictures and give a row for each.
        MissingPartError: The package `ai-edge-litert` is not there.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise MissingPartError("LiteRT files need the package ai-edge-litert", "pip install 'mien[train]'") from error
    try:
        interpreter = Interpreter(model_content=path.read_bytes(), num_threads=threads)
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        check_ends(path, len(inputs), len(outputs))
        given = inputs[0].get("shape_signature", inputs[0]["shape"])
        axes = [int(axis) if axis > 0 else None for axis in given]
        shape = shape_of(path, [None, *axes[1:]] if axes else axes, side)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        what = f"LiteRT cannot open {path}: {_first(error)}"
        raise InputError(what, "export it anew with LiteRT's own operators only") from error
    at, to, size = inputs[0]["index"], outputs[0]["index"], -1

    def run(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        nonlocal size
        if size != len(batch):
            interpreter.resize_tensor_input(at, batch.shape)
            interpreter.allocate_tensors()
            size = len(batch)
        interpreter.set_tensor(at, _quantised(batch, inputs[0]))
        interpreter.invoke()
        return _numbers(interpreter.get_tensor(to), outputs[0])

    return Graph("litert", shape, in_batches(run, 0, path))


def check_ends(path: Path, inputs: int, outputs: int) -> None:
    """Refuses a network of several inputs or outputs."""
    if inputs != 1 or outputs != 1:
        what = f"{path} has {inputs} inputs and {outputs} outputs"
        raise InputError(what, "mien takes networks of one picture in and one row of probabilities out")


def shape_of(path: Path, axes: list[int | None], side: int) -> Shape:
    """The pictures that a graph takes, by the axes of its input; None: any.

    Raises:
        InputError: They are no pictures, or of a number of channels that is neither 1 nor 3.
    """
    if len(axes) != 4:
        what = f"{path} takes {f'arrays of {len(axes)} axes' if axes else 'single numbers'}, not pictures"
        raise InputError(what, "mien takes networks whose input is [batch, height, width, channels]")
    batch, first, middle, last = axes
    if last in {1, 3}:
        height, width, channels, channels_first = first, middle, last, False
    elif first in {1, 3}:
        height, width, channels, channels_first = middle, last, first, True
    else:
        found = next((axis for axis in (last, first) if axis is not None), "any number of")
        raise InputError(f"{path} takes pictures of {found} channels", "faces are grey or RGB: 1 or 3 channels")
    if (height or side) > 4096 or (width or side) > 4096:
        raise InputError(f"{path} takes pictures of {height} × {width} pixels", "at most 4,096 a side are allowed")
    return Shape(height or side, width or side, channels, channels_first, batch or 0)


def in_batches(run: Any, fixed: int, path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Lets a graph of a fixed batch take any number of pictures, and checks what comes out."""

    def any_number(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        if not fixed or len(batch) == fixed:
            found = run(batch)
        else:
            padded = np.concatenate([batch, np.zeros((-len(batch) % fixed, *batch.shape[1:]), np.float32)])
            found = np.concatenate([run(padded[at : at + fixed]) for at in range(0, len(padded), fixed)])[: len(batch)]
        if found.ndim != 2 or len(found) != len(batch):
            what = f"{path} gives an array of shape {found.shape} for {len(batch)} pictures"
            raise InputError(what, "mien takes networks that give one row of probabilities for each picture")
        return np.asarray(found, dtype=np.float32)

    return any_number


def _quantised(batch: NDArray[np.float32], tensor: dict[str, Any]) -> NDArray[Any]:
    scale, zero = tensor["quantization"]
    if tensor["dtype"] == np.float32:
        return batch
    limits = np.iinfo(tensor["dtype"])
    levels: NDArray[Any] = np.clip(np.rint(batch / (scale or 1) + zero), limits.min, limits.max)
    return levels.astype(tensor["dtype"])


def _numbers(values: NDArray[Any], tensor: dict[str, Any]) -> NDArray[np.float32]:
    scale, zero = tensor["quantization"]
    if tensor["dtype"] == np.float32:
        return values.astype(np.float32)
    numbers: NDArray[np.float32] = (values.astype(np.float32) - zero) * np.float32(scale or 1)
    return numbers


def _first(error: Exception) -> str:
    """The first line of a library's complaint, without end."""
    return str(error).strip().split("\n")[0][:300]
