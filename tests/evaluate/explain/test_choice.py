"""Which faces are explained, what is near them, and mean faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.explain.choice import chosen_errors, named_faces
from evaluate.explain.means import mean_faces
from evaluate.explain.nearest import nearest
from schemas.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evaluate.result import Answers


def test_the_surest_errors_of_the_most_confused_pairs(
    answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]
) -> None:
    """Table III: fear as surprise 13, sad as neutral 7, disgust as angry 5: two of each, the surest first."""
    answers = answers_of(table_iii)
    answers.probabilities[np.flatnonzero((answers.labels == 2) & (answers.predicted == 5))[4], 5] = 0.99
    chosen = chosen_errors(answers, 5)
    assert [(answers.labels[at], answers.predicted[at]) for at in chosen] == [(2, 5), (2, 5), (4, 6), (4, 6), (1, 0)]
    assert answers.probabilities[chosen[0], 5] == 0.99


def test_more_than_there_are(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """59 errors are all that Table III has, each once."""
    chosen = chosen_errors(answers_of(table_iii), 500)
    assert (len(chosen), len(set(chosen))) == (59, 59)


def test_faces_by_name(answers_of: Callable[..., Answers], table_iii: NDArray[np.int64]) -> None:
    """In the order they were named, each once; an unknown name gets the nearest one."""
    answers = answers_of(table_iii)
    assert named_faces(answers, ["face-007", "face-002", "face-007"]) == [7, 2]
    with pytest.raises(InputError) as error:
        named_faces(answers, ["face-0007"])
    assert error.value.fix == "did you mean face-007?"


def test_nearest_of_nothing() -> None:
    """A face of which the network makes nothing has no angle: the first pictures come, with the cosine 0."""
    places, cosines = nearest(np.zeros((1, 2), np.float32), np.eye(2, dtype=np.float32), 5)
    assert (places.tolist(), cosines.tolist()) == ([[0, 1]], [[0, 0]])


def test_mean_faces_by_hand() -> None:
    """Two faces of one cell that differ in brightness and contrast alone have their pattern as mean."""
    pattern = np.array([[0, 1], [1, 0]])
    faces = np.stack([100 + 10 * pattern, 20 + 200 * pattern, 50 * pattern]).astype(np.uint8)
    rows = mean_faces(faces, np.array([0, 0, 1]), np.array([1, 1, 1]), 2)
    assert [[one.n for one in row] for row in rows] == [[0, 2], [0, 1]]
    assert rows[0][0].pixels is None
    mean = rows[0][1].pixels
    assert mean is not None
    assert mean.tolist() == [[83, 173], [173, 83]]  # 128 ± 45
