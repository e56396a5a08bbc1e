"""Faces are found and cut as `curate faces` does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from curate.faces.crops import crops
from schemas.settings import FacesSettings
from workspace.crops import CropRecipe
from workspace.detectors.detections import detect
from workspace.pixels import decode

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluate.photo.faces import Finder

PICTURE = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)


def test_from_left_to_right(planted: Callable[..., Finder]) -> None:
    """Numbers follow the eye, whatever the detector is surest of."""
    found = planted((200, 20, 48, 0.99), (10, 20, 96, 0.95), (100, 20, 24, 0.91)).faces(PICTURE)
    assert found.boxes[:, 0].tolist() == [10, 100, 200]
    assert found.sizes == pytest.approx((96, 24, 48), abs=0.1)  # landmarks are kept to sixteenths of a pixel
    assert found.crops.shape == (3, 48, 48)


def test_unsure_and_too_many_are_left_out(planted: Callable[..., Finder]) -> None:
    """A score below 0.9 is no face; of three sure ones the two surest are taken, and one is counted."""
    found = planted((200, 0, 48, 0.99), (10, 0, 48, 0.95), (100, 0, 48, 0.92), (60, 60, 48, 0.89), most=2).faces(
        PICTURE
    )
    assert found.boxes[:, 0].tolist() == [10, 200]
    assert found.left_out == 1


def test_no_face(planted: Callable[..., Finder]) -> None:
    """Nothing found has the shapes of something."""
    found = planted().faces(PICTURE)
    assert (len(found), found.left_out, found.crops.shape) == (0, 0, (0, 48, 48))


def test_crop_is_that_of_a_workspace(finder: Finder, photographs: dict[str, bytes]) -> None:
    """To the pixel what `curate faces` writes for the same photograph with the same settings."""
    pixels = decode(photographs["astronaut.png"]).pixels
    marks = detect(finder.detector, pixels).landmarks
    _, grey = crops(pixels, marks[0], CropRecipe.of(FacesSettings()))
    found = finder.faces(pixels)
    assert len(found) == 1
    assert np.array_equal(found.crops[0], grey)
