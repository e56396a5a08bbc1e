"""Keras' backend: what only TensorFlow can do says so."""

from __future__ import annotations

import keras
import pytest

from schemas.errors import MissingPartError
from workspace.backend import load_tensorflow


def test_another_backend_is_named_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other backend is installed here: Keras is made to say that it computes with one."""
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(MissingPartError, match="Keras computes with jax here") as caught:
        load_tensorflow()
    assert "KERAS_BACKEND=tensorflow" in str(caught.value.fix)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="Keras computes with another backend")
def test_tensorflow_is_taken() -> None:
    """The twin of the test above."""
    load_tensorflow()
