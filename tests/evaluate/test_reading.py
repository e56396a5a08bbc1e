"""How faces go into a network and answers come out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from evaluate.reading import SCALINGS, Scaling, in_order, prepare
from schemas.emotion import NAMES
from workspace.graphs import Shape

FACE = np.array([[[0, 51], [102, 255]]], np.uint8)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, [0, 0.2, 0.4, 1]), (1, [-1, -0.6, -0.2, 1]), (2, [0, 51, 102, 255])],
)
def test_ranges(number: int, expected: list[float]) -> None:
    """Black becomes `low` and white `high`; worked by hand."""
    found = prepare(FACE, Shape(2, 2, 1), SCALINGS[number])
    assert found.shape == (1, 2, 2, 1)
    np.testing.assert_allclose(found.ravel(), expected, atol=1e-7)


def test_a_card_may_name_any_range() -> None:
    """0 to 2 is none of the common ones, and is taken all the same."""
    assert prepare(FACE, Shape(2, 2, 1), Scaling("card", 0, 2)).max() == 2


def test_standardised_pictures() -> None:
    """Mean 0 and deviation 1: 0, 51, 102, 255 have mean 102 and deviation √(51² (4 + 1 + 0 + 9) / 4) = 51 √3.5."""
    found = prepare(FACE, Shape(2, 2, 1), SCALINGS[3]).ravel()
    np.testing.assert_allclose(found, np.array([-2, -1, 0, 3]) / np.sqrt(3.5), rtol=1e-6)


def test_a_picture_of_one_grey_level_standardised() -> None:
    """Its deviation of 0 divides nothing: TensorFlow's lower bound is 1/√n."""
    assert not prepare(np.full((1, 48, 48), 9, np.uint8), Shape(48, 48, 1), SCALINGS[3]).any()


def test_three_channels_are_the_grey_one() -> None:
    """A network for colour sees grey."""
    found = prepare(FACE, Shape(2, 2, 3), SCALINGS[2])
    assert found.shape == (1, 2, 2, 3)
    assert (found == found[..., :1]).all()


def test_channels_first() -> None:
    """As networks that were PyTorch's have them."""
    found = prepare(FACE, Shape(2, 2, 3, channels_first=True), SCALINGS[2])
    assert found.shape == (1, 3, 2, 2)
    assert found[0, 1].tolist() == [[0, 51], [102, 255]]


@pytest.mark.parametrize(("side", "way"), [(64, cv2.INTER_LINEAR), (24, cv2.INTER_AREA)])
def test_other_sizes_are_made_by_opencv(side: int, way: int) -> None:
    """A picture grows bilinearly and shrinks by area."""
    face = np.random.default_rng(1).integers(0, 256, (1, 48, 48), dtype=np.uint8)
    found = prepare(face, Shape(side, side, 1), SCALINGS[2])
    assert (found[0, ..., 0] == cv2.resize(face[0], (side, side), interpolation=way)).all()


def test_no_faces() -> None:
    """None in, none out, whatever the size."""
    assert prepare(np.zeros((0, 48, 48), np.uint8), Shape(64, 64, 1), SCALINGS[0]).shape == (0, 64, 64, 1)


def test_columns_come_into_miens_order() -> None:
    """FER+'s order, neutral first, becomes FER-2013's."""
    classes = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear")
    outputs = np.arange(7, dtype=np.float32)[None]
    assert in_order(outputs, classes).tolist() == [[4, 5, 6, 1, 3, 2, 0]]


def test_contempt_is_dropped_and_the_rest_fills_up() -> None:
    """A face that is half contempt and half sad is sad."""
    outputs = np.array([[0.5, 0, 0, 0, 0, 0.5, 0, 0]], np.float32)
    found = in_order(outputs, ("contempt", *NAMES))
    assert found.tolist() == [[0, 0, 0, 0, 1, 0, 0]]


def test_contempt_alone_says_nothing_of_the_seven() -> None:
    """Each is as likely as the others then."""
    outputs = np.eye(8, dtype=np.float32)[:1]
    np.testing.assert_allclose(in_order(outputs, ("contempt", *NAMES)), np.full((1, 7), 1 / 7), rtol=1e-6)
