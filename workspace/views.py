"""Test-time augmentation: each face is seen several times, a little otherwise, and the probabilities are averaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

VIEWS = {"none": 1, "mirror": 2, "ten-crop": 10}
"""`--test-time` -> how often each face is computed, which is what it costs."""
CROP_MARGIN = 1
"""Pixels by which the four corner crops lie off the middle. FER-2013's own frames vary by 1.3 and 1.8 pixels
(docs/framing.md); with 2 a compact network did no better than without any view."""


def views(pixels: Pixels, test_time: str) -> Iterator[Pixels]:
    """The views of faces over whose probabilities the mean is taken.

    `mirror` is the face and its mirror image. `ten-crop` is Krizhevsky, Sutskever and Hinton's (NIPS 2012): four
    corners and the middle, and the mirror images of these. They cut 224 pixels out of 256; a face of 48 has nothing to
    spare, so the window keeps its size, moves by `CROP_MARGIN` pixels, and what lies outside repeats the edge.

    Args:
        pixels: u8 `[N, 48, 48]`.
        test_time: `none`, `mirror` or `ten-crop`.

    Yields:
        u8 `[N, 48, 48]`, the faces as they are first.

    >>> [view.tolist() for view in views(np.array([[[1, 2]]], np.uint8), "mirror")]
    [[[[1, 2]]], [[[2, 1]]]]
    """
    for crop in _crops(pixels) if test_time == "ten-crop" else (pixels,):
        yield crop
        if test_time != "none":
            yield np.ascontiguousarray(crop[:, :, ::-1])


def _crops(pixels: Pixels) -> Iterator[Pixels]:
    yield pixels
    margin, (height, width) = CROP_MARGIN, pixels.shape[1:]
    padded = np.pad(pixels, ((0, 0), (margin, margin), (margin, margin)), mode="edge")
    for down in (0, 2 * margin):
        for right in (0, 2 * margin):
            yield np.ascontiguousarray(padded[:, down : down + height, right : right + width])
