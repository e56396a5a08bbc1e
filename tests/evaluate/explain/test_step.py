"""An explanation from end to end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from evaluate.explain.step import Order, explain
from evaluate.explain.write import RESULTS, write
from evaluate.folder import check_folder
from evaluate.said import said
from schemas.card import Input, ModelCard, Source, to_json
from schemas.emotion import NAMES
from schemas.errors import InputError, UsageError
from schemas.settings import ExplainSettings, PredictSettings
from workspace.backend import load_keras
from workspace.faceset import read

if TYPE_CHECKING:
    from collections.abc import Callable

SAID = PredictSettings(input_scaling="bytes", label_order=",".join(NAMES))
FEW = ExplainSettings(explained_errors=3, occlusion_side=24, nearest_faces=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten training faces and ten others, the last of which is the first training face."""
    path = tmp_path_factory.mktemp("data") / "faces.npz"
    images = np.random.default_rng(0).integers(0, 256, (20, 48, 48), dtype=np.uint8)
    images[19] = images[0]
    labels = np.arange(20, dtype=np.uint8) % 7
    np.savez(path, images=images, labels=labels, usage=np.repeat([0, 1], 10).astype(np.uint8))
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, data: Path) -> str:
    """A small network of random weights, whose card names the data."""
    load_keras()
    import keras

    keras.utils.set_random_seed(1)
    layers = keras.layers
    given = keras.Input((48, 48, 1))
    x = layers.Conv2D(4, 5, strides=3, activation="relu", name="maps")(layers.Rescaling(1 / 64, offset=-2)(given))
    x = layers.GlobalAveragePooling2D(name="embedding")(x)
    model = keras.Model(given, layers.Dense(7, activation="softmax")(x))
    folder = tmp_path_factory.mktemp("network")
    model.save(folder / "cnn.keras")
    sources = (Source(source="mine", sha256=read(data).sha256),)
    card = ModelCard(classes=NAMES, input=Input(height=48, width=48, channels=1), data=sources)
    (folder / "cnn.card.json").write_bytes(to_json(card))
    return str(folder / "cnn.keras")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Converted networks go to a folder of the tests, one for all of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def test_page_pictures_and_figures(network: str, data: Path, tmp_path: Path) -> None:
    """The face that stands in training too is nearest to itself; each face has its four pictures; no script."""
    asked = said(network, data, "validation", PredictSettings())
    names = asked.answers.names
    order = Order(network, PredictSettings(), [names[9], names[4]])
    result = write(explain(asked, order, FEW), tmp_path / "out")
    assert json.loads((tmp_path / "out" / "explain.json").read_text()) == result
    first = result["faces"][0]
    copy = first["nearest"][0]
    assert (first["name"], copy["copy"], copy["label"]) == (names[9], True, "angry")
    assert copy["cosine"] == pytest.approx(1)
    assert (result["searched"], result["learnt_from_training"], result["gradcam_layer"]) == (10, True, "maps")
    assert first["probabilities"][first["answer"]] == max(first["probabilities"].values())
    assert 0 <= first["covering"]["greatest_fall"] <= 1
    for one in result["faces"]:
        kinds = [Path(name).stem.partition("-")[2] for name in one["pictures"]]
        both = ["gradcam-label"] if one["label"] != one["answer"] else []
        assert kinds == ["face", "gradcam-answer", *both, "covered"]
        for name in one["pictures"]:
            with Image.open(tmp_path / "out" / name) as picture:
                assert (picture.size, picture.info) == ((192, 192), {})
    page = (tmp_path / "out" / "explain.html").read_text()
    assert (
        page.count("the same picture") == sum(near["copy"] for one in result["faces"] for near in one["nearest"]) == 1
    )
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert sum(map(sum, result["cells"])) == 10


def test_errors_are_chosen_and_an_older_explanation_makes_way(network: str, data: Path, tmp_path: Path) -> None:
    """Three errors, then one: no picture of the others is left."""
    asked = said(network, data, "validation", PredictSettings())
    for count in (3, 1):
        settings = ExplainSettings(explained_errors=count, occlusion_side=24, nearest_faces=0)
        check_folder(tmp_path / "out", RESULTS)
        result = write(explain(asked, Order(network, PredictSettings()), settings), tmp_path / "out")
        assert len(result["faces"]) == count
        assert all(one["label"] != one["answer"] for one in result["faces"])
        assert result["no_neighbours"] == "none were asked for"
    assert {path.name[:4] for path in (tmp_path / "out" / "faces").iterdir()} == {"001-"}


def test_a_network_that_is_no_keras_file(small_network: Callable[..., Path], data: Path, tmp_path: Path) -> None:
    """ONNX has no slopes: the page says so, and has all the rest."""
    source = str(small_network())
    asked = said(source, data, "validation", SAID)
    found = explain(asked, Order(source, SAID), FEW)
    assert "no Keras file" in found.no_gradcam
    assert found.faces[0].for_answer is None
    assert len(found.faces[0].neighbours) == 2
    result = write(found, tmp_path / "out")
    assert (result["gradcam_layer"], len(result["faces"][0]["pictures"])) == (None, 2)
    assert "is missing" in (tmp_path / "out" / "explain.html").read_text()
    with pytest.raises(UsageError, match="no Keras file"):
        explain(asked, Order(source, SAID, layer="maps"), FEW)


def test_training_pictures_of_another_set(network: str, data: Path, tmp_path: Path) -> None:
    """The faces are training pictures themselves: near ones come from a set that is named, or not at all."""
    asked = said(network, data, "train", PredictSettings())
    found = explain(asked, Order(network, PredictSettings()), FEW)
    assert "--training" in found.no_neighbours
    other = tmp_path / "other.npz"
    images = np.full((3, 48, 48), 7, np.uint8)
    np.savez(other, images=images, labels=np.zeros(3, np.uint8), usage=np.zeros(3, np.uint8))
    found = explain(asked, Order(network, PredictSettings(), training=other), FEW)
    assert (found.training, found.searched, found.learnt) == ("other.npz", 3, False)


def test_no_error_to_explain(small_network: Callable[..., Path], data: Path) -> None:
    """A network that is always right needs names of faces."""
    source = str(small_network(weights=(9, 0, 0, 0, 0, 0, 0)))
    asked = said(source, data, "validation", SAID)
    asked.answers.labels[:] = asked.answers.predicted
    with pytest.raises(InputError, match="makes no error"):
        explain(asked, Order(source, SAID), FEW)


def test_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    """Nothing of it is replaced."""
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds no explain"):
        check_folder(tmp_path, RESULTS)
