"""Grad-CAM: which places of a layer's map speak for a class (Selvaraju et al. 2017, arXiv:1610.02391)."""

from __future__ import annotations

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
