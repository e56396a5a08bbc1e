"""Occlusion maps: how a probability falls when a part of the face is covered (Zeiler and Fergus 2014, section 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray


def covered(face: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A face covered by a grey square at each place in turn.

    The square moves by half its side and stands at both edges; its grey is the face's mean.

    Args:
        face: u8 `[H, W]`.
        side: Of the square, pixels, less than H and W.

    Returns:
        u8 `[P, H, W]`, row by row.
    """
    made = np.repeat(face[None], len(_corners(face.shape[0], side)) * len(_corners(face.shape[1], side)), axis=0)
    for picture, (top, left) in zip(made, _places(face, side), strict=True):
        picture[top : top + side, left : left + side] = round(float(face.mean()))
    return made


def occlusion(
    batches: Callable[[Iterable[NDArray[np.uint8]]], Iterator[NDArray[np.float32]]],
    faces: NDArray[np.uint8],
    side: int,
) -> Iterator[NDArray[np.float64]]:
    """How far each class's probability falls where a face is covered.

    A pixel's value is the mean fall over the squares that cover it: above 0 it speaks for the class, below 0 against.

    Args:
        batches: A network, as `evaluate.model.Model.batches`.
        faces: u8 `[N, H, W]`.
        side: Of the square.

    Yields:
        For each face float64 `[K, H, W]`.
    """
    for face, said in zip(
        faces, batches(np.concatenate([face[None], covered(face, side)]) for face in faces), strict=True
    ):
        falls = said[0].astype(np.float64) - said[1:]
        total = np.zeros((said.shape[1], *face.shape))
        times = np.zeros(face.shape)
        for fall, (top, left) in zip(falls, _places(face, side), strict=True):
            total[:, top : top + side, left : left + side] += fall[:, None, None]
            times[top : top + side, left : left + side] += 1
        yield total / times


def _places(face: NDArray[np.uint8], side: int) -> list[tuple[int, int]]:
    height, width = face.shape
    return [(top, left) for top in _corners(height, side) for left in _corners(width, side)]


def _corners(length: int, side: int) -> list[int]:
    """Where a square begins along an axis, so that all of it is covered.

    >>> _corners(48, 20)
    [0, 10, 20, 28]
    """
    return [*range(0, length - side, max(1, side // 2)), length - side]
