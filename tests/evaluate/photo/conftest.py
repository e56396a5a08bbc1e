"""Photographs that installed libraries ship, and a network and a detector whose answers are known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from curate.demo.photographs import photograph_bytes
from evaluate.photo.faces import Finder
from schemas.settings import FacesSettings
from workspace.crops import CropRecipe
from workspace.detectors.detections import Detections
from workspace.framing import FER_EYES, FER_MOUTH, FER_NOSE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class Said:
    """A network that gives every face the same answer."""

    name = "said@0123456789ab"
    notes = ("it says the same of everybody",)
    answer = (0.05, 0.0, 0.05, 0.7, 0.1, 0.0, 0.1)

    def probabilities(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Its answers."""
        return np.tile(np.array(self.answer, np.float32), (len(crops), 1))


class Planted:
    """A detector that finds the same faces in every picture."""

    name = "planted"
    recipe = "planted/1"

    def __init__(self, faces: list[tuple[float, float, float, float]]) -> None:
        self.faces = faces

    def detect(self, _pixels: NDArray[np.uint8]) -> Detections:
        """The faces, each given by the left and top of its 48×48 frame, its side and its score."""
        points = np.array([*FER_EYES, FER_NOSE, *FER_MOUTH])
        corners = np.array([face[:2] for face in self.faces]).reshape(-1, 1, 2)
        sides = np.array([face[2] for face in self.faces]).reshape(-1, 1, 1)
        boxes = np.concatenate([corners[:, 0], corners[:, 0] + sides[:, 0]], axis=1)
        scores = np.array([face[3] for face in self.faces])
        marks = corners + points * sides / 48
        return Detections(boxes.astype(np.float32), scores.astype(np.float32), marks.astype(np.float32))


@pytest.fixture
def said() -> Said:
    """A network that says happy, 70 %, of every face."""
    return Said()


@pytest.fixture
def planted() -> Callable[..., Finder]:
    """Makes a finder of faces at known places: left, top, side, score; best score first."""

    def make(*faces: tuple[float, float, float, float], most: int = 100) -> Finder:
        return Finder(Planted(list(faces)), CropRecipe.of(FacesSettings()), 0.9, most)

    return make


@pytest.fixture(scope="session")
def finder() -> Finder:
    """The finder as it comes."""
    return Finder.of(FacesSettings(), 100)


@pytest.fixture(scope="session")
def photographs() -> dict[str, bytes]:
    """`astronaut.png` and `grace_hopper.jpg` with a face each, `chelsea.png` with none."""
    return photograph_bytes()
