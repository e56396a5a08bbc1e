"""The default detector on photographs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from workspace.detectors.mtcnn import patches, square
from workspace.pixels import decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from workspace.detectors.detections import Detector

ASTRONAUT = np.array([[203, 101], [247, 103], [225, 128], [203, 140], [245, 141]])
"""Eyes, tip of the nose and corners of the mouth, read off the photograph by eye."""


def test_the_astronauts_face_is_found(mtcnn: Detector, astronaut: NDArray[np.uint8]) -> None:
    """One face, its landmarks within 4 pixels of where a person puts them."""
    found = mtcnn.detect(astronaut)
    assert len(found) == 1
    assert found.scores[0] > 0.99
    assert np.abs(found.landmarks[0] - ASTRONAUT).max() < 4


def test_a_cat_has_no_human_face(mtcnn: Detector, cat_file: bytes) -> None:
    """No rows, and arrays of the right shapes."""
    assert len(mtcnn.detect(decode(cat_file).pixels)) == 0


def test_a_face_that_fills_the_picture_is_found(mtcnn: Detector, astronaut: NDArray[np.uint8]) -> None:
    """The forehead and the chin are cut by the edges."""
    face = np.ascontiguousarray(astronaut[66:164, 186:266])
    found = mtcnn.detect(face)
    assert len(found) == 1
    assert np.abs(found.landmarks[0] - (ASTRONAUT - (186, 66))).max() < 5


def test_a_grey_picture_is_as_good(mtcnn: Detector, astronaut: NDArray[np.uint8]) -> None:
    """Two dimensions instead of three."""
    grey = np.asarray(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY), np.uint8)
    assert np.abs(mtcnn.detect(grey).landmarks[0] - ASTRONAUT).max() < 4


def test_coordinates_are_those_of_the_large_picture(mtcnn: Detector, astronaut: NDArray[np.uint8]) -> None:
    """Four times as large, landmarks four times as far."""
    large = np.asarray(cv2.resize(astronaut, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC), np.uint8)
    found = mtcnn.detect(large)
    assert np.abs(found.landmarks[0] / 4 - ASTRONAUT).max() < 4


def test_two_runs_agree_bit_for_bit(mtcnn: Detector, astronaut: NDArray[np.uint8]) -> None:
    """One thread, fixed order: nothing is left to chance."""
    one, two = mtcnn.detect(astronaut), mtcnn.detect(astronaut)
    assert one.boxes.tobytes() == two.boxes.tobytes()
    assert one.landmarks.tobytes() == two.landmarks.tobytes()
    assert one.scores.tobytes() == two.scores.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (11, 13), (20, 2000)])
def test_tiny_and_thin_pictures_have_no_face(mtcnn: Detector, size: tuple[int, int]) -> None:
    """They go through without an error."""
    assert len(mtcnn.detect(np.full(size, 128, np.uint8))) == 0


def test_the_boxes_of_a_known_set_are_found(mtcnn: Detector, shared_data: Path) -> None:
    """42 of the 43 boxes at 0.35 intersection over union, and at most one false box on those pictures."""
    right = wrong = 0
    for name in ("training.xml", "testing.xml"):
        for image in ET.parse(shared_data / "face_boxes" / name).getroot().iter("image"):  # noqa: S314 - our own data
            boxes = [
                [int(box.attrib[side]) for side in ("left", "top", "width", "height")] for box in image.iter("box")
            ]
            found = mtcnn.detect(decode((shared_data / "face_boxes" / image.attrib["file"]).read_bytes()).pixels).boxes
            hits = sum(any(overlap(box, one) >= 0.35 for one in found.tolist()) for box in boxes)
            right, wrong = right + hits, wrong + len(found) - hits
    assert right >= 42
    assert wrong <= 1


def overlap(box: list[int], found: list[float]) -> float:
    """Intersection over union of a box (left, top, width, height) and one by its four edges."""
    left, top, width, height = box
    wide = max(0.0, min(left + width, found[2]) - max(left, found[0]))
    high = max(0.0, min(top + height, found[3]) - max(top, found[1]))
    area = (found[2] - found[0]) * (found[3] - found[1])
    return wide * high / (width * height + area - wide * high)


def test_patches_are_black_outside() -> None:
    """A box that reaches two pixels out on the left, and one that lies outside altogether."""
    white = np.full((10, 10, 3), 255, np.uint8)
    cut = patches(white, np.array([[-2, 0, 2, 4], [20, 20, 24, 24]], np.float32), 4)
    assert cut[0, :, :, 0].tolist() == [[0, 0, 255, 255]] * 4
    assert not cut[1].any()


def test_a_box_becomes_a_square_about_its_middle() -> None:
    """The longer side counts."""
    assert square(np.array([[0, 0, 8, 4]], np.float32)).tolist() == [[0, -2, 8, 6]]
