"""Alignment: the similarity transform that lays a face where FER-2013 has its faces, and the crops made by it.

The frame is measured, not chosen: `docs/framing.md` says how.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from workspace.detectors.detections import LEFT_EYE, MOUTH_LEFT, MOUTH_RIGHT, RIGHT_EYE

if TYPE_CHECKING:
    from numpy.typing import NDArray

FER_SIDE = 48
"""Side of a FER-2013 picture, pixels."""
FER_MIDDLE = (FER_SIDE - 1) / 2
FER_EYES = ((14.45, 18.1), (32.55, 18.1))
FER_NOSE = (23.5, 28.3)
FER_MOUTH = ((16.0, 37.2), (31.0, 37.2))
"""Median places of the landmarks in FER-2013's Training pictures, made symmetric; 0 is the first pixel's middle."""

_OUTER = [RIGHT_EYE, LEFT_EYE, MOUTH_RIGHT, MOUTH_LEFT]


@dataclass(frozen=True)
class Frame:
    """How a square crop is laid about a face.

    Attributes:
        side: Pixels of a side.
        margin: 1 shows what FER-2013 shows; 1.3 shows 1.3 times as much in each direction, about the same middle.
        offset: The frame moves down the face by this part of the FER frame's side; negative moves it up.
    """

    side: int = FER_SIDE
    margin: float = 1.0
    offset: float = 0.0


def placement(landmarks: NDArray[np.float32], frame: Frame) -> NDArray[np.float64]:
    """The similarity transform from the picture into a crop.

    Rotation lays the eyes level. Scale is the least-squares one of eyes and mouth corners; the nose is left out since
    turning the head moves it. The middle between the eyes comes to FER-2013's place for it, which predicts FER's own
    frames best (see `docs/framing.md`).

    Args:
        landmarks: float32 `[5, 2]`, x and y in pixels, as in `Detections`.
        frame: The crop.

    Returns:
        float64 `[2, 3]`: `crop = M @ (x, y, 1)`, both sides in pixels from the middle of the first pixel.

    Examples:
        >>> points = np.array([*FER_EYES, FER_NOSE, *FER_MOUTH], np.float32)
        >>> placement(points, Frame()).round(3).tolist() == [[1, 0, 0], [0, 1, 0]]
        True
    """
    outer = landmarks[_OUTER].astype(np.float64)
    wanted = np.array([*FER_EYES, *FER_MOUTH])
    across = outer[1] - outer[0]
    apart = float(np.hypot(*across))
    turn = across / apart if apart else np.array([1.0, 0.0])
    level = np.array([[turn[0], turn[1]], [-turn[1], turn[0]]])
    spread = (outer - outer.mean(axis=0)) @ level.T
    model = wanted - wanted.mean(axis=0)
    # The picture's pixels per FER pixel; a face seen so askew that the fit turns round gets the size of its eyes.
    size = float((spread * model).sum() / (model**2).sum())
    size = max(size, apart / (FER_EYES[1][0] - FER_EYES[0][0]) / 2, 1 / FER_SIDE)
    zoom = frame.side / (FER_SIDE * frame.margin) / size
    eyes = outer[:2].mean(axis=0)
    middle = (frame.side - 1) / 2
    down = (FER_EYES[0][1] - FER_MIDDLE - frame.offset * FER_SIDE) * frame.side / (FER_SIDE * frame.margin)
    matrix = level * zoom
    return np.concatenate([matrix, (np.array([middle, middle + down]) - matrix @ eyes)[:, None]], axis=1)


def cut(pixels: NDArray[np.uint8], landmarks: NDArray[np.float32], frame: Frame) -> NDArray[np.uint8]:
    """Cut an aligned crop out of a picture.

    Shrinking averages areas: the crop is first sampled at about the picture's own resolution (bilinear), a whole
    number of samples a pixel, and these are averaged. Enlarging is bicubic. What lies outside the picture is its
    reflection, which leaves no edge for a network to see.

    Args:
        pixels: uint8 RGB `[H, W, 3]` or grey `[H, W]`.
        landmarks: float32 `[5, 2]`.
        frame: The crop.

    Returns:
        uint8 `[side, side, 3]` or `[side, side]`.
    """
    matrix = placement(landmarks, frame)
    per_pixel = 1 / float(np.hypot(matrix[0, 0], matrix[1, 0]))
    samples = max(1, int(np.ceil(per_pixel - 1e-6)))
    # Sample i of pixel p sits at p + (i + 0.5) / samples - 0.5.
    fine = matrix * samples
    fine[:, 2] += (samples - 1) / 2
    size = (frame.side * samples, frame.side * samples)
    how = cv2.INTER_LINEAR if per_pixel >= 1 else cv2.INTER_CUBIC
    region, fine = _around(pixels, fine, size[0])
    out = cv2.warpAffine(region, fine, size, flags=how, borderMode=cv2.BORDER_REFLECT_101)
    if samples > 1:
        out = cv2.resize(out, (frame.side, frame.side), interpolation=cv2.INTER_AREA)
    return np.asarray(out, np.uint8)


def corners(landmarks: NDArray[np.float32], frame: Frame) -> NDArray[np.float64]:
    """The crop's four corners in the picture, float64 `[4, 2]`, pixels, from the top left clockwise."""
    return _corners(placement(landmarks, frame), frame.side)


def outside(landmarks: NDArray[np.float32], width: int, height: int) -> float:
    """Part of the 48×48 frame that lies outside the picture, 0 to 1.

    Args:
        landmarks: float32 `[5, 2]`.
        width: Width of the picture, pixels.
        height: Its height, pixels.
    """
    back = cv2.invertAffineTransform(placement(landmarks, Frame()))
    grid = np.stack(np.meshgrid(np.arange(FER_SIDE), np.arange(FER_SIDE)), axis=-1).reshape(-1, 2)
    x, y = (grid @ back[:, :2].T + back[:, 2]).T
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    return float(1 - inside.mean())


def face_size(landmarks: NDArray[np.float32]) -> float:
    """Side in the picture of what becomes the 48×48 face, pixels to the hundredth; below 48 the face is enlarged."""
    return round(FER_SIDE / float(np.hypot(*placement(landmarks, Frame())[:, 0])), 2)


def grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luma of a picture, uint8 `[H, W]`, by ITU-R BT.601 as OpenCV and Pillow make it."""
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def _corners(matrix: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    square = np.array([[-0.5, -0.5], [side - 0.5, -0.5], [side - 0.5, side - 0.5], [-0.5, side - 0.5]])
    back = cv2.invertAffineTransform(matrix)
    return np.asarray(square @ back[:, :2].T + back[:, 2], np.float64)


def _around(
    pixels: NDArray[np.uint8], matrix: NDArray[np.float64], side: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The part of the picture a crop needs: OpenCV's warp takes no picture over 32,767 pixels wide.

    Where the crop reaches outside, all of the picture is needed for its reflection.
    """
    points = _corners(matrix, side)
    left, top = np.floor(points.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + 3
    height, width = pixels.shape[:2]
    if left < 0 or top < 0 or right > width or bottom > height:
        return pixels, matrix
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ (left, top)
    return np.ascontiguousarray(pixels[top:bottom, left:right]), moved
