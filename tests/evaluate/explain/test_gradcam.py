"""Grad-CAM on networks small enough to work it by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluate.explain.gradcam import framed, gradcam
from evaluate.explain.layers import activated, convolutions, map_layer
from schemas.errors import UsageError
from workspace.backend import load_keras

if TYPE_CHECKING:
    from collections.abc import Callable

FACE = np.array([[[[1.0], [2.0]], [[3.0], [4.0]]]], np.float32)


def by_hand(end: Callable[[Any], list[Any]]) -> Any:
    """Two maps of four places, x and 3 - x, and two scores that weigh each place of each map."""
    load_keras()
    import keras

    layers = keras.layers
    stack = [keras.Input((2, 2, 1)), layers.Conv2D(2, 1, name="maps"), layers.Flatten(), *end(layers)]
    model = keras.Sequential(stack)
    model.get_layer("maps").set_weights([np.array([[[[1.0, -1.0]]]]), np.array([0.0, 3.0])])
    # Rows are places 1, 2, 3, 4 of the first and of the second map in turn.
    weights = [[1, -1], [0, 4], [0, -1], [-2, 0], [0, -1], [0, 0], [3, -1], [0, 0]]
    model.get_layer("scores").set_weights([np.array(weights, float), np.array([0.5, -0.5])])
    return model


ENDS: dict[str, Callable[[Any], list[Any]]] = {
    "softmax in the last layer": lambda layers: [layers.Dense(2, activation="softmax", name="scores")],
    "softmax as a layer": lambda layers: [layers.Dense(2, name="scores"), layers.Softmax()],
    "softmax as an activation": lambda layers: [layers.Dense(2, name="scores"), layers.Activation("softmax")],
    "no softmax": lambda layers: [layers.Dense(2, name="scores")],
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_the_paper_defines(end: Callable[[Any], list[Any]]) -> None:
    """The slopes of score 0 are (1, 0, 0, 3) and (0, -2, 0, 0): α = 1 and -1/2; of score 1 -1 and 1.

    So the heats are max(0, x - (3 - x) / 2) and max(0, -x + 3 - x), wherever the network puts its softmax.
    """
    heats = gradcam(by_hand(end), np.repeat(FACE, 2, axis=0), np.array([0, 1]), "maps")
    np.testing.assert_allclose(heats, [[[0, 1.5], [3, 4.5]], [[1, 0], [0, 0]]], rtol=1e-6)


def test_more_faces_than_a_batch() -> None:
    """Each face has its own class and its own heat, whichever batch it comes in."""
    model = by_hand(ENDS["no softmax"])
    outputs = np.arange(40) % 2
    heats = gradcam(model, np.repeat(FACE, 40, axis=0), outputs, "maps")
    assert heats.shape == (40, 2, 2)
    np.testing.assert_allclose(heats[:, 1, 1], np.where(outputs, 0, 4.5), rtol=1e-6)


@pytest.fixture(scope="module")
def residual() -> Any:
    """Two convolutions with all that may follow one, the second added to the first."""
    load_keras()
    import keras

    layers = keras.layers
    given = keras.Input((None, None, 1))
    x = layers.Activation("relu", name="relu1")(layers.BatchNormalization()(layers.Conv2D(4, 3, name="conv1")(given)))
    y = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same", name="conv2")(layers.MaxPooling2D()(x)))
    y = layers.Activation("relu", name="relu2")(layers.Add()([y, layers.MaxPooling2D(name="pool2")(x)]))
    answer = layers.Dense(7, activation="softmax")(layers.GlobalAveragePooling2D(name="mean")(y))
    return keras.Model(given, answer)


def test_a_map_is_ready_after_its_activation(residual: Any) -> None:
    """Normalisation, addition and activation belong to the convolution, pooling does not."""
    assert convolutions(residual) == ["conv1", "conv2"]
    assert (activated(residual, "conv1"), activated(residual, "conv2")) == ("relu1", "relu2")
    assert (map_layer(residual, ""), map_layer(residual, "pool2")) == ("relu2", "pool2")


@pytest.mark.parametrize(("layer", "what"), [("conv9", "no layer `conv9`"), ("mean", "gives no maps")])
def test_a_layer_without_maps(residual: Any, layer: str, what: str) -> None:
    """The error names the convolutions."""
    with pytest.raises(UsageError, match=what) as error:
        map_layer(residual, layer)
    assert "conv1, conv2" in error.value.fix


def test_a_network_without_convolutions() -> None:
    """A network within it that may have some is named."""
    load_keras()
    import keras

    inner = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(2, 1)], name="inside")
    model = keras.Sequential([keras.Input((2, 2, 1)), inner, keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(UsageError, match="inside is a network of its own"):
        convolutions(model)


def test_a_last_layer_that_is_a_network() -> None:
    """Its softmax cannot be taken off."""
    load_keras()
    import keras

    layers = keras.layers
    inner = keras.Sequential([keras.Input((8,)), layers.Dense(2, activation="softmax")], name="inside")
    model = keras.Sequential([keras.Input((2, 2, 1)), layers.Conv2D(2, 1, name="maps"), layers.Flatten(), inner])
    with pytest.raises(UsageError, match="inside, is a network of its own"):
        gradcam(model, FACE, np.array([0]), "maps")


def test_heat_lies_where_a_network_that_cuts_its_border_looked() -> None:
    """Two pixels off each side of eight: the heat of what is left fills the four in the middle, nothing else."""
    load_keras()
    import keras

    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Cropping2D(2), layers.Conv2D(2, 3)])
    heat = framed(model, np.full((1, 2, 2), 3, np.float32), 8, 8)
    assert (heat[0, 2:6, 2:6] == 3).all()
    assert heat.sum() == 3 * 16
    plain = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3)])
    assert framed(plain, heat, 8, 8) is heat
