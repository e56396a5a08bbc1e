"""An ONNX graph must be whole in its one file, and of standard operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.errors import InputError, MissingPartError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
"""Whose operators ONNX Runtime has itself; those of others it would have to load as programs."""


def check_onnx(path: Path) -> None:
    """Checks an ONNX file without building its graph.

    Args:
        path: The file.

    Raises:
        InputError: It is no ONNX graph, is truncated, has weights in another file, or an operator of a foreign domain.
        MissingPartError: The package `onnx` is not there.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise MissingPartError("ONNX files need the package onnx", "pip install 'mien[train]'") from error
    model = onnx.ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except DecodeError as error:
        raise InputError(f"{path} is no ONNX graph, or not a whole one", "fetch it again") from error
    if not model.graph.node or not model.graph.output:
        raise InputError(f"{path} holds no graph", "fetch it again; it is no ONNX file, or not a whole one")
    graphs = [model.graph, *model.functions]
    while graphs:
        graph = graphs.pop()
        tensors = [*getattr(graph, "initializer", ())]
        for sparse in getattr(graph, "sparse_initializer", ()):
            tensors += [sparse.values, sparse.indices]
        for node in graph.node:
            _check_operator(node, path)
            for attribute in node.attribute:
                graphs += [attribute.g, *attribute.graphs] if attribute.HasField("g") or attribute.graphs else []
                tensors += _tensors(attribute)
        for tensor in tensors:
            if tensor.external_data or tensor.data_location == onnx.TensorProto.EXTERNAL:
                what = f"{path} has its weights in another file"
                raise InputError(what, "save it with all weights inside: `onnx.save(model, path)` after `onnx.load`")


def _tensors(attribute: Any) -> Iterator[Any]:
    yield from (attribute.t, *attribute.tensors)
    for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
        yield from (sparse.values, sparse.indices)


def _check_operator(node: Any, path: Path) -> None:
    if node.domain not in DOMAINS or node.op_type == "EPContext":  # EPContext names a compiled program to load
        what = f"{path} asks for the operator {f'{node.domain}.{node.op_type}'[:120]!r}, which is no standard one"
        raise InputError(what, "have it exported with standard ONNX operators only")
