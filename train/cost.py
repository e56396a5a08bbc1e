"""What a network costs: parameters and multiply-adds, counted from its layers."""

from __future__ import annotations

import math
from typing import Any

import keras


def parameters(model: keras.Model) -> int:
    """All weights of a model, the running statistics of batch normalisation among them."""
    return int(model.count_params())


def multiply_adds(model: keras.Model) -> int:
    """Multiplications of the convolutions and dense layers for one picture, each with its addition.

    A convolution does k·k·C_in for each value of its output (divided by the groups; a depthwise one k·k), a dense
    layer C_in. Biases, normalisations and activations are not counted, as is the custom.

    Args:
        model: A model that was built for a fixed input size.

    >>> from train.architectures import paper
    >>> multiply_adds(paper())
    73038848
    """
    return sum(_layer(layer) for layer in model._flatten_layers(include_self=False))  # noqa: SLF001


def _layer(layer: Any) -> int:
    if not isinstance(layer, keras.layers.Dense | keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        return 0
    outputs: int = math.prod(layer.output.shape[1:])
    if isinstance(layer, keras.layers.Dense):
        return outputs * int(layer.input.shape[-1])
    area: int = math.prod(layer.kernel_size)
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return outputs * area
    return outputs * area * int(layer.input.shape[-1]) // int(layer.groups)
