"""Which faces samples are made of, and how many of each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_ENOUGH = 0.5
"""A class within half a picture of its target is there."""


@dataclass(frozen=True)
class Training:
    """The training split, as far as balancing looks at it.

    Attributes:
        face_ids: text `[N]`.
        shares: How much each face counts for each class, float64 `[N, C]`, rows of a sum of 1; a 1 at the label where
            faces count for their label.
        sharpness: float `[N]`; not a number where nothing was measured.
    """

    face_ids: Sequence[str]
    shares: NDArray[np.float64]
    sharpness: NDArray[np.floating]

    @property
    def classes(self) -> NDArray[np.intp]:
        """The class that each face counts most for, int `[N]`; of equal ones the first."""
        return np.asarray(np.argmax(self.shares, axis=1))


def samples(training: Training, targets: Sequence[float], cap: int) -> NDArray[np.int64]:
    """How many samples are made of each face.

    The class that is furthest below its target gets the next sample, until none lacks half a picture. Within a class
    the parents take turns, the sharpest first: no face has two samples more than another, and where the last round does
    not go through, the sharper ones have one more. Each sample counts for the classes as its parent does.

    Args:
        training: Parents.
        targets: What each class is brought to.
        cap: Most times that a face is shown, itself among them; 0: no limit.

    Returns:
        int64 `[N]`.

    >>> three = Training(["a", "b", "c"], np.array([[1, 0], [1, 0], [0, 1]], float), np.array([0.2, 0.9, 0.5]))
    >>> samples(three, [5, 2], 0).tolist()
    [1, 2, 1]
    >>> samples(three, [5, 5], 3).tolist()  # the third is shown three times, and its class stays short
    [1, 2, 2]
    """
    made = np.zeros(len(training.face_ids), np.int64)
    queues = [_sharpest_first(training, number) for number in range(training.shares.shape[1])]
    room = [len(queue) * (cap - 1) if cap else (2**62 if len(queue) else 0) for queue in queues]
    lack = np.asarray(targets, np.float64) - training.shares.sum(axis=0)
    used = [0] * len(queues)
    while True:
        open_ = [number for number in range(len(queues)) if used[number] < room[number] and lack[number] >= _ENOUGH]
        if not open_:
            return made
        number = max(open_, key=lambda place: (lack[place], -place))
        parent = queues[number][used[number] % len(queues[number])]
        made[parent] += 1
        used[number] += 1
        lack -= training.shares[parent]


def left_out(training: Training, targets: Sequence[float], seed: int) -> NDArray[np.bool_]:
    """Which faces are not shown, so that no class has more than its target.

    The class that is furthest above its target gives the next face, in an order drawn from the seed.

    Args:
        training: All faces.
        targets: What each class is brought to.
        seed: Of the draw.

    Returns:
        bool `[N]`.
    """
    out = np.zeros(len(training.face_ids), np.bool_)
    drawn = [hashlib.sha256(f"mien-undersample/1 {seed} {face}".encode()).digest() for face in training.face_ids]
    order = sorted(range(len(drawn)), key=lambda place: drawn[place])
    classes = training.classes
    queues = [[place for place in order if classes[place] == number] for number in range(training.shares.shape[1])]
    above = training.shares.sum(axis=0) - np.asarray(targets, np.float64)
    while True:
        open_ = [number for number in range(len(queues)) if queues[number] and above[number] >= _ENOUGH]
        if not open_:
            return out
        number = max(open_, key=lambda place: (above[place], -place))
        face = queues[number].pop()
        out[face] = True
        above -= training.shares[face]


def _sharpest_first(training: Training, number: int) -> list[int]:
    """The faces of a class; those without a measure come last, equal ones in the order of their ids."""
    sharpness = np.nan_to_num(np.asarray(training.sharpness, np.float64), nan=-1.0)
    of_class = np.flatnonzero(training.classes == number)
    return sorted(of_class.tolist(), key=lambda place: (-sharpness[place], training.face_ids[place]))
