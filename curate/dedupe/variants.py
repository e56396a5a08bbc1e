"""Perceptual hashes of a picture's cut-outs and turns, taken from its thumbnail.

A pHash holds for the whole picture: a crop of 10 % keeps it within 10 bits in a third of the cases, a 5 % border in one
of six. So cut-outs of 90 % (in the middle, at each corner, and half way to it) are hashed as well, and held against the
plain hashes of the others: a crop then meets the cut-out it was taken from, and the middle of a framed picture meets
the picture. What changes a picture's edge, a caption or the black corners of a turned picture, leaves its middle as it
was: the middle, straight and turned, is held against the straight middles of the others. `docs/dedupe.md` has what is
found.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HASHED_SIDE = 32
"""A pHash is taken from 32 x 32 pixels (Zauner 2010; `imagehash.phash`)."""

FREQUENCIES = 8
"""Its bits are the 8 x 8 lowest frequencies of the cosine transform, held against their median."""

PRECISION = 2.0**20
"""The transform is rounded to whole multiples of 1 / this: sums of whole numbers come out the same on every machine."""

CHUNK = 2_048
"""Pictures hashed at once: 16 MiB of pixels."""


def _turn(degrees: float) -> tuple[float, ...]:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (cosine, -sine, 0.0, sine, cosine, 0.0)


def _cut(x: float, y: float) -> tuple[float, ...]:
    return (0.9, 0.0, x, 0.0, 0.9, y)


TURNS: NDArray[np.float64] = np.array([_turn(0), _turn(4), _turn(-4)])
"""How a picture is turned, as warps of `curate.dedupe.align`: from a place of the turned one to one of the picture."""

VARIANTS: NDArray[np.float64] = np.array(
    [
        _cut(0, 0),
        *(_cut(x, y) for reach in (0.1, 0.05) for x in (-reach, reach) for y in (-reach, reach)),
        *TURNS[1:],
    ]
)
"""The cut-outs and turns, as warps: from a place of the variant to a place of the picture."""

MIDDLE = 0.85
"""Share of each side that the middle has: free of a caption of 7 % and of the corners that a turn by 5 degrees cuts."""


def variant_hashes(thumbnails: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash the cut-outs and turns of pictures, to be held against the plain hashes of others.

    Args:
        thumbnails: Grey levels, uint8 `[N, 64, 64]`.

    Returns:
        Hashes, uint64 `[N, 11]`, in the order of `VARIANTS`; the first bit is the most significant, as in
        `int(str(imagehash.phash(picture)), 16)`.

    """
    return _hashes(thumbnails, _transform(VARIANTS.tobytes()))


def middle_hashes(thumbnails: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash the middles of pictures, straight and turned, to be held against the straight middles of others.

    Args:
        thumbnails: Grey levels, uint8 `[N, 64, 64]`.

    Returns:
        Hashes, uint64 `[N, 3]`, in the order of `TURNS`, of which the first is straight.

    """
    return _hashes(thumbnails, _transform((TURNS * np.array([MIDDLE, MIDDLE, 1, MIDDLE, MIDDLE, 1])).tobytes()))


def backwards(warps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Invert warps, float64 `[V, 6]`."""
    square = np.zeros((len(warps), 3, 3))
    square[:, :2], square[:, 2, 2] = warps.reshape(-1, 2, 3), 1
    return np.asarray(np.linalg.inv(square)[:, :2].reshape(-1, 6), dtype=np.float64)


def mirrored(warps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the warps between the mirror images, float64 `[V, 6]`."""
    return np.asarray(warps * np.array([1, -1, -1, -1, 1, 1]), dtype=np.float64)


def _hashes(thumbnails: NDArray[np.uint8], transform: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Hash what a transform reads, uint64 `[N, V]`."""
    hashes = np.empty((len(thumbnails), transform.shape[1] // FREQUENCIES**2), dtype=np.uint64)
    for start in range(0, len(thumbnails), CHUNK):
        chunk = np.asarray(thumbnails[start : start + CHUNK])
        shape = (len(chunk), HASHED_SIDE, 2, HASHED_SIDE, 2)
        pixels = chunk.reshape(shape).sum(axis=(2, 4), dtype=np.float64)  # four times the mean: whole numbers
        waves = (pixels.reshape(len(chunk), -1) @ transform).reshape(-1, FREQUENCIES**2)
        middle = np.sort(waves, axis=1)[:, FREQUENCIES**2 // 2 - 1 :][:, :2].sum(axis=1, keepdims=True)
        bits = np.packbits(2 * waves > middle, axis=1)
        hashes[start : start + CHUNK] = bits.view(">u8").astype(np.uint64).reshape(len(chunk), -1)
    return hashes


@cache
def _transform(warps: bytes) -> NDArray[np.float64]:
    """Build the matrix from the pixels of a picture to the frequencies of its variants, `[1024, V * 64]`.

    Args:
        warps: The bytes of float64 `[V, 6]`: an array cannot be remembered by.

    """
    positions = np.arange(HASHED_SIDE)
    waves = np.cos(np.pi / HASHED_SIDE * np.outer(np.arange(FREQUENCIES), positions + 0.5))
    pictures_to_frequencies = np.kron(waves, waves)
    rows = [pictures_to_frequencies @ _resampling(warp) for warp in np.frombuffer(warps).reshape(-1, 6)]
    return np.rint(np.concatenate(rows) * PRECISION).T


def _resampling(warp: NDArray[np.float64]) -> NDArray[np.float64]:
    """Build the matrix that reads a picture where the warp says, bilinearly, its edge repeated outside."""
    half = HASHED_SIDE / 2
    place = (np.arange(HASHED_SIDE) + 0.5) / half - 1
    x, y = (axis.ravel() for axis in np.meshgrid(place, place))
    across = np.clip((warp[0] * x + warp[1] * y + warp[2] + 1) * half - 0.5, 0, HASHED_SIDE - 1)
    down = np.clip((warp[3] * x + warp[4] * y + warp[5] + 1) * half - 0.5, 0, HASHED_SIDE - 1)
    left, top = (np.minimum(axis.astype(np.int64), HASHED_SIDE - 2) for axis in (across, down))
    right_part, bottom_part = across - left, down - top
    matrix = np.zeros((HASHED_SIDE**2, HASHED_SIDE**2))
    pixel = np.arange(HASHED_SIDE**2)
    for row, by_row in ((0, 1 - bottom_part), (1, bottom_part)):
        for column, by_column in ((0, 1 - right_part), (1, right_part)):
            matrix[pixel, (top + row) * HASHED_SIDE + left + column] += by_row * by_column
    return matrix
