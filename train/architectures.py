"""The networks: each a function of the input's shape that gives a functional Keras model.

All take grey faces of 0 to 255 as they come and scale them inside the graph, so that nobody can feed them wrongly,
and give the probabilities of the seven expressions in FER-2013's order.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from schemas.emotion import NAMES
from schemas.errors import InputError, UsageError
from schemas.settings import unknown

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 48
"""Side of a FER-2013 face, pixels."""


@dataclass(frozen=True)
class Architecture:
    """A network that can be asked for by name.

    Attributes:
        name: Its name on the command line.
        build: Input shape (height, width, channels; None where the head allows any size) -> the model.
        meaning: One line on what it is and where it comes from.
        any_size: Whether it takes pictures of any size (it is trained on crops and tested on whole faces then).
        scalable: Whether `build` takes `width`, by which its widths are multiplied: `vgg-compact@0.5`.
    """

    name: str
    build: Callable[..., Any]
    meaning: str
    any_size: bool = False
    scalable: bool = False


def paper(shape: tuple[int | None, int | None, int] = (SIDE, SIDE, 1)) -> keras.Model:
    """Table I of Majeed, Naeem and Saeed: four convolutions, two dense layers; 8,779,047 parameters at 48×48.

    Args:
        shape: Height, width and channels of the input, uint8 range 0 to 255.

    Returns:
        A model with softmax output [N, 7] in FER-2013's order.
    """
    inputs = keras.Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(32, 1, activation="relu", padding="same")(x)
    x = layers.Conv2D(32, 5, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(128, 3, activation="relu", padding="same")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(2048, activation="relu")(x)
    x = layers.Dropout(0.6)(x)
    x = layers.Dense(1024, activation="relu")(x)
    x = layers.Dropout(0.4)(x)
    return keras.Model(inputs, _classes(x), name="paper")


def lenet5(shape: tuple[int | None, int | None, int] = (SIDE, SIDE, 1)) -> keras.Model:
    """LeNet-5 (LeCun et al. 1998) on 48×48, with ReLU and max-pooling as it is used today; 168,971 parameters.

    Args:
        shape: Height, width and channels of the input, uint8 range 0 to 255.

    Returns:
        A model with softmax output [N, 7] in FER-2013's order.
    """
    inputs = keras.Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(6, 5, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(16, 5, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(120, activation="relu")(x)
    x = layers.Dense(84, activation="relu")(x)
    return keras.Model(inputs, _classes(x), name="lenet5")


def vgg_compact(shape: tuple[int | None, int | None, int] = (None, None, 1), width: float = 1.0) -> keras.Model:
    """A small VGG: 3×3 convolutions with batch normalisation in pairs, halving three times, then a global mean.

    The one that ships. A single convolution stands before the first halving: at 48×48 that pair would cost a quarter
    of all time for features that the next stage sees at half the size anyway. The outermost two pixels are cut off
    first: they show little but hair and background, and cost a sixth of the time.

    Args:
        shape: Height, width and channels of the input; height and width may be None. Range 0 to 255.
        width: What the number of channels is multiplied by.

    Returns:
        A model with softmax output [N, 7] in FER-2013's order; 1.17 million parameters.
    """
    inputs = keras.Input(shape)
    x = _convolution(_centred(layers.Cropping2D(2)(inputs)), _wide(32, width))
    for channels in (64, 128, 256):
        x = layers.MaxPooling2D()(x)
        x = _convolution(_convolution(x, _wide(channels, width)), _wide(channels, width))
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D(name="embedding")(x))
    return keras.Model(inputs, _classes(x), name="vgg-compact")


def resnet18(shape: tuple[int | None, int | None, int] = (None, None, 1), width: float = 1.0) -> keras.Model:
    """ResNet-18 (He et al. 2016) with the stem for small pictures: one 3×3 convolution, no pooling before the blocks.

    Args:
        shape: Height, width and channels of the input; height and width may be None. Range 0 to 255.
        width: What the number of channels is multiplied by.

    Returns:
        A model with softmax output [N, 7] in FER-2013's order; 11.2 million parameters.
    """
    return _residual(shape, (2, 2, 2, 2), width, squeeze=0, name="resnet18")


def se_resnet(shape: tuple[int | None, int | None, int] = (None, None, 1), width: float = 1.0) -> keras.Model:
    """A deeper ResNet whose blocks weigh their channels (squeeze and excitation, Hu et al. 2018).

    Args:
        shape: Height, width and channels of the input; height and width may be None. Range 0 to 255.
        width: What the number of channels is multiplied by.

    Returns:
        A model with softmax output [N, 7] in FER-2013's order; 21.4 million parameters.
    """
    return _residual(shape, (3, 4, 6, 3), width, squeeze=16, name="se-resnet34")


def _residual(
    shape: tuple[int | None, int | None, int], blocks: tuple[int, ...], times: float, *, squeeze: int, name: str
) -> keras.Model:
    inputs = keras.Input(shape)
    x = _convolution(_centred(inputs), _wide(64, times))
    for stage, count in enumerate(blocks):
        width = _wide(64 << stage, times)
        for block in range(count):
            stride = 2 if stage and not block else 1
            shortcut = x
            if stride > 1:
                shortcut = layers.Conv2D(width, 1, strides=stride, use_bias=False)(x)
                shortcut = layers.BatchNormalization(momentum=_MOMENTUM)(shortcut)
            y = _convolution(x, width, stride)
            y = layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(y)
            y = layers.BatchNormalization(momentum=_MOMENTUM)(y)
            if squeeze:
                weight = layers.GlobalAveragePooling2D(keepdims=True)(y)
                weight = layers.Dense(width // squeeze, activation="relu")(weight)
                y = layers.Multiply()([y, layers.Dense(width, activation="sigmoid")(weight)])
            x = layers.Activation("relu")(layers.Add()([shortcut, y]))
    x = layers.Dropout(0.4)(layers.GlobalAveragePooling2D(name="embedding")(x))
    return keras.Model(inputs, _classes(x), name=name)


_MOMENTUM = 0.95
"""Of the running statistics: an epoch of FER-2013 has 220 batches, Keras' 0.99 would lag half an epoch behind."""


def _wide(channels: int, times: float) -> int:
    # Multiples of eight fill the registers of every processor's vector unit.
    return max(8, round(channels * times / 8) * 8)


def _centred(inputs: Any) -> Any:
    # FER-2013's grey levels have mean 129 and standard deviation 65.
    return layers.Rescaling(1 / 64, offset=-2)(inputs)


def _convolution(x: Any, width: int, stride: int = 1) -> Any:
    x = layers.Conv2D(width, 3, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.Activation("relu")(layers.BatchNormalization(momentum=_MOMENTUM)(x))


def _classes(x: Any) -> Any:
    # The probabilities stay float32 where the rest computes in 16 bits: their logarithm is the loss.
    return layers.Dense(len(NAMES), activation="softmax", dtype="float32", name="expressions")(x)


ARCHITECTURES = {
    entry.name: entry
    for entry in (
        Architecture("paper", paper, "the paper's Table I"),
        Architecture("lenet5", lenet5, "LeNet-5, the paper's baseline"),
        Architecture(
            "vgg-compact", vgg_compact, "small VGG with batch normalisation; ships", any_size=True, scalable=True
        ),
        Architecture("resnet18", resnet18, "ResNet-18 for small pictures", any_size=True, scalable=True),
        Architecture(
            "se-resnet34",
            se_resnet,
            "ResNet-34 with squeeze and excitation; for a GPU",
            any_size=True,
            scalable=True,
        ),
    )
}
"""Name -> architecture."""


def architecture(name: str) -> Architecture:
    """One of `ARCHITECTURES`, such a one wider or narrower (`vgg-compact@0.5`), or the user's own (`module:function`).

    The function takes the input shape (height, width, channels) and returns a Keras model whose output is a softmax
    over the seven classes in FER-2013's order. Its module is looked for in the current folder too.

    Raises:
        UsageError: Nobody knows the name, or the widths cannot be multiplied so.
        InputError: The module or its function cannot be loaded.
    """
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    base, at, times = name.partition("@")
    if at and base in ARCHITECTURES:
        return _scaled(ARCHITECTURES[base], times)
    module, colon, function = name.partition(":")
    if not colon:
        raise unknown("architecture", name, ARCHITECTURES)
    fix = "name it as MODULE:FUNCTION; the module lies in this folder or is installed"
    sys.path.insert(0, str(Path.cwd()))
    try:
        build = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"the architecture `{name}` cannot be loaded: {error}", fix) from error
    finally:
        sys.path.pop(0)
    return Architecture(name, build, f"own architecture {name}")


def _scaled(entry: Architecture, times: str) -> Architecture:
    try:
        width = float(times)
    except ValueError:
        width = 0.0
    if not entry.scalable or not 0.1 <= width <= 4:
        what = f"the widths of `{entry.name}` cannot be multiplied by {times!r}"
        names = ", ".join(name for name, one in ARCHITECTURES.items() if one.scalable)
        raise UsageError(what, f"give a number from 0.1 to 4, as vgg-compact@0.5, to one of: {names}")
    if width == 1:
        return entry
    return dataclasses.replace(entry, name=f"{entry.name}@{width:g}", build=functools.partial(entry.build, width=width))
