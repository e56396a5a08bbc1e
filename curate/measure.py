"""Measures everything that later steps decide by, from the bytes of a file, in one pass.

All figures but the size are taken from the *canonical picture*: the decoded picture (upright, on white), shrunk
so that its longest side has at most 192 pixels. So a threshold means the same for a 300-pixel and a 6,000-pixel
picture, and no measure runs over megapixels.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd
from scipy import fftpack

from schemas.tables import IMAGES
from workspace.pixels import DEFAULT_LIMITS, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from workspace.pixels import Limits, Picture

SIDE = 192
"""Longest side of the canonical picture. A face that fills a quarter of it has FER-2013's 48 pixels."""
THUMBNAIL = 64
"""Side of the stored thumbnail, by which dedupe verifies copies; at 32, frames of one film cannot be told from them."""
HASHED = 32
"""Side of what is hashed, the thumbnail in blocks of 2×2: what `imagehash.phash` shrinks any picture to."""
RECIPE = "mien-canonical/1 block-mean<384 bilinear192 bt601 area64 area32"
"""Name and version of the way from pixels to thumbnail. Hashes of two recipes cannot be compared."""

_CELLS = 8
_ROW_STEP = 3
"""Histograms take every third row of the canonical picture: 12,000 samples fix a percentile to half a level."""
_SHADOW, _HIGHLIGHT = 5, 250
"""JPEG rings around 0 and 255 by a few levels, so values this near to them are clipped ones."""
_COMMON_GREYS = 16
_DETAIL, _HARD = 4, 64
"""Laplacians: below the first a pixel is flat, from the second on it is a drawn line. docs/filters.md has the trial."""


_TAKEN_OVER = ("image_id", "format", "mode", "width", "height", "bytes", "frames", "orientation")


@dataclass(frozen=True, eq=False)
class Measured:
    """What one pass over a file gives; `as_frame` turns a batch of them into rows of the table `images`.

    Attributes:
        image_id: SHA-256 of the file's bytes, hexadecimal.
        bytes: Size of the file.
        format: As `Picture.format`.
        mode: As `Picture.mode`.
        width: Pixels, upright.
        height: Pixels, upright.
        frames: As `Picture.frames`.
        orientation: As `Picture.orientation`.
        thumbnail: uint8 `[64, 64]`, grey.
        levels: int64 `[256]`, samples of the canonical picture by grey level.
        edges: int64 `[256]`, samples by absolute Laplacian, 255 and above together.
        energy: float32 `[8, 8]`, mean square of the Laplacian in each cell.
    """

    image_id: str
    bytes: int
    format: str
    mode: str
    width: int
    height: int
    frames: int
    orientation: int
    thumbnail: NDArray[np.uint8]
    levels: NDArray[np.int64]
    edges: NDArray[np.int64]
    energy: NDArray[np.float32]


def measure(data: bytes, limits: Limits = DEFAULT_LIMITS, image_id: str = "") -> Measured:
    """Decodes and measures one file.

    Args:
        data: All bytes of the file.
        limits: What to refuse before decoding.
        image_id: SHA-256 of `data`, where the caller has it already; computed when empty.

    Raises:
        ImageError: As `workspace.pixels.decode`.
    """
    picture = decode(data, limits)
    return measure_picture(picture, image_id or hashlib.sha256(data).hexdigest(), len(data))


def measure_picture(picture: Picture, image_id: str, size: int) -> Measured:
    """Measures a decoded picture.

    Args:
        picture: What `workspace.pixels.decode` gave.
        image_id: SHA-256 of the file's bytes.
        size: Bytes of the file.
    """
    canonical = shrink(picture.pixels)
    grey = canonical if canonical.ndim == 2 else np.asarray(cv2.cvtColor(canonical, cv2.COLOR_RGB2GRAY), np.uint8)
    laplacian = np.asarray(cv2.Laplacian(grey, cv2.CV_16S), np.int16)
    energy = cv2.resize(np.square(laplacian.astype(np.float32)), (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    return Measured(
        image_id,
        size,
        picture.format,
        picture.mode,
        picture.width,
        picture.height,
        picture.frames,
        picture.orientation,
        thumbnail=_resize(grey, (THUMBNAIL, THUMBNAIL), cv2.INTER_AREA),
        levels=_histogram(grey[::_ROW_STEP]),
        edges=_histogram(np.asarray(cv2.convertScaleAbs(laplacian[::_ROW_STEP]), np.uint8)),
        energy=np.asarray(energy, np.float32),
    )


def shrink(pixels: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8]:
    """Shrinks a picture to the canonical scale; a smaller one stays as it is.

    Two steps, since averaging over fractions of pixels costs as much as decoding: means over whole blocks down to
    less than twice the side, then bilinear, which at a factor below two leaves no pixel out.

    Args:
        pixels: uint8 `[H, W]` or `[H, W, 3]`.
        side: Longest side of the result, pixels.

    Returns:
        uint8, the same number of channels; its longest side is at most `side`.

    >>> shrink(np.zeros((1000, 500, 3), np.uint8)).shape
    (192, 96, 3)
    """
    height, width = pixels.shape[:2]
    block = max(height, width) // side
    if block > 1 and min(height, width) >= block:
        height, width = height // block, width // block
        top, left = (pixels.shape[0] - height * block) // 2, (pixels.shape[1] - width * block) // 2
        whole = pixels[top : top + height * block, left : left + width * block]
        pixels = _resize(whole, (width, height), cv2.INTER_AREA)
    longest = max(height, width)
    if longest <= side:
        return pixels
    target = max(1, round(width * side / longest)), max(1, round(height * side / longest))
    return _resize(pixels, target, cv2.INTER_LINEAR)


def _resize(pixels: NDArray[np.uint8], size: tuple[int, int], interpolation: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(pixels, size, interpolation=interpolation), np.uint8)


def as_frame(measured: Iterable[Measured]) -> pd.DataFrame:
    """Turns measurements into rows of the table `images`, in the given order.

    A row does not depend on the others of its batch, not even in its last bit.

    Args:
        measured: Any number of measurements.

    Returns:
        A frame with the columns of `schemas.tables.IMAGES`.
    """
    rows = list(measured)
    if not rows:
        return pd.DataFrame(columns=IMAGES.names)
    columns: dict[str, Sequence[object] | NDArray[np.generic]] = {
        name: [getattr(row, name) for row in rows] for name in _TAKEN_OVER
    }
    columns["recipe"] = [RECIPE] * len(rows)
    columns["thumbnail"] = [row.thumbnail.tobytes() for row in rows]
    columns["phash"], columns["phash_mirrored"] = perceptual_hashes([hashed(row.thumbnail) for row in rows])
    columns |= _exposure(np.stack([row.levels for row in rows]))
    columns |= _detail(np.stack([row.energy for row in rows]), np.stack([row.edges for row in rows]))
    return pd.DataFrame({column.name: _typed(columns[column.name], column.type) for column in IMAGES.columns})


def _typed(values: Sequence[object] | NDArray[np.generic], arrow_type: str) -> Sequence[object] | NDArray[np.generic]:
    return values if arrow_type in {"string", "binary"} else np.asarray(values, arrow_type)


def hashed(thumbnail: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What is hashed of a thumbnail: the means of its blocks of 2×2, uint8 `[32, 32]`."""
    return _resize(thumbnail, (HASHED, HASHED), cv2.INTER_AREA)


def perceptual_hashes(
    pictures: Sequence[NDArray[np.uint8]],
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The 64-bit perceptual hash of each small picture and of its mirror image.

    Bit for bit `imagehash.phash` of it as a Pillow picture, and of `picture[:, ::-1]`: the 8×8 lowest
    frequencies of the type-II cosine transform, each held against their median. The same transform in the same
    precision is used, because in flat and in symmetric pictures rounding alone decides a bit.

    Args:
        pictures: N arrays, uint8 `[32, 32]`, as `hashed` gives them.

    Returns:
        Two uint64 arrays `[N]`; the most significant bit is the first of imagehash's array, so
        `f"{value:016x}" == str(imagehash.phash(...))`.

    >>> hashes, mirrored = perceptual_hashes([np.eye(32, dtype=np.uint8)])
    >>> f"{hashes[0]:016x}"
    '8044205108442215'
    """
    columns = fftpack.dct(np.stack(pictures), axis=1)[:, :8]
    return _bits(fftpack.dct(columns, axis=2)), _bits(fftpack.dct(columns[:, :, ::-1], axis=2))


def _bits(transform: NDArray[np.float64]) -> NDArray[np.uint64]:
    low = np.ascontiguousarray(transform[:, :, :8]).reshape(-1, 64)
    above = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(above, axis=1).view(">u8")[:, 0].astype(np.uint64)


def _histogram(values: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.bincount(values.ravel(), minlength=256)


def _exposure(counts: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Figures of brightness from grey-level counts `[N, 256]`; whole numbers, so sums are exact."""
    grey = np.arange(256)
    total = counts.sum(axis=1)
    mean = counts @ grey / total
    share = counts / total[:, None]
    reached = counts.cumsum(axis=1)
    return {
        "brightness": mean,
        "contrast": np.sqrt(np.maximum(counts @ grey**2 / total - mean**2, 0)),
        "entropy": -(share * np.log2(share, where=share > 0, out=np.zeros_like(share))).sum(axis=1),
        "level_1": (reached * 100 < total[:, None]).sum(axis=1),
        "level_99": (reached * 100 < total[:, None] * 99).sum(axis=1),
        "clipped_shadows": counts[:, : _SHADOW + 1].sum(axis=1) / total,
        "clipped_highlights": counts[:, _HIGHLIGHT:].sum(axis=1) / total,
        "common_greys": np.sort(counts, axis=1)[:, -_COMMON_GREYS:].sum(axis=1) / total,
    }


def _detail(energy: NDArray[np.float32], edges: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Figures of sharpness and of hard edges from Laplacian energies `[N, 8, 8]` and counts `[N, 256]`."""
    cells = energy.astype(np.float64)
    quarters = (cells[:, :-1, :-1] + cells[:, 1:, :-1] + cells[:, :-1, 1:] + cells[:, 1:, 1:]) / 4
    return {
        "sharpness": cells.sum(axis=2).sum(axis=1) / _CELLS**2,
        "sharpness_peak": quarters.max(axis=(1, 2)),
        "hard_edges": edges[:, _HARD:].sum(axis=1) / np.maximum(edges[:, _DETAIL:].sum(axis=1), 1),
    }
