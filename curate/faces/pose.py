"""Head pose from five landmarks: how far a face is turned, nodded and tilted.

The landmarks are taken for a weak-perspective picture of a rigid face with five known points, and the turn is read
from the best affine fit made a rotation (DeMenthon and Davis, "Model-Based Object Pose in 25 Lines of Code", IJCV 15,
1995, first iteration). Five points and one face shape for everybody make it an estimate; `docs/framing.md` says how
good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workspace.framing import FER_EYES, FER_MIDDLE, FER_MOUTH, FER_NOSE

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOSE_DEPTH = 10.0
"""How far the tip of the nose stands before the plane of eyes and mouth, in pixels of the 48×48 frame."""


@dataclass(frozen=True)
class Pose:
    """Angles in degrees, float32 `[N]` each; 0 is FER-2013's mean face, looking into the camera.

    Attributes:
        yaw: Turn to the side; positive when the nose points to the picture's right.
        pitch: Nod; positive when the nose points up.
        roll: Tilt in the picture's plane; positive clockwise, as it is seen.
    """

    yaw: NDArray[np.float32]
    pitch: NDArray[np.float32]
    roll: NDArray[np.float32]


def pose(landmarks: NDArray[np.float32]) -> Pose:
    """Estimate the pose of faces.

    Args:
        landmarks: float32 `[N, 5, 2]`, x and y in pixels, as in `Detections`.

    Returns:
        The angles; yaw and pitch lie between -90 and 90.

    Examples:
        >>> frontal = np.array([[*FER_EYES, FER_NOSE, *FER_MOUTH]], np.float32)
        >>> turned = frontal.copy()
        >>> turned[0, 2, 0] += 10
        >>> pose(np.concatenate([frontal, turned])).yaw.round().tolist()
        [0.0, 45.0]
    """
    model = np.array([[*point, 0.0] for point in (*FER_EYES, FER_NOSE, *FER_MOUTH)]) - [FER_MIDDLE, FER_MIDDLE, 0]
    model[2, 2] = NOSE_DEPTH
    model -= model.mean(axis=0)
    points = landmarks.astype(np.float64)
    points -= points.mean(axis=1, keepdims=True)
    across = points[:, 1] - points[:, 0]
    roll = np.arctan2(across[:, 1], across[:, 0])
    cosine, sine = np.cos(roll), np.sin(roll)
    level = np.stack([np.stack([cosine, sine], -1), np.stack([-sine, cosine], -1)], axis=1)
    points = points @ level.transpose(0, 2, 1)
    affine = points.transpose(0, 2, 1) @ np.linalg.pinv(model).T
    left, _, right = np.linalg.svd(affine, full_matrices=False)
    rows = left @ right
    forward = np.cross(rows[:, 0], rows[:, 1])[:, 2]
    yaw = np.arctan2(rows[:, 0, 2], forward)
    pitch = -np.arctan2(rows[:, 1, 2], np.hypot(forward, rows[:, 0, 2]))
    angles = np.degrees(np.stack([yaw, pitch, roll])).astype(np.float32)
    return Pose(yaw=angles[0], pitch=angles[1], roll=angles[2])
