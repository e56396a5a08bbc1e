"""Pose from five landmarks, against turned models whose pose is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.spatial.transform import Rotation

from curate.faces.pose import NOSE_DEPTH, pose
from workspace.framing import FER_EYES, FER_MOUTH, FER_NOSE

MODEL = np.array(
    [[*FER_EYES[0], 0], [*FER_EYES[1], 0], [*FER_NOSE, NOSE_DEPTH], [*FER_MOUTH[0], 0], [*FER_MOUTH[1], 0]]
)
"""x to the right, y down, z towards the camera."""


def picture(yaw: float, pitch: float, roll: float, scale: float = 3.0) -> np.ndarray:
    """The landmarks of the model, turned by scipy and seen from afar."""
    # About y a positive turn takes z to x (the nose to the right); about x a negative one takes z to -y (up).
    turned = Rotation.from_euler("ZXY", [roll, pitch, yaw], degrees=True).apply(MODEL)
    return (turned[:, :2] * scale + 100).astype(np.float32)[None]


def test_a_face_that_looks_ahead_has_no_angles() -> None:
    """FER-2013's mean face is 0 by definition."""
    angles = pose(picture(0, 0, 0))
    assert (angles.yaw[0], angles.pitch[0], angles.roll[0]) == pytest.approx((0, 0, 0), abs=0.01)


@pytest.mark.parametrize("angle", [-40.0, -20.0, 10.0, 40.0])
def test_yaw_is_found_and_positive_to_the_right_of_the_picture(angle: float) -> None:
    """Seen from afar the fit sees the nose move and not the eyes draw together: 40 degrees are read within 8."""
    assert pose(picture(angle, 0, 0)).yaw[0] == pytest.approx(angle, abs=0.2 * abs(angle))


@pytest.mark.parametrize("angle", [-30.0, -10.0, 10.0, 30.0])
def test_pitch_is_found_and_positive_up(angle: float) -> None:
    """Likewise for nodding."""
    assert pose(picture(0, angle, 0)).pitch[0] == pytest.approx(angle, abs=0.2 * abs(angle))


@given(st.floats(-80, 80))
def test_roll_is_exact(angle: float) -> None:
    """A tilt in the picture's plane needs no model."""
    angles = pose(picture(0, 0, angle))
    assert angles.roll[0] == pytest.approx(angle, abs=0.01)
    assert angles.yaw[0] == pytest.approx(0, abs=0.01)


@given(st.floats(-60, 60), st.floats(-40, 40), st.floats(0.1, 50))
def test_a_mirrored_face_has_the_opposite_yaw_at_any_size(yaw: float, pitch: float, scale: float) -> None:
    """Mirroring swaps the sides and nothing else."""
    points = picture(yaw, pitch, 0, scale) - 100
    mirrored = (points * (-1, 1))[:, [1, 0, 2, 4, 3]].astype(np.float32)
    one, other = pose(points), pose(mirrored)
    assert other.yaw[0] == pytest.approx(-one.yaw[0], abs=0.05)
    assert other.pitch[0] == pytest.approx(one.pitch[0], abs=0.05)


def test_no_faces_have_no_angles() -> None:
    """An empty table goes through."""
    assert pose(np.zeros((0, 5, 2), np.float32)).yaw.shape == (0,)
