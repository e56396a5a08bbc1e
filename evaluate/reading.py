"""How a network wants its faces, and in which order it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schemas.emotion import NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workspace.graphs import Shape


@dataclass(frozen=True)
class Scaling:
    """What grey levels go in as.

    Attributes:
        name: As `--input-scaling` has it, or `card`.
        low: What black (0) becomes.
        high: What white (255) becomes.
        standardised: Whether each picture is brought to mean 0 and deviation 1 instead.
    """

    name: str
    low: float = 0.0
    high: float = 255.0
    standardised: bool = False

    @property
    def words(self) -> str:
        """The scaling in a message."""
        return "each picture standardised" if self.standardised else f"{self.low:g} to {self.high:g}"


SCALINGS = (
    Scaling("unit", 0, 1),
    Scaling("symmetric", -1, 1),
    Scaling("bytes", 0, 255),
    Scaling("standardised", standardised=True),
)
"""Those that networks of others are trained with."""


def prepare(pixels: NDArray[np.uint8], shape: Shape, scaling: Scaling) -> NDArray[np.float32]:
    """Brings grey faces into the shape and range that a network takes.

    Other sizes are made by OpenCV, from bytes to bytes: bilinear where the picture grows, by area where it shrinks. A
    grey level g becomes low + g (high - low) / 255; standardised, (g - mean) / max(deviation, 1/√n) with mean and
    deviation over the picture's n pixels, as `tf.image.per_image_standardization` has it.

    Args:
        pixels: u8 `[N, H, W]`.
        shape: What the graph takes; three channels are three times the grey one.
        scaling: What grey levels go in as.

    Returns:
        float32 `[N, height, width, channels]`, or `[N, channels, height, width]`.

    >>> from workspace.graphs import Shape
    >>> face = np.array([[[0, 255], [51, 102]]], dtype=np.uint8)
    >>> prepare(face, Shape(2, 2, 1), SCALINGS[1]).ravel().tolist()
    [-1.0, 1.0, -0.6000000238418579, -0.20000000298023224]
    """
    pixels = _resized(pixels, shape.height, shape.width)
    if scaling.standardised:
        values = pixels.astype(np.float32)
        mean = values.mean(axis=(1, 2), keepdims=True, dtype=np.float64)
        deviation = values.std(axis=(1, 2), keepdims=True, dtype=np.float64)
        least = 1 / np.sqrt(shape.height * shape.width)
        values = ((values - mean) / np.maximum(deviation, least)).astype(np.float32)
    else:
        levels = scaling.low + np.arange(256) * ((scaling.high - scaling.low) / 255)
        values = levels.astype(np.float32)[pixels]
    values = values[:, None] if shape.channels_first else values[..., None]
    return np.repeat(values, shape.channels, axis=1 if shape.channels_first else 3) if shape.channels > 1 else values


def _resized(pixels: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    if pixels.shape[1:] == (height, width):
        return pixels
    import cv2

    smaller = height < pixels.shape[1] or width < pixels.shape[2]
    way = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    made = [cv2.resize(face, (width, height), interpolation=way) for face in pixels]
    return np.stack(made).astype(np.uint8) if made else np.zeros((0, height, width), np.uint8)


def in_order(outputs: NDArray[np.float32], classes: tuple[str, ...]) -> NDArray[np.float32]:
    """Puts a network's probabilities into mien's order.

    Args:
        outputs: float32 `[N, K]`, a column for each of `classes`.
        classes: mien's seven names in the network's order, `contempt` among them if the network has it. It is dropped
            and the seven divided by their sum.

    Returns:
        float32 `[N, 7]`. Where all seven are 0, each is 1/7.

    >>> in_order(np.array([[.1, .5, 0, 0, 0, 0, 0, .4]], np.float32), (*NAMES[::-1], "contempt")).round(3).tolist()
    [[0.0, 0.0, 0.0, 0.0, 0.0, 0.8330000042915344, 0.16699999570846558]]
    """
    ordered = outputs[:, [classes.index(name) for name in NAMES]]
    if len(classes) == len(NAMES):
        return ordered
    total = ordered.sum(axis=1, keepdims=True)
    return np.where(total > 0, ordered / np.maximum(total, np.finfo(np.float32).tiny), np.float32(1 / len(NAMES)))
