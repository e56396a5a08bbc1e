"""A model file as something that takes faces and gives probabilities."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluate.model import open_model, probe_model
from schemas.emotion import NAMES
from schemas.errors import InputError, UsageError
from schemas.settings import PredictSettings, make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

FACES = np.random.default_rng(3).integers(0, 256, (70, 48, 48), dtype=np.uint8)
SAID: dict[str, Any] = {"input_scaling": "bytes", "label_order": ",".join(NAMES)}


@dataclasses.dataclass(frozen=True)
class Saved:
    """One network in several forms, and what Keras says to `FACES`."""

    folder: Path
    cache: Path
    expected: NDArray[np.float32]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """A small network of convolutions with weights by chance, saved in all four forms."""
    import keras

    folder = tmp_path_factory.mktemp("models")
    keras.utils.set_random_seed(5)
    inputs = keras.Input((48, 48, 1))
    x = keras.layers.Rescaling(1 / 64, offset=-2)(inputs)
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = keras.layers.BatchNormalization()(keras.layers.MaxPooling2D()(x))
    x = keras.layers.SeparableConv2D(16, 3, activation="relu")(x)
    x = keras.layers.Flatten()(keras.layers.Dropout(0.3)(keras.layers.MaxPooling2D(4)(x)))
    model = keras.Model(inputs, keras.layers.Dense(7, activation="softmax")(x))
    expected = model.predict(FACES[..., None].astype(np.float32), verbose=0)
    model.save(folder / "cnn.keras")
    model.save(folder / "old.h5")
    model.export(folder / "cnn.onnx", format="onnx", verbose=False)
    model.export(folder / "cnn.tflite", format="litert", verbose=False)
    return Saved(folder, folder / "cache", expected)


pytestmark = pytest.mark.filterwarnings("ignore")  # of TensorFlow, tf2onnx and Keras, about numpy and .h5


@pytest.mark.parametrize(
    ("name", "engine"),
    [("cnn.keras", "onnxruntime"), ("old.h5", "onnxruntime"), ("cnn.onnx", "onnxruntime"), ("cnn.tflite", "litert")],
)
def test_each_form_gives_what_keras_gives(saved: Saved, name: str, engine: str) -> None:
    """To 1e-5, and says what computed."""
    model = open_model(str(saved.folder / name), FACES, make(PredictSettings, SAID), saved.cache)
    assert model.engine == engine
    np.testing.assert_allclose(model.predict(FACES), saved.expected, atol=1e-5)


def test_keras_itself_when_asked_for(saved: Saved) -> None:
    """The file is opened in this process then, after it has been opened in another."""
    settings = make(PredictSettings, SAID | {"inference": "keras"})
    model = open_model(str(saved.folder / "cnn.keras"), FACES, settings, saved.cache)
    assert model.engine == "keras"
    np.testing.assert_allclose(model.predict(FACES), saved.expected, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"differences": {"0 to 255": 2e-5}}, "the converted network's probabilities differ by 2e-05"),
        ({"graph": False, "why_not": "RuntimeError: no such operator"}, "(RuntimeError: no such operator)"),
    ],
)
def test_keras_where_the_converted_graph_is_not_exact(saved: Saved, change: dict[str, Any], why: str) -> None:
    """A difference of more than 1e-5, or no graph at all: Keras computes, and the notes say why."""
    open_model(str(saved.folder / "cnn.keras"), FACES, make(PredictSettings, SAID), saved.cache)
    report = _report_of(saved, "cnn.keras")
    found = json.loads(report.read_text())
    report.write_text(json.dumps(found | change))
    try:
        model = open_model(str(saved.folder / "cnn.keras"), FACES, make(PredictSettings, SAID), saved.cache)
    finally:
        report.write_text(json.dumps(found))
    assert model.engine == "keras"
    assert why in model.notes[0]


def _report_of(saved: Saved, name: str) -> Path:
    digest = hashlib.sha256((saved.folder / name).read_bytes()).hexdigest()
    (report,) = saved.cache.glob(f"{digest[:32]}-*/report.json")
    return report


def test_int8_says_how_far_it_is_off(saved: Saved) -> None:
    """Its probabilities are near, and the notes have the figures."""
    settings = make(PredictSettings, SAID | {"arithmetic": "int8"})
    model = open_model(str(saved.folder / "cnn.keras"), FACES, settings, saved.cache)
    assert np.abs(model.predict(FACES) - saved.expected).max() < 0.1
    assert "in int8; on 70 faces outputs differ by at most 0.0" in model.notes[0]


def test_batches_are_the_whole(saved: Saved) -> None:
    """However the faces are cut up, and lazily."""
    model = open_model(str(saved.folder / "cnn.onnx"), FACES, make(PredictSettings, SAID), saved.cache)
    parts = iter([FACES[:1], FACES[1:40], FACES[40:40], FACES[40:]])
    np.testing.assert_array_equal(np.concatenate(list(model.batches(parts))), model.predict(FACES))
    assert model.predict(iter([])).shape == (0, 7)


def test_a_sequential_network_of_two_outputs_is_refused(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """Two classes are not the seven."""
    with pytest.raises(InputError, match="has 2 outputs"):
        open_model(str(small_network(weights=(0, 1))), FACES, make(PredictSettings, SAID), tmp_path)


def test_eight_outputs_and_seven_names(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """The eighth must be named; `contempt` is dropped and the rest divided by its sum, and the notes say so."""
    path = str(small_network(weights=(0,) * 8))
    with pytest.raises(InputError, match="has 8 outputs, and 7 names") as raised:
        open_model(path, FACES, make(PredictSettings, SAID), tmp_path)
    assert "name all 8" in raised.value.fix
    settings = make(PredictSettings, SAID | {"label_order": ",".join((*NAMES, "contempt"))})
    model = open_model(path, FACES, settings, tmp_path)
    np.testing.assert_allclose(model.predict(FACES), np.full((70, 7), 1 / 7), rtol=1e-6)
    assert any("contempt is dropped" in text for text in model.notes)


def test_outputs_that_are_no_numbers(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """NaN weights: how many faces it hits stands in the error."""
    path = str(small_network(weights=(float("nan"),) * 7))
    model = open_model(path, FACES, make(PredictSettings, SAID), tmp_path)
    with pytest.raises(InputError, match=r"NaN or infinite\) for 70 of 70 faces"):
        model.predict(FACES)


def test_logits_must_be_said(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """Outputs that do not sum to 1 are not taken for probabilities; `--outputs logits` puts them through a softmax."""
    path = str(small_network(weights=(0, 1, 2, 3, 4, 5, 6), softmax=False))
    said = SAID | {"input_scaling": "unit"}
    with pytest.raises(InputError, match="gives no probabilities") as raised:
        open_model(path, FACES, make(PredictSettings, said), tmp_path).predict(FACES)
    assert "--outputs logits" in raised.value.fix
    white = np.full((1, 48, 48), 255, np.uint8)
    found = open_model(path, white, make(PredictSettings, said | {"outputs": "logits"}), tmp_path).predict(white)
    powers = np.exp(np.arange(7))
    np.testing.assert_allclose(found[0], powers / powers.sum(), rtol=1e-5)


def test_a_card_of_another_size(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """What the card says of the input is held against the graph."""
    path = small_network()
    card = {"format": 1, "classes": list(NAMES), "input": {"height": 64, "width": 64, "channels": 1}}
    (tmp_path / "small.card.json").write_text(json.dumps(card))
    with pytest.raises(InputError, match=r"takes pictures of 48 × 48 × 1, its card says 64 × 64 × 1"):
        open_model(str(path), FACES, PredictSettings(), tmp_path / "cache")


def test_without_card_and_labels_the_way_to_know_is_named(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """Nothing is guessed."""
    path = small_network()
    with pytest.raises(UsageError, match="what range its input has and the order of its labels") as raised:
        open_model(str(path), FACES, PredictSettings(), tmp_path)
    assert raised.value.fix.startswith(f"`evaluate probe --model {path} --data LABELLED`")


def test_without_card_labels_tell_the_flags(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """A network that tells faces by their brightness, in another order than FER-2013's: the error has the right flags.

    Faces of class c have grey level 36 c + 18. With slopes s and offsets by the tangents of a parabola, the likeliest
    output for a mean m in [0, 1] is the k whose (2k + 1)/14 is next to m; output k is called class 6 - k here.
    """
    labels = np.tile(np.arange(7), 12).astype(np.int8)
    faces = np.repeat((36 * (6 - labels) + 18).astype(np.uint8), 48 * 48).reshape(-1, 48, 48)
    path = _parabola(tmp_path)
    with pytest.raises(UsageError) as raised:
        open_model(str(path), faces, PredictSettings(), tmp_path / "cache", labels)
    order = ",".join(NAMES[::-1])
    assert raised.value.fix == f"if you agree: --input-scaling unit --label-order {order}"
    assert "of 84 labelled faces 100.0%" in raised.value.what
    found = probe_model(str(path), faces, labels, PredictSettings(), tmp_path / "cache")
    assert found.best.order == NAMES[::-1]
    settings = make(PredictSettings, {"input_scaling": "unit", "label_order": order})
    model = open_model(str(path), faces, settings, tmp_path / "cache")
    assert (model.predict(faces).argmax(axis=1) == labels).all()


def _parabola(folder: Path) -> Path:
    """The softmax over k of 200 (2 m c_k - c_k²) with c_k = (2k + 1)/14: greatest where c_k is next to the mean m."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    centres = (2 * np.arange(7) + 1) / 14
    weights = {"w": 400 * centres[None], "b": -200 * centres**2}
    tensors = [numpy_helper.from_array(values.astype(np.float32), name) for name, values in weights.items()]
    axes = numpy_helper.from_array(np.array([1, 2], np.int64), "axes")
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["mw"]),
        helper.make_node("Add", ["mw", "b"], ["z"]),
        helper.make_node("Softmax", ["z"], ["y"]),
    ]
    ends = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 48, 48, 1]),
        helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 7]),
    ]
    graph = helper.make_graph(nodes, "parabola", ends[:1], ends[1:], [*tensors, axes])
    path = folder / "parabola.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


def test_too_few_labels_for_a_probe(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """Ten a class are asked for."""
    labels = np.full(70, -1, np.int8)
    labels[:30] = 1
    with pytest.raises(InputError, match="30 faces have a label; a probe needs 70"):
        probe_model(str(small_network()), FACES, labels, PredictSettings(), tmp_path)


def test_no_faces(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """Nothing to look at, nothing to predict."""
    with pytest.raises(InputError, match="no faces"):
        open_model(str(small_network()), FACES[:0], make(PredictSettings, SAID), tmp_path)


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("cnn.onnx", {"inference": "keras"}, "Keras cannot compute"),
        ("cnn.tflite", {"arithmetic": "int8"}, "cannot be computed in int8"),
    ],
)
def test_what_does_not_go_together(saved: Saved, name: str, values: dict[str, str], what: str) -> None:
    """What a form cannot do is refused, not passed over."""
    with pytest.raises(UsageError, match=what):
        open_model(str(saved.folder / name), FACES, make(PredictSettings, SAID | values), saved.cache)


def test_a_truncated_litert_file(saved: Saved, tmp_path: Path) -> None:
    """Whatever LiteRT does with it, it does in another process."""
    data = (saved.folder / "cnn.tflite").read_bytes()
    (tmp_path / "cut.tflite").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"cut\.tflite"):
        open_model(str(tmp_path / "cut.tflite"), FACES, make(PredictSettings, SAID), tmp_path / "cache")
