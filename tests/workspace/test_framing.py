"""The transform into FER-2013's frame, and the crops cut by it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from workspace.framing import FER_EYES, FER_MOUTH, FER_NOSE, Frame, corners, cut, grey, outside, placement

FACE = np.array([*FER_EYES, FER_NOSE, *FER_MOUTH], np.float64)


def moved(scale: float, degrees: float, x: float, y: float) -> np.ndarray:
    """FER-2013's median landmarks in a picture where the face is larger, tilted and elsewhere."""
    angle = np.radians(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (FACE @ turn.T + (x, y)).astype(np.float32)


@given(st.floats(0.5, 40), st.floats(-179, 179), st.floats(-500, 3000), st.floats(-500, 3000))
def test_a_face_of_any_size_tilt_and_place_comes_to_the_same_place(
    scale: float, degrees: float, x: float, y: float
) -> None:
    """All five landmarks of a moved mean face land where FER-2013 has them, to a hundredth of a pixel."""
    landmarks = moved(scale, degrees, x, y)
    matrix = placement(landmarks, Frame())
    assert np.abs(landmarks @ matrix[:, :2].T + matrix[:, 2] - FACE).max() < 0.01


def test_a_margin_of_two_shows_twice_as_much_about_the_same_middle() -> None:
    """The corners are those of the first and last pixel; with margin 2 they are 48 pixels further apart."""
    assert corners(FACE.astype(np.float32), Frame())[0] == pytest.approx([-0.5, -0.5], abs=1e-4)
    assert corners(FACE.astype(np.float32), Frame(48, 2.0))[[0, 2]] == pytest.approx(
        np.array([[-24.5, -24.5], [71.5, 71.5]]), abs=1e-3
    )


def test_an_offset_moves_the_frame_down_the_face() -> None:
    """A quarter of 48 pixels is 12."""
    assert corners(FACE.astype(np.float32), Frame(48, 1.0, 0.25))[0] == pytest.approx([-0.5, 11.5], abs=1e-4)


def test_the_crop_of_an_unmoved_face_is_the_picture_itself() -> None:
    """Nothing is resampled where nothing has to be."""
    picture = np.random.default_rng(0).integers(0, 256, (48, 48, 3), np.uint8)
    assert np.array_equal(cut(picture, FACE.astype(np.float32), Frame()), picture)


def test_shrinking_averages_areas() -> None:
    """A checkerboard of single pixels, shrunk by four, is even: point sampling would leave a pattern."""
    board = (np.indices((192, 192)).sum(axis=0) % 2 * 200).astype(np.uint8)
    # Pixel p of the crop covers pixels 4p to 4p + 3, whose middle is 4p + 1.5.
    crop = cut(board, (FACE * 4 + 1.5).astype(np.float32), Frame())
    assert set(np.unique(crop)) <= {99, 100, 101}


def test_what_lies_outside_is_reflected() -> None:
    """Ten pixels to the left of the picture the crop shows what lies ten pixels inside."""
    picture = np.random.default_rng(1).integers(0, 256, (48, 48), np.uint8)
    crop = cut(picture, (FACE - (10, 0)).astype(np.float32), Frame())
    assert np.array_equal(crop[:, 10:], picture[:, :38])
    assert np.array_equal(crop[:, :10], picture[:, 10:0:-1])


def test_a_face_far_inside_a_large_picture_is_cut_from_its_surroundings_alone() -> None:
    """The same pixels come out of a picture wider than OpenCV's warp can take."""
    part = np.random.default_rng(2).integers(0, 256, (200, 200), np.uint8)
    landmarks = np.rint(moved(2.3, 17, 60, 40) * 16) / np.float32(16)  # sixteenths are exact at any distance
    wide = np.zeros((200, 33_200), np.uint8)
    wide[:, 33_000:] = part
    assert np.array_equal(cut(part, landmarks, Frame()), cut(wide, landmarks + np.float32([33_000, 0]), Frame()))


def test_the_part_outside_is_counted_in_pixels_of_the_frame() -> None:
    """A frame moved left by 12 of its 48 columns has a quarter outside."""
    assert outside(FACE.astype(np.float32), 48, 48) == 0
    assert outside((FACE - (12, 0)).astype(np.float32), 48, 48) == pytest.approx(0.25)


def test_landmarks_on_one_point_give_a_finite_crop() -> None:
    """A detector gone astray must not bring the step down."""
    assert cut(np.zeros((20, 20), np.uint8), np.full((5, 2), 7, np.float32), Frame()).shape == (48, 48)


def test_grey_is_luma() -> None:
    """0.299 R + 0.587 G + 0.114 B, as ITU-R BT.601 has it."""
    assert grey(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).tolist() == [[76, 150, 29]]
