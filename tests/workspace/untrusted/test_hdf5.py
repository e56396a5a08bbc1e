"""HDF5 files that speak of more than their own numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from schemas.errors import InputError
from workspace.untrusted.hdf5 import check_h5_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST = 2**24


@pytest.fixture
def model(tmp_path: Path, config: dict[str, Any]) -> Callable[..., Path]:
    """Writes a legacy model file; a function may add to it."""

    def make(add: Callable[[Any], Any] = lambda file: None) -> Path:
        path = tmp_path / "cnn.h5"
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(config)
            file["model_weights/dense/kernel:0"] = np.zeros((9, 7), np.float32)
            add(file)
        return path

    return make


def external(file: Any) -> None:
    """The numbers lie in another file, byte for byte: /etc/passwd would become weights."""
    file.create_dataset("x", shape=(8,), dtype="u1", external=[("/etc/passwd", 0, 8)])


def virtual(file: Any) -> None:
    """The numbers are put together from another HDF5 file."""
    layout = h5py.VirtualLayout((8,), dtype="u1")
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "x", (8,))  # noqa: S108 - never opened
    file.create_virtual_dataset("x", layout)


def endless(file: Any) -> None:
    """A group that holds itself."""
    group = file.create_group("x")
    group["again"] = group


def test_a_whole_file_passes(model: Callable[..., Path]) -> None:
    """What Keras 2 wrote is let through, packed or not."""
    check_h5_model(model(lambda file: file.create_dataset("x", data=np.zeros(9), compression="gzip")), MOST)


@pytest.mark.parametrize(
    ("add", "what"),
    [
        (lambda file: file.__setitem__("x", h5py.ExternalLink("/etc/other.h5", "/x")), "a link to another file at 'x'"),
        (lambda file: file.__setitem__("x", h5py.SoftLink("/model_weights")), "a link to another place at 'x'"),
        (external, "has the numbers of '/x' in another file"),
        (virtual, "has the numbers of '/x' in another file"),
        (endless, "holds 'again' in two places"),
        (lambda file: file.create_dataset("x", (2**40,), "f4", chunks=(64,)), "declares arrays of more than 16 MiB"),
        (lambda file: file.create_dataset("x", data=["a"], dtype=h5py.string_dtype()), "no array of numbers at '/x'"),
        (lambda file: file.create_dataset("x", data=np.zeros(9), compression="lzf"), "packed in an unknown way"),
    ],
)
def test_hostile_files(model: Callable[..., Path], add: Callable[[Any], Any], what: str) -> None:
    """References to other files, memory bombs, cycles and foreign filters are refused before an array is read."""
    with pytest.raises(InputError) as raised:
        check_h5_model(model(add), MOST)
    assert what in raised.value.what


def test_truncated(model: Callable[..., Path]) -> None:
    """A download that was cut off is called truncated."""
    path = model()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="truncated") as raised:
        check_h5_model(path, MOST)
    assert raised.value.fix.startswith("fetch it again")


def test_weights_without_a_network(tmp_path: Path) -> None:
    """`save_weights` does not save the model, and the error says how to."""
    with h5py.File(tmp_path / "cnn.h5", "w") as file:
        file["kernel"] = np.zeros(3)
    with pytest.raises(InputError, match="weights without the network") as raised:
        check_h5_model(tmp_path / "cnn.h5", MOST)
    assert "model.save('cnn.keras')" in raised.value.fix


def test_a_lambda_of_keras_2(model: Callable[..., Path], config: dict[str, Any]) -> None:
    """Keras 2 wrote Lambda layers without a module; they are refused all the same."""
    config["config"]["layers"][1] = {"class_name": "Lambda", "config": {"function": ["4wEAAAA=", None, None]}}
    with pytest.raises(InputError, match="Lambda layer: program code"):
        check_h5_model(model(), MOST)
