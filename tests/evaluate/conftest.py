"""What the tests of `evaluate` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluate.result import Answers
from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TABLE_III = np.array(
    [
        [33, 0, 3, 0, 0, 1, 0],
        [5, 10, 0, 2, 3, 0, 2],
        [0, 0, 22, 0, 1, 13, 2],
        [1, 0, 1, 134, 0, 0, 5],
        [0, 0, 2, 1, 20, 0, 7],
        [0, 0, 1, 2, 0, 39, 1],
        [1, 0, 2, 2, 1, 0, 79],
    ]
)
"""Majeed, Naeem and Saeed, Table III: labels down, predictions across, in FER-2013's order."""


@pytest.fixture
def table_iii() -> NDArray[np.int64]:
    """The published confusion matrix of 396 natural-state faces."""
    return TABLE_III.astype(np.int64)


@pytest.fixture
def answers_of() -> Callable[..., Answers]:
    """Makes the answers that a confusion matrix counts."""

    def make(matrix: NDArray[np.int64], confidence: float = 0.9, **given: Any) -> Answers:
        count = len(matrix)
        labels = np.repeat(np.repeat(np.arange(count), count), matrix.ravel())
        predicted = np.repeat(np.tile(np.arange(count), count), matrix.ravel())
        probabilities = np.full((len(labels), count), (1 - confidence) / (count - 1))
        probabilities[np.arange(len(labels)), predicted] = confidence
        names = tuple(f"face-{at:03}" for at in range(len(labels)))
        return Answers(
            NAMES[:count], names, labels, probabilities, given.pop("groups", np.arange(len(labels))), **given
        )

    return make
