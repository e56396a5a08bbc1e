"""Grad-CAM: which places of a layer's map speak for a class (Selvaraju et al. 2017, arXiv:1610.02391)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.explain.layers import scores
from schemas.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BATCH = 16


def gradcam(model: Any, inputs: NDArray[np.float32], outputs: NDArray[np.int64], layer: str) -> NDArray[np.float32]:
    """Weighs a layer's maps by their mean slopes.

    With A^k the layer's K maps of Z places and y^c the score of class c before the softmax, the weight of a map is
    α_k = 1/Z Σ_ij ∂y^c/∂A^k_ij (equation 1) and the heat max(0, Σ_k α_k A^k) (equation 2).

    Args:
        model: A Keras model on TensorFlow.
        inputs: float32 `[N, H, W, C]`, as the network takes them.
        outputs: int64 `[N]`, which output is explained of each.
        layer: Whose maps.

    Returns:
        float32 `[N, h, w]`, at least 0, as large as the layer's maps.

    Raises:
        UsageError: The score does not depend on the layer.
    """
    import keras
    import tensorflow as tf

    before, made = scores(model)
    part = keras.Model(model.inputs[0], [model.get_layer(layer).output, before])
    found = []
    for at in range(0, len(inputs), _BATCH):
        given = tf.constant(inputs[at : at + _BATCH])
        with tf.GradientTape() as tape:
            tape.watch(given)
            maps, values = part(given, training=False)
            score = tf.gather(made(values), outputs[at : at + _BATCH], axis=1, batch_dims=1)
        slopes = tape.gradient(score, maps)
        if slopes is None:
            raise UsageError(f"the answer does not depend on the layer `{layer}`", "leave --layer out")
        weights = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)
        found.append(np.asarray(tf.nn.relu(tf.reduce_sum(weights * maps, axis=-1)), np.float32))
    return np.concatenate(found)


def framed(model: Any, heats: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Puts heat where it belongs in a network that cuts the border of its pictures off first.

    Args:
        model: The network.
        heats: float32 `[N, h, w]`, of what the cut left over.
        height: Of the pictures that go in, pixels.
        width: Likewise.

    Returns:
        float32 `[N, height, width]` with no heat where nothing was seen; `heats` as they are where nothing is cut off.
    """
    import cv2
    import keras

    before = itertools.takewhile(lambda layer: not isinstance(layer, keras.layers.Conv2D), model.layers)
    cuts = [layer.cropping for layer in before if isinstance(layer, keras.layers.Cropping2D)]
    if not cuts:
        return heats
    (top, bottom), (left, right) = np.sum(cuts, axis=0).tolist()
    seen = (width - left - right, height - top - bottom)
    whole = np.zeros((len(heats), height, width), np.float32)
    for frame, heat in zip(whole, heats, strict=True):
        frame[top : height - bottom, left : width - right] = cv2.resize(heat, seen, interpolation=cv2.INTER_LINEAR)
    return whole
