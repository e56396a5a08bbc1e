"""Model files made by hand, so that every fault in them is ours."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def config() -> dict[str, Any]:
    """A network's description as Keras 3.15 writes it: a rescaling and a dense layer."""
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
    zeros = {"module": "keras.initializers", "class_name": "Zeros", "config": {}, "registered_name": None}
    layers = [
        ("InputLayer", {"batch_shape": [None, 48, 48, 1], "dtype": "float32"}),
        ("Rescaling", {"scale": 0.5, "offset": -1, "dtype": policy}),
        ("Dense", {"units": 7, "activation": "softmax", "bias_initializer": zeros, "kernel_regularizer": None}),
    ]
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {
            "name": "sequential",
            "layers": [
                {"module": "keras.layers", "class_name": name, "config": values, "registered_name": None}
                for name, values in layers
            ],
        },
        "registered_name": None,
    }


@pytest.fixture
def weights() -> bytes:
    """An HDF5 file of one small array."""
    file = io.BytesIO()
    with h5py.File(file, "w") as opened:
        opened.create_group("layers/dense/vars")["0"] = np.zeros((2304, 7), np.float32)
    return file.getvalue()


@pytest.fixture
def archive(tmp_path: Path, config: dict[str, Any], weights: bytes) -> Callable[..., Path]:
    """Writes a .keras file; members given by name replace or join the right ones, None leaves one out."""

    def make(*, packing: int = zipfile.ZIP_STORED, **members: bytes | None) -> Path:
        content = {"metadata.json": b"{}", "config.json": json.dumps(config).encode(), "model.weights.h5": weights}
        content |= members
        path = tmp_path / "cnn.keras"
        with zipfile.ZipFile(path, "w", packing) as opened:
            for name, data in content.items():
                if data is not None:
                    opened.writestr(name, data)
        return path

    return make
