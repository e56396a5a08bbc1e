"""A network about to be trained: built in the precision asked for, its weights loaded, its loss, its chance."""

from __future__ import annotations

import math
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from schemas.emotion import NAMES
from schemas.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.settings import FitSettings
    from train.architectures import Architecture

_SETTLING = 1024
"""Faces that statistics are measured on: more do not change the answers more than another draw of as many does."""
_BATCH = 128
"""Faces at once."""


def build(architecture: Architecture, settings: FitSettings) -> keras.Model:
    """The network, computing in the settings' precision.

    Raises:
        InputError: It does not give seven classes.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(settings.precision)
    try:
        model = architecture.build(input_shape(architecture))
    finally:
        keras.config.set_dtype_policy(before)
    if tuple(model.output_shape) != (None, len(NAMES)):
        raise InputError(
            f"the architecture `{architecture.name}` gives {model.output_shape}, not [N, {len(NAMES)}]",
            f"end it with Dense({len(NAMES)}, activation='softmax')",
        )
    return model


def load_weights(model: keras.Model, path: Path, architecture: Architecture) -> None:
    """Gives a network the weights of a `.keras` file.

    Raises:
        InputError: The file cannot be read, or holds other weights than the architecture has.
    """
    try:
        with warnings.catch_warnings():
            # Keras only warns of layers that the file lacks, and leaves them random.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, UserWarning) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{path} holds no weights of the architecture `{architecture.name}`: {first}",
            "give a .keras file that `train` wrote, and the --architecture it was trained with",
        ) from error


def input_shape(architecture: Architecture) -> tuple[int | None, int | None, int]:
    """Height, width and channels that the architecture is built for; None where any size will do."""
    return (None, None, 1) if architecture.any_size else (48, 48, 1)


def loss(labels: NDArray[np.integer[Any]], strength: float) -> Any:
    """Cross-entropy; with logit adjustment the priors are added to the logits while training (Menon et al. 2021)."""
    if not strength:
        return "categorical_crossentropy"
    counts = np.maximum(np.bincount(labels, minlength=len(NAMES)), 1)
    shift = (strength * np.log(counts / counts.sum())).astype(np.float32)

    def adjusted(wanted: Any, given: Any) -> Any:
        logits = keras.ops.add(keras.ops.log(keras.ops.maximum(given, keras.config.epsilon())), shift)
        return keras.losses.categorical_crossentropy(wanted, logits, from_logits=True)

    return adjusted


def copied_weights(model: keras.Model) -> list[NDArray[Any]]:
    """The weights as they are now, in the model's order.

    What `get_weights` gives may be the very memory that the next step writes to; of PyTorch's tensors it is.
    """
    return [np.array(weight) for weight in model.get_weights()]


def settle(model: keras.Model, pixels: NDArray[np.uint8]) -> None:
    """Measures anew the means and variances that batch normalisation uses, for weights that no batch was seen with.

    Those of the trained weights do not fit a mean of weights (Izmailov et al. 2018, section 3.2). The faces are shown
    as they are: erased, mixed and turned ones have other statistics than the faces the network will be asked about.

    Args:
        model: Its statistics are replaced by means over the batches.
        pixels: What it is trained on, uint8 [N, H, W]; 1,024 of them, evenly, are shown.
    """
    normalising = [
        layer
        for layer in model._flatten_layers(include_self=False)  # noqa: SLF001 - as below
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    if not normalising:
        return
    momenta = [layer.momentum for layer in normalising]
    shown = pixels[:: math.ceil(len(pixels) / _SETTLING)]
    batches = math.ceil(len(shown) / _BATCH)
    for number in range(batches):
        for layer in normalising:
            layer.momentum = number / (number + 1)
        # Every so manyth face: in data sorted by class each batch still has all of them.
        model(shown[number::batches, ..., None].astype(np.float32), training=True)
    for layer, momentum in zip(normalising, momenta, strict=True):
        layer.momentum = momentum


def reseed(model: keras.Model, seed: int, epoch: int) -> None:
    """Gives each random layer a state that depends on seed, epoch and its place alone.

    PyTorch has one for all layers.
    """
    keras.utils.set_random_seed(int(np.random.default_rng([seed, epoch]).integers(2**32)))
    for place, layer in enumerate(model._flatten_layers(include_self=False)):  # noqa: SLF001 - Keras' own walk over nested layers
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            drawn = np.random.default_rng([seed, epoch, place]).integers(0, 2**32, size=2, dtype=np.uint32)
            generator.state.assign(drawn)
