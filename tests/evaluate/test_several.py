"""Several networks, each with its own input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.several import several, with_settings
from schemas.emotion import NAMES
from schemas.errors import InputError, UsageError
from schemas.settings import PredictSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORDER = ",".join(NAMES)
UNIT = f"input_scaling=unit,label_order={ORDER}"


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """A white face for each class of the test split."""
    rows = ["emotion,pixels,Usage", *(f"{label},{' '.join(['255'] * 2304)},PrivateTest" for label in range(7))]
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def test_each_network_has_its_own_settings(faces: Path, small_network: Callable[..., Path]) -> None:
    """The same file with other inputs and another order: softmax(0 … 6) of white as 1, of white as -1 … backwards."""
    path = small_network()
    backwards = ",".join(reversed(NAMES))
    sources = [f"{path},{UNIT}", f"{path},input-scaling=symmetric,label-order={backwards}"]
    asked = several("compare", sources, faces, "auto", PredictSettings())
    first, second = (one.model.predict(np.full((1, 48, 48), 255, np.uint8))[0] for one in asked.networks)
    np.testing.assert_allclose(first, np.exp(np.arange(7)) / np.exp(np.arange(7)).sum(), rtol=1e-5)
    np.testing.assert_allclose(second, first[::-1], rtol=1e-5)
    assert [one.name for one in asked.networks] == [
        f"small ({UNIT})",
        f"small (input-scaling=symmetric,label-order={backwards})",
    ]
    assert asked.networks[0].size == path.stat().st_size


def test_command_can_be_repeated_and_has_no_path(faces: Path, small_network: Callable[..., Path]) -> None:
    """It names files, not the folders of this machine."""
    source = f"{small_network()},{UNIT}"
    asked = several("compare", [source, source], faces, "auto", PredictSettings())
    command = asked.protocol["command"]
    assert (
        command
        == f"evaluate compare --model small.onnx,{UNIT} --model small.onnx,{UNIT} --data fer2013.csv --split test"
    )
    assert str(faces.parent) not in str(asked.protocol)


def test_settings_of_all_hold_where_none_are_named(small_network: Callable[..., Path]) -> None:
    """What stands behind a name goes before the flag."""
    flags = PredictSettings(test_time="mirror", input_scaling="bytes")
    path = str(small_network())
    assert with_settings(path, flags) == (path, flags)
    assert with_settings("x.onnx,input_scaling=unit", flags)[1] == PredictSettings(
        test_time="mirror", input_scaling="unit"
    )


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("cnn.h5,scaling=unit", "there is no"),
        ("cnn.h5,input_scaling=percent", "cannot be 'percent'"),
        ("cnn.h5,input_size=big", "must be a whole number"),
    ],
)
def test_settings_that_are_none(source: str, complaint: str) -> None:
    """Each is an error that says what there is."""
    with pytest.raises(UsageError, match=complaint) as raised:
        with_settings(source, PredictSettings())
    assert raised.value.fix


def test_network_that_says_nothing_of_its_input(faces: Path, small_network: Callable[..., Path]) -> None:
    """Without card and settings it is not guessed."""
    with pytest.raises((UsageError, InputError)):
        several("compare", [str(small_network())], faces, "auto", PredictSettings())
