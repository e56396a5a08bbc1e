"""The layers that a model file may ask for: those that compute on pictures, by name. All others are refused.

Keras builds whatever class a file names. Some classes run code of the file (Lambda), some read other files
(StringLookup, TFSMLayer), and what else there is changes from version to version: so the list says what may be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

LAYERS = frozenset(
    """
    Model Functional Sequential InputLayer
    Dense EinsumDense Conv1D Conv2D SeparableConv1D SeparableConv2D DepthwiseConv1D DepthwiseConv2D Conv2DTranspose
    BatchNormalization LayerNormalization GroupNormalization UnitNormalization RMSNormalization
    MaxPooling1D MaxPooling2D AveragePooling1D AveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D
    GlobalAveragePooling1D GlobalAveragePooling2D AdaptiveAveragePooling2D AdaptiveMaxPooling2D
    Activation ReLU LeakyReLU PReLU ELU Softmax Identity
    Add Subtract Multiply Average Maximum Minimum Concatenate Dot
    Flatten Reshape Permute RepeatVector ZeroPadding1D ZeroPadding2D Cropping1D Cropping2D UpSampling1D UpSampling2D
    Dropout SpatialDropout1D SpatialDropout2D GaussianNoise GaussianDropout AlphaDropout ActivityRegularization
    Rescaling Normalization Resizing CenterCrop
    RandomFlip RandomRotation RandomZoom RandomTranslation RandomContrast RandomBrightness RandomCrop RandomHeight
    RandomWidth
    Attention AdditiveAttention MultiHeadAttention
    """.split()  # noqa: SIM905 - a list of 100 quoted names reads worse
)
"""Layers, among them those that do something in training only."""
PARTS = frozenset(
    """
    DTypePolicy Policy FloatDTypePolicy SeedGenerator
    Zeros Ones Constant Identity RandomNormal RandomUniform TruncatedNormal VarianceScaling Orthogonal
    GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform
    L1 L2 L1L2 OrthogonalRegularizer
    MaxNorm NonNeg UnitNorm MinMaxNorm
    """.split()  # noqa: SIM905 - a list of 100 quoted names reads worse
)
"""What layers are made of: number formats, initial values, penalties, constraints."""
OPERATIONS = frozenset(
    """
    Add Subtract Multiply Divide TrueDivide Negative Power Sqrt Square Absolute Clip Maximum Minimum
    Mean Max Min Sum Var Reshape Transpose Squeeze ExpandDims Concatenate Stack GetItem Pad Cast
    Relu Relu6 LeakyRelu Elu Selu Gelu Silu Sigmoid HardSigmoid HardSilu Tanh Softmax LogSoftmax Softplus Softsign
    """.split()  # noqa: SIM905 - a list of 100 quoted names reads worse
)
"""Arithmetic between layers, as `x / 255` in a functional model."""
FUNCTIONS = frozenset(
    """
    linear relu relu6 leaky_relu elu selu gelu silu swish sigmoid hard_sigmoid hard_silu hard_swish tanh softmax
    log_softmax softplus softsign exponential mish
    """.split()  # noqa: SIM905 - a list of 100 quoted names reads worse
)
"""Activations that early versions of Keras 3 write as functions of their own."""
_PLACES = ("keras.layers", "keras.src.layers", "keras.src.ops", "keras.src.models", "keras.models")
_PART_PLACES = (
    "keras.dtype_policies",
    "keras.src.dtype_policies",
    "keras.mixed_precision",
    "keras.random",
    "keras.src.random",
    "keras.initializers",
    "keras.src.initializers",
    "keras.regularizers",
    "keras.src.regularizers",
    "keras.constraints",
    "keras.src.constraints",
)
_DATA = frozenset({"__keras_tensor__", "__ellipsis__", "__slice__"})
_RESAVE = "ask its maker for a model of Keras' own layers, or for the network as .onnx"


def check_layers(config: Any, path: Path) -> None:
    """Checks that a model's description asks for nothing but layers, parts and activations of Keras on the list.

    Args:
        config: The description: what JSON gave.
        path: Of the model, for messages.

    Raises:
        InputError: It holds a Lambda, a class or function that is not on the list, or no description at all.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise InputError(f"{path} has a description that is no model's", "have it saved anew by Keras")
    # What it was compiled with is never built: loss and optimiser are of no use here.
    todo = [value for key, value in config.items() if key != "compile_config"]
    _check_object(config, path)
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                _check_object(value, path)
            todo.extend(value.values())
        elif isinstance(value, list):
            todo.extend(value)


def _check_object(value: dict[str, Any], path: Path) -> None:
    name, module, registered = value["class_name"], value.get("module"), value.get("registered_name")
    if not isinstance(name, str) or not isinstance(module, str | None) or not isinstance(registered, str | None):
        raise InputError(f"{path} asks for a class without a name", _RESAVE)
    if name in {"Lambda", "__lambda__"}:
        what = f"{path} holds a Lambda layer: program code, which would run on your machine"
        raise InputError(what, f"{_RESAVE}; mien never runs code of a model file")
    if name == "function":
        if value.get("config") not in FUNCTIONS or module not in {None, "builtins"}:
            raise InputError(f"{path} asks for the function {_said(module, value.get('config'))}", _RESAVE)
        return
    if name in _DATA:
        return
    if registered not in {None, name} or not _known(name, module):
        what = f"{path} asks for {_said(module, registered or name)}, which is none of the layers that mien opens"
        raise InputError(what, _RESAVE)


def _known(name: str, module: str | None) -> bool:
    if module is None or module == "keras":  # `module` is missing in files of Keras 2
        return name in LAYERS or name in PARTS
    if _below(module, _PART_PLACES):
        return name in PARTS
    return _below(module, _PLACES) and (name in LAYERS or (module.startswith("keras.src.ops") and name in OPERATIONS))


def _below(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(f"{place}.") for place in places)


def _said(module: Any, name: Any) -> str:
    return repr(f"{module}.{name}" if isinstance(module, str) else str(name))[:120]
