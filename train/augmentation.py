"""Random transformations of a batch of grey faces, in numpy alone: the same pixels on every backend.

A turn, a change of size, a mirroring, a shift and the random crop are one affine map, sampled once bilinearly; what
lies outside the picture repeats its border, so no black corner tells the network how a face was turned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schemas.settings import FitSettings

_STRETCH = 0.5
"""Share of `zoom` by which width may differ from height."""
_ERASED = (1 / 8, 3 / 8)
"""Sides of the blotted rectangle, parts of the picture's."""


def augment(pixels: NDArray[np.uint8], settings: FitSettings, random: np.random.Generator) -> NDArray[np.float32]:
    """Draws one random version of each face.

    Args:
        pixels: Faces, uint8 [N, H, W].
        settings: Strengths of the transformations, and the side of the crop.
        random: Where all chance comes from.

    Returns:
        float32 [N, crop, crop, 1], 0 to 255; equal to the middle of the face where all strengths are 0.
    """
    result = _warped(pixels, settings, random)
    count = len(pixels)
    gain = np.exp(_uniform(random, settings.contrast, count))
    offset = 128 + _uniform(random, settings.brightness, count) - 128 * gain
    result *= gain[:, None, None]
    result += offset[:, None, None]
    np.clip(result, 0, 255, out=result)
    _erase(result, settings.erasing, random)
    return result[..., None]


def _warped(pixels: NDArray[np.uint8], settings: FitSettings, random: np.random.Generator) -> NDArray[np.float32]:
    count, height, width = pixels.shape
    side = min(settings.crop, height)
    turn = np.deg2rad(_uniform(random, settings.rotation, count))
    scale_y = np.exp(_uniform(random, settings.zoom, count))
    scale_x = scale_y * np.exp(_uniform(random, settings.zoom * _STRETCH, count))
    mirror = np.where(random.random(count) < 0.5 * settings.mirror, np.float32(-1), np.float32(1))
    reach = (height - side) / 2 + settings.shift
    centre_x = (width - 1) / 2 + _uniform(random, reach, count)
    centre_y = (height - 1) / 2 + _uniform(random, reach, count)
    steps = np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)

    def source(from_x: Any, from_y: Any, centre: Any, last: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Where each pixel comes from along one axis: the pixel before it and the distance to that."""
        along = from_x[:, None, None] * steps + (from_y[:, None] * steps + centre[:, None])[:, :, None]
        np.clip(along, 0, last, out=along)
        before = np.minimum(along.astype(np.int32), last - 1)
        along -= before
        return before, along

    cosine, sine = np.cos(turn), np.sin(turn)
    column, right = source(mirror * cosine * scale_x, -sine * scale_y, centre_x, width - 1)
    row, down = source(mirror * sine * scale_x, cosine * scale_y, centre_y, height - 1)
    row *= width
    row += column
    row += (np.arange(count, dtype=np.int32) * (height * width))[:, None, None]
    flat = pixels.reshape(-1)
    top = _between(flat[row], flat[row + 1], right)
    bottom = _between(flat[row + width], flat[row + width + 1], right)
    bottom -= top
    bottom *= down
    top += bottom
    return top


def _between(first: NDArray[np.uint8], second: NDArray[np.uint8], share: NDArray[np.float32]) -> NDArray[np.float32]:
    start = first.astype(np.float32)
    change = second.astype(np.float32)
    change -= start
    change *= share
    start += change
    return start


def _uniform(random: np.random.Generator, reach: float, count: int) -> NDArray[np.float32]:
    return (random.random(count, dtype=np.float32) * 2 - 1) * np.float32(reach)


def _erase(pictures: NDArray[np.float32], probability: float, random: np.random.Generator) -> None:
    side = pictures.shape[1]
    low, high = (round(part * side) for part in _ERASED)
    for chosen in np.flatnonzero(random.random(len(pictures)) < probability):
        height, width = random.integers(low, high, size=2, endpoint=True)
        top, left = random.integers(0, side - height), random.integers(0, side - width)
        pictures[chosen, top : top + height, left : left + width] = random.uniform(0, 255)
