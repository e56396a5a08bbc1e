"""The same faces a little worse seen."""

from __future__ import annotations

import numpy as np
import pytest

from evaluate.robustness import robustness


class Bright:
    """Says class 1 of faces whose left half is brighter than 100 levels on the mean, else class 0."""

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        """Probabilities of the seven classes."""
        bright = pixels[:, :, :24].mean(axis=(1, 2)) > 100
        return np.eye(7)[bright.astype(int)]


@pytest.fixture
def faces() -> np.ndarray:
    """Ten faces: left half of 150 levels, right half of 20."""
    pixels = np.full((10, 48, 48), 20, np.uint8)
    pixels[:, :, :24] = 150
    return pixels


def test_what_mirroring_and_darkness_do(faces: np.ndarray) -> None:
    """A network that looks at the left half's brightness fails on mirrored and on dark faces, and on those alone."""
    found = {one.name: one for one in robustness(Bright(), faces, np.ones(10, int), np.arange(10), 100)}
    wrong = {name for name, one in found.items() if one.accuracy.value == 0}
    assert wrong == {"mirrored", "half as bright"}
    assert next(iter(found)) == "as they are"
    assert found["mirrored"].unchanged.value == 0
    assert found["noisy, σ 10 levels"].unchanged.value == 1


def test_no_more_faces_than_asked_for(faces: np.ndarray) -> None:
    """Evenly taken; none where none are asked for."""
    found = robustness(Bright(), faces, np.ones(10, int), np.arange(10), 4)
    assert {one.n for one in found} == {4}
    assert robustness(Bright(), faces, np.ones(10, int), np.arange(10), 0) == ()
