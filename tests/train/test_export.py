"""Exports: what leaves for where there is no Keras."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from evaluate.model import open_model
from schemas import card as cards
from schemas.errors import InputError
from schemas.settings import FitSettings, PredictSettings
from train.export import Wanted, export, text
from train.order import Order
from train.run import run

SHIPPED = Path(__file__).parents[2] / "train" / "pretrained" / "vgg-compact"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network that ships, where exports may be written beside it."""
    folder = tmp_path_factory.mktemp("shipped")
    for suffix in (".keras", ".card.json"):
        shutil.copy(SHIPPED.with_suffix(suffix), folder)
    return folder / "vgg-compact.keras"


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """256 real faces of FER-2013 to calibrate on, 256 to measure on."""
    with np.load(shared_data / "fer2013_train_public.npz") as file:
        rows = {name: np.concatenate([file[name][:256], file[name][-256:]]) for name in file.files}
    path = tmp_path_factory.mktemp("real") / "fer.npz"
    np.savez(path, **rows)
    return path


@pytest.mark.parametrize("form", ["onnx", "litert"])
def test_floats_equal_keras(form: str, shipped: Path, real: Path) -> None:
    """On real pictures to 1e-4, and in each answer."""
    result = export(Wanted(shipped, [real], form, int8=False))
    assert result["n"] == 256
    assert result["largest_difference"] < 1e-4
    assert result["agreement"] == 1
    assert result["accuracy"] == result["keras_accuracy"]


@pytest.mark.parametrize("form", ["onnx", "litert"])
def test_int8_is_small_and_near(form: str, shipped: Path, real: Path) -> None:
    """A quarter of the size, nearly all answers the same; the card is of this file and says what was done."""
    result = export(Wanted(shipped, [real], form, int8=True))
    assert result["bytes"] < 0.3 * result["keras_bytes"]
    assert 0.95 <= result["agreement"] <= 1
    assert result["largest_difference"] > 1e-4  # it is not the float graph under another name
    place = Path(result["written"]).with_suffix(".card.json")
    card = cards.read(place.read_bytes(), "")
    assert card.metrics[0].accuracy == pytest.approx(result["accuracy"])
    assert "ranges from" in card.protocol.note
    assert "points lost" in text(result)


@pytest.mark.parametrize("name", ["vgg-compact.int8.onnx", "vgg-compact.litert-int8.tflite"])
def test_evaluate_opens_it(name: str, shipped: Path, real: Path, tmp_path: Path) -> None:
    """With nothing but the card, and gives the accuracy that the card has."""
    path = shipped.with_name(name)
    if not path.exists():
        export(Wanted(shipped, [real], "onnx" if path.suffix == ".onnx" else "litert", int8=True))
    with np.load(real) as file:
        faces, labels = file["images"][256:], file["labels"][256:]
    said = open_model(str(path), faces[:8], PredictSettings(), tmp_path).predict(faces)
    card = cards.read(path.with_suffix(".card.json").read_bytes(), "")
    assert (said.argmax(1) == labels).mean() == pytest.approx(card.metrics[0].accuracy)


def test_ends_of_int8_stay_exact(shipped: Path, real: Path) -> None:
    """Convolutions compute between 8-bit numbers; the softmax gives floats whose sum is 1."""
    path = shipped.with_name("vgg-compact.int8.onnx")
    if not path.exists():
        export(Wanted(shipped, [real], "onnx", int8=True))
    nodes = list(onnx.load(path).graph.node)
    made_by = {output: node.op_type for node in nodes for output in node.output}
    weights = {made_by[node.input[1]] for node in nodes if node.op_type == "Conv"}
    assert weights == {"DequantizeLinear"}
    assert {made_by.get(node.input[0]) for node in nodes if node.op_type == "Softmax"} <= {"Gemm", "Add", "MatMul"}


def test_networks_of_fixed_size(striped: Path, tmp_path: Path) -> None:
    """LeNet-5 too, whose dense layers are most of it."""
    out = tmp_path / "cnn.keras"
    run(Order([striped], out, "lenet5"), FitSettings(epochs=1, batch=16, crop=48))
    found: dict[str, Any] = export(Wanted(out, [striped], "onnx", int8=True))
    assert found["agreement"] > 0.8
    assert found["bytes"] < 0.4 * found["keras_bytes"]


def test_no_card(striped: Path, tmp_path: Path) -> None:
    """What the file is cannot be known without it."""
    shutil.copy(SHIPPED.with_suffix(".keras"), tmp_path / "cnn.keras")
    with pytest.raises(InputError, match=r"cnn\.card\.json") as caught:
        export(Wanted(tmp_path / "cnn.keras", [striped], "onnx", int8=False))
    assert "card beside it" in caught.value.fix
