"""The same face picture in several photographs: in a collage and on its own, or twice in one collage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from curate.neighbours import join, self_join

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SHIFT = 2
"""Pixels by which two detections of one face may place it differently in its 48×48 frame."""


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
        face: Gives an aligned grey face by its index, uint8 `[48, 48]`.
        distance: Furthest hashes that are compared by pixels, bits.
        correlation: Least correlation of one picture with itself, 0 to 1.
    """
    keeper = np.full(len(hashes), -1, np.int64)
    measured = np.full(len(hashes), np.nan, np.float32)
    for first, second, flip in sorted(_candidates(hashes, mirrored, distance)):
        if keeper[first] >= 0 or keeper[second] >= 0:
            continue
        other = face(second)
        alike = same(face(first), other[:, ::-1] if flip else other)
        if alike >= correlation:
            keeper[second], measured[second] = first, alike
    return Duplicates(keeper, measured)


def same(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Correlation of two aligned faces at the best shift of up to two pixels.

    Args:
        one: uint8 grey `[48, 48]`.
        other: uint8 grey `[48, 48]`.

    Returns:
        Pearson's r of the grey values, -1 to 1; 0 where one of them is even.

    Examples:
        >>> face = np.random.default_rng(0).integers(0, 255, (48, 48), np.uint8)
        >>> round(same(face, np.roll(face, 1, axis=0)), 3), same(face, 255 - face) < 0.2
        (1.0, 0.1)
    """
    inner = one[SHIFT:-SHIFT, SHIFT:-SHIFT]
    if inner.min() == inner.max():
        return 0.0
    match = cv2.matchTemplate(np.ascontiguousarray(other), np.ascontiguousarray(inner), cv2.TM_CCOEFF_NORMED)
    best = float(match.max())
    return round(best, 4) if np.isfinite(best) and best <= 1.001 else 0.0


def _candidates(hashes: NDArray[np.uint64], mirrored: NDArray[np.uint64], distance: int) -> set[tuple[int, int, bool]]:
    near = self_join(hashes, distance)
    turned = join(mirrored, hashes, distance)
    straight = {(one, two, False) for one, two in zip(near.first.tolist(), near.second.tolist(), strict=True)}
    flipped = {
        (min(one, two), max(one, two), True)
        for one, two in zip(turned.first.tolist(), turned.second.tolist(), strict=True)
        if one != two
    }
    return straight | flipped
