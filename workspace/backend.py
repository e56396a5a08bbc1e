"""Keras, loaded without its backend's remarks."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
from typing import TYPE_CHECKING

from schemas.errors import MissingPartError

if TYPE_CHECKING:
    from collections.abc import Iterator


def load_keras() -> None:
    """Imports Keras and its backend, so that later imports find them.

    TensorFlow tells on stderr which hardware it has not found, partly before it can be told to keep still; with each
    command that would be ten lines before the first word of ours.

    Raises:
        MissingPartError: Keras is not installed.
    """
    if importlib.util.find_spec("keras") is None:
        raise MissingPartError(
            "this needs Keras, which is not installed",
            "install it: `uv sync --extra train` or `pip install 'mien[train]'`",
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with stderr_closed():
        importlib.import_module("keras")


def load_tensorflow() -> None:
    """Imports Keras, which must compute with TensorFlow.

    Raises:
        MissingPartError: Keras is not installed, or computes with another backend.
    """
    load_keras()
    keras = importlib.import_module("keras")
    if keras.backend.backend() != "tensorflow":
        what = f"Keras computes with {keras.backend.backend()} here"
        raise MissingPartError(what, "set KERAS_BACKEND=tensorflow for this command")


@contextlib.contextmanager
def stderr_closed() -> Iterator[None]:
    """Nothing written to the process's stderr meanwhile is seen; an exception still is, it comes later."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
