"""The same face picture in several photographs: in a collage and on its own, or twice in one collage."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from curate.dedupe.neighbours import join, self_join

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SIDE = 64
"""Side of the aligned grey faces that are compared, pixels."""
SHIFT = 4
"""Pixels by which two detections of one face may place a part of it differently."""
_DETAIL = 3.0  # standard deviation of the Gaussian that is taken away
_HALVES = ((0.5, 0.0), (0.0, 0.5), (0.5, 0.5))
_HOPELESS = 0.8
"""Correlation at whole pixels below which half pixels are not tried; they gain 0.08 at most (`docs/framing.md`)."""
_ALIGNABLE = 0.75
"""Correlation of the worst block below which laying the one over the other is not tried; of the pairs that it
makes out to be one picture the least had 0.78 without it (`docs/framing.md`)."""
_CELLS = 16
_COARSE = 0.8
"""Least correlation of 16×16 means that is looked at closer; of 136 true pairs the least had 0.83."""
_ROWS = ((8, 26), (20, 40), (38, 60))  # brows and eyes, nose, mouth and chin
_COLUMNS = ((8, 32), (32, 56))


@dataclass(frozen=True)
class Duplicates:
    """Which faces are pictures of a face that is kept.

    Attributes:
        keeper: int64 `[N]`, index of the face that stays, or -1 for a face that is no duplicate.
        correlation: float32 `[N]`, with the keeper; nan for a face that is no duplicate.
    """

    keeper: NDArray[np.int64]
    correlation: NDArray[np.float32]


def duplicates(
    hashes: NDArray[np.uint64],
    mirrored: NDArray[np.uint64],
    face: Callable[[int], NDArray[np.uint8]],
    distance: int,
    correlation: float,
) -> Duplicates:
    """Find faces that are the same picture.

    Candidates are near by perceptual hash, as they are or mirrored; each is verified by its pixels. A face is a
    duplicate of the first face before it that it matches and that is none itself: groups are stars and do not chain.

    Args:
        hashes: uint64 `[N]`, of the aligned faces, those to keep first.
        mirrored: uint64 `[N]`, of their mirror images.
        face: Gives an aligned grey face by its index, uint8 `[64, 64]`.
        distance: Furthest hashes that are compared by pixels, bits.
        correlation: Least correlation of one picture with itself, 0 to 1.
    """
    keeper = np.full(len(hashes), -1, np.int64)
    measured = np.full(len(hashes), np.nan, np.float32)

    @functools.cache
    def coarse(index: int) -> NDArray[np.float64]:
        cells = face(index).reshape(_CELLS, SIDE // _CELLS, _CELLS, SIDE // _CELLS)
        return np.asarray(cells.mean(axis=(1, 3)), np.float64)

    for first, second, flip in _candidates(hashes, mirrored, distance).tolist():
        if keeper[first] >= 0 or keeper[second] >= 0:
            continue
        if _alike(coarse(first), coarse(second)[:, ::-1] if flip else coarse(second)) < _COARSE:
            continue
        other = face(second)
        other = other[:, ::-1] if flip else other
        alike = same(face(first), other)
        if _ALIGNABLE <= alike < correlation:
            alike = max(alike, same(face(first), _laid_over(face(first), other)))
        if alike >= correlation:
            keeper[second], measured[second] = first, alike
    return Duplicates(keeper, measured)


def same(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """How alike two aligned faces are where they are least alike.

    Two moments of one session differ in the brows or the mouth alone, and that is the very thing a data set of
    expressions must not lose. So the fine detail (less its Gaussian mean) of six blocks is compared, each at its own
    best shift of up to four pixels, by halves, since two detections place a face a little differently; the worst block
    decides.

    Args:
        one: uint8 grey `[64, 64]`, aligned.
        other: uint8 grey `[64, 64]`, aligned.

    Returns:
        The least of the six blocks' best Pearson correlations, -1 to 1, three decimals; 0 where a block is even.

    Examples:
        >>> face = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
        >>> same(face, face), same(face, 255 - face) < 0.5
        (1.0, True)
    """
    first, second = _detail(one), _detail(other)
    alike = _blocks(first, second)
    if min(alike) >= _HOPELESS:
        for x, y in _HALVES:
            shift = np.array([[1, 0, -x], [0, 1, -y]])
            moved = cv2.warpAffine(
                second, shift, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
            )
            alike = [max(pair) for pair in zip(alike, _blocks(first, np.asarray(moved, np.float32)), strict=True)]
    return round(min(alike), 3)


def _laid_over(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The other face moved onto the one by the affine warp that fits best, or as it is where none does.

    Two detections of one face, in a copy of another size or in its mirror image, differ by more than a shift.
    Enhanced correlation coefficient: Evangelidis and Psarakis, IEEE PAMI 30(10), 2008.
    """
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 50, 1e-4)
    images = [cv2.GaussianBlur(face.astype(np.float32), (0, 0), 1.0) for face in (one, other)]
    start = np.eye(2, 3, dtype=np.float32)
    try:
        _, warp = cv2.findTransformECC(*images, start, cv2.MOTION_AFFINE, until, None, 1)  # type: ignore[call-overload]
    except cv2.error:  # the iteration found no way to go
        return other
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(other, warp, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REFLECT_101), np.uint8
    )


def _blocks(first: NDArray[np.float32], second: NDArray[np.float32]) -> list[float]:
    return [_best(first, second, rows, columns) for rows in _ROWS for columns in _COLUMNS]


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson's correlation of two arrays of one shape; 0 where one is even."""
    one, other = one - one.mean(), other - other.mean()
    spread = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / spread if spread else 0.0


def _detail(face: NDArray[np.uint8]) -> NDArray[np.float32]:
    values = face.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), _DETAIL), np.float32)


def _best(
    first: NDArray[np.float32], second: NDArray[np.float32], rows: tuple[int, int], columns: tuple[int, int]
) -> float:
    """Correlation of a block of the one with the most similar block of the other at up to `SHIFT` pixels from there."""
    (top, bottom), (left, right) = rows, columns
    block = first[top:bottom, left:right]
    block = block - block.mean()
    around = second[top - SHIFT : bottom + SHIFT, left - SHIFT : right + SHIFT]
    windows = np.lib.stride_tricks.sliding_window_view(around, block.shape).reshape(-1, block.size)
    spread = np.sqrt((block**2).sum() * windows.var(axis=1) * block.size)
    products = windows @ block.ravel()
    # An even block has no detail but rounding, far below one grey level.
    return float(np.max(products / np.maximum(spread, 1.0)))


def _candidates(hashes: NDArray[np.uint64], mirrored: NDArray[np.uint64], distance: int) -> NDArray[np.int64]:
    """Pairs to compare, int64 `[P, 3]`: first, second, whether mirrored; in ascending order."""
    near = self_join(hashes, distance)
    turned = join(mirrored, hashes, distance)
    straight = np.stack([near.first, near.second, np.zeros_like(near.first)], axis=1)
    ends = np.sort(np.stack([turned.first, turned.second], axis=1), axis=1)
    flipped = np.concatenate([ends, np.ones((len(ends), 1), np.int64)], axis=1)[ends[:, 0] != ends[:, 1]]
    return np.asarray(np.unique(np.concatenate([straight, flipped]), axis=0), np.int64)
