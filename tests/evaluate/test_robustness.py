"""The same faces a little worse seen, in the report."""

from __future__ import annotations

import numpy as np
import pytest

from evaluate.corruption import CORRUPTIONS
from evaluate.robustness import robustness


class Bright:
    """Says class 1 of faces whose left half is brighter than the right one by 60 levels on the mean, else class 0."""

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        """Probabilities of the seven classes."""
        left, right = (half.mean(axis=(1, 2)) for half in (pixels[:, :, :24], pixels[:, :, 24:]))
        return np.eye(7)[(left - right > 60).astype(int)]


@pytest.fixture
def faces() -> np.ndarray:
    """Ten faces: left half of 150 levels, right half of 20."""
    pixels = np.full((10, 48, 48), 20, np.uint8)
    pixels[:, :, :24] = 150
    return pixels


def test_what_mirroring_and_contrast_do(faces: np.ndarray) -> None:
    """A network that looks at the difference of the halves fails on mirrored and on pale faces, and on those alone."""
    found = {one.name: one for one in robustness(Bright(), faces, np.ones(10, int), np.arange(10), 100)}
    wrong = {name for name, one in found.items() if one.accuracy.value == 0}
    assert wrong == {"mirrored", "contrast, 30 % of it left"}
    assert next(iter(found)) == "as they are"
    assert found["mirrored"].unchanged.value == 0
    assert found["noise, σ 6 % of white"].unchanged.value == 1


def test_every_corruption_is_there(faces: np.ndarray) -> None:
    """One row each, after the plain and the mirrored faces."""
    found = robustness(Bright(), faces, np.ones(10, int), np.arange(10), 1)
    assert [one.name.partition(",")[0] for one in found[2:]] == [one.name for one in CORRUPTIONS]


def test_no_more_faces_than_asked_for(faces: np.ndarray) -> None:
    """Evenly taken; none where none are asked for."""
    found = robustness(Bright(), faces, np.ones(10, int), np.arange(10), 4)
    assert {one.n for one in found} == {4}
    assert robustness(Bright(), faces, np.ones(10, int), np.arange(10), 0) == ()
