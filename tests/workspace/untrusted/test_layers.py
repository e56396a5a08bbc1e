"""Which layers a file may ask for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import pytest

from schemas.errors import InputError
from workspace.untrusted import layers
from workspace.untrusted.layers import check_layers

PATH = Path("cnn.keras")


def asking_for(config: dict[str, Any], /, **value: Any) -> dict[str, Any]:
    """The description with one layer replaced."""
    config["config"]["layers"][1] = value
    return config


def test_a_lambda_is_refused_with_a_clear_word(config: dict[str, Any]) -> None:
    """It is called what it is: a program."""
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None, "closure": None}}
    evil = asking_for(config, module="keras.layers", class_name="Lambda", config={"function": code})
    with pytest.raises(
        InputError, match="holds a Lambda layer: program code, which would run on your machine"
    ) as raised:
        check_layers(evil, PATH)
    assert "mien never runs code of a model file" in raised.value.fix


def test_a_lambda_in_another_layer(config: dict[str, Any]) -> None:
    """It is found wherever it hides: here as an activation."""
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}
    evil = asking_for(config, module="keras.layers", class_name="Dense", config={"units": 7, "activation": code})
    with pytest.raises(InputError, match="Lambda"):
        check_layers(evil, PATH)


@pytest.mark.parametrize(
    ("module", "name", "registered"),
    [
        ("os", "system", None),
        ("builtins", "eval", None),
        ("keras.utils", "get_file", None),
        ("keras.layers", "TFSMLayer", None),
        ("keras.layers", "StringLookup", None),
        ("keras.layers", "Dense", "package>Dense"),
        ("os", "Dense", None),
        ("keras.layers.evil", "Unheard", None),
        ("keras_evil.layers", "Dense", None),
        (None, "MyLayer", "package>MyLayer"),
        ("keras.src.ops.numpy", "Load", None),
    ],
)
def test_classes_that_are_not_on_the_list(
    config: dict[str, Any], module: str | None, name: str, registered: str | None
) -> None:
    """A class of another module, a custom one, one of Keras that reads files: none is built."""
    evil = asking_for(config, module=module, class_name=name, config={"command": "id"}, registered_name=registered)
    with pytest.raises(InputError, match="none of the layers that mien opens"):
        check_layers(evil, PATH)


@pytest.mark.parametrize(("module", "config_value"), [("os", "system"), ("builtins", "exec"), ("keras.utils", "relu")])
def test_functions_that_are_no_activations(config: dict[str, Any], module: str, config_value: str) -> None:
    """A function is let through only if it is an activation of Keras."""
    function = {"module": module, "class_name": "function", "config": config_value, "registered_name": "function"}
    evil = asking_for(config, module="keras.layers", class_name="Dense", config={"activation": function})
    with pytest.raises(InputError, match="asks for the function"):
        check_layers(evil, PATH)


@pytest.mark.parametrize("value", [{"class_name": ["Dense"]}, {"class_name": "Dense", "module": 1}])
def test_names_that_are_no_text(config: dict[str, Any], value: dict[str, Any]) -> None:
    """They are refused, not looked up."""
    with pytest.raises(InputError, match="a class without a name"):
        check_layers(asking_for(config, **value), PATH)


@pytest.mark.parametrize("value", [[], None, {}, {"layers": []}])
def test_what_is_no_description(value: Any) -> None:
    """JSON of something else is no network."""
    with pytest.raises(InputError, match="no model's"):
        check_layers(value, PATH)


def test_what_it_was_compiled_with_does_not_matter(config: dict[str, Any]) -> None:
    """A loss of the maker's own is never built, so the network can be used without it."""
    check_layers(config | {"compile_config": {"loss": {"module": "mine", "class_name": "Focal", "config": {}}}}, PATH)


def test_networks_of_keras_pass() -> None:
    """Published architectures, described by Keras itself, ask for nothing that is not on the list."""
    for make in (keras.applications.MobileNetV3Small, keras.applications.EfficientNetB0):
        check_layers(json.loads(make(weights=None, input_shape=(64, 64, 3), classes=7).to_json()), PATH)


def test_arithmetic_between_layers_passes() -> None:
    """`x / 255` in a functional model is an operation of Keras, not a layer."""
    inputs = keras.Input((48, 48, 1))
    outputs = keras.ops.mean(keras.ops.relu(inputs[:, 2:-2] / 255 - 0.5), axis=(1, 2))
    check_layers(json.loads(keras.Model(inputs, outputs).to_json()), PATH)


def test_the_list_has_only_what_keras_has() -> None:
    """Every layer and part on it is a class of Keras 3, or one that files of Keras 2 name."""
    of_keras_2 = {"RandomHeight", "RandomWidth", "Policy", "Functional"}  # and the name that Keras 3's own files have
    places = (keras, keras.layers, keras.models, keras.initializers, keras.regularizers, keras.constraints)
    places += (keras.dtype_policies, keras.random)
    unknown = {name for name in layers.LAYERS | layers.PARTS if not any(hasattr(place, name) for place in places)}
    assert unknown == of_keras_2 & unknown
