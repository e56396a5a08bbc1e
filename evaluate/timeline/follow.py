"""Faces followed from frame to frame by the overlap of their boxes.

By place alone: nobody is recognised. Whoever is at the same place after a cut goes on as the same face, and who leaves
the picture for a while comes back as another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OVERLAP = 0.3
"""Least intersection over union of two boxes that are one face's, as in SORT (Bewley et al., ICIP 2016)."""
LOST_S = 1.0
"""Seconds without a box after which a face has gone: a blink or a hand before it is shorter."""


class Follower:
    """Numbers faces so that one that stays keeps its number; numbers begin at 1."""

    def __init__(self, lost_s: float = LOST_S) -> None:
        self._lost_s = lost_s
        self._last: dict[int, tuple[float, NDArray[np.float32]]] = {}
        self._count = 0

    def numbers(self, time_s: float, boxes: NDArray[np.float32]) -> list[int]:
        """The numbers of the faces of the next frame.

        Args:
            time_s: When; later than the frame before.
            boxes: float32 `[N, 4]`, left, top, right, bottom.

        Returns:
            One number for each box. Boxes that overlap most find each other first.

        >>> follower = Follower()
        >>> follower.numbers(0.0, np.array([[0, 0, 10, 10], [50, 0, 60, 10]], np.float32))
        [1, 2]
        >>> follower.numbers(0.2, np.array([[52, 0, 62, 10], [0, 40, 10, 50]], np.float32))
        [2, 3]
        """
        self._last = {face: seen for face, seen in self._last.items() if time_s - seen[0] <= self._lost_s}
        known = list(self._last)
        shares = overlaps(np.array([self._last[face][1] for face in known], np.float32).reshape(-1, 4), boxes)
        found = [0] * len(boxes)
        while shares.size and shares.max() >= OVERLAP:
            row, column = np.unravel_index(int(shares.argmax()), shares.shape)
            found[column] = known[row]
            shares[row, :] = shares[:, column] = 0
        for at, face in enumerate(found):
            if not face:
                self._count += 1
                found[at] = self._count
            self._last[found[at]] = (time_s, boxes[at])
        return found


def overlaps(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float64]:
    """Intersection over union of boxes.

    Args:
        one: `[M, 4]`, left, top, right, bottom.
        other: `[N, 4]`.

    Returns:
        float64 `[M, N]`, 0 to 1.

    >>> boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10]], np.float32)
    >>> overlaps(boxes, boxes).round(3).tolist()
    [[1.0, 0.333], [0.333, 1.0]]
    """
    first, second = one.astype(np.float64)[:, None], other.astype(np.float64)[None]
    sides = np.minimum(first[..., 2:], second[..., 2:]) - np.maximum(first[..., :2], second[..., :2])
    shared = np.clip(sides, 0, None).prod(axis=-1)
    areas = [np.clip(boxes[..., 2:] - boxes[..., :2], 0, None).prod(axis=-1) for boxes in (first, second)]
    whole = areas[0] + areas[1] - shared
    return np.asarray(np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 0), np.float64)
