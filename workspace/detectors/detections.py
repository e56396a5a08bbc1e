"""What every face detector gives and takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RIGHT_EYE, LEFT_EYE, NOSE, MOUTH_RIGHT, MOUTH_LEFT = range(5)
"""Order of the five landmarks. Right and left are the person's own: the right eye is on the left of the picture."""
STEPS_PER_PIXEL = 16
"""Coordinates are kept to a sixteenth of a pixel: finer than any detector, and the same on every machine."""


@dataclass(frozen=True)
class Detections:
    """The faces found in one picture, in coordinates of the full-resolution picture.

    Attributes:
        boxes: float32 `[N, 4]`, left, top, right, bottom in pixels; may reach outside the picture.
        scores: float32 `[N]`, 0 to 1, falling.
        landmarks: float32 `[N, 5, 2]`, x and y in pixels; order right eye, left eye, nose, mouth right, mouth left.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    landmarks: NDArray[np.float32]

    def __len__(self) -> int:
        """Number of faces."""
        return len(self.scores)

    @classmethod
    def none(cls) -> Detections:
        """A picture without faces."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 5, 2), np.float32))


class Detector(Protocol):
    """A face detector: a pure function of the pixels, the same bit for bit from run to run."""

    @property
    def name(self) -> str:
        """Short name as given to `--detector`."""
        ...

    @property
    def recipe(self) -> str:
        """Everything the boxes depend on: method and version, thresholds, SHA-256 of the weights."""
        ...

    def detect(self, pixels: NDArray[np.uint8]) -> Detections:
        """Find the faces of a picture.

        Args:
            pixels: uint8 RGB `[H, W, 3]`, or grey `[H, W]`.

        Returns:
            The faces in full-resolution coordinates, best score first.
        """
        ...


def detect(detector: Detector, pixels: NDArray[np.uint8]) -> Detections:
    """The faces of a picture as every tool takes them: those that can be, in coordinates that any machine gives.

    Args:
        detector: What finds them.
        pixels: uint8 RGB `[H, W, 3]`, or grey `[H, W]`.

    Returns:
        Best score first.
    """
    return _rounded(_plausible(detector.detect(pixels), pixels.shape[1], pixels.shape[0]))


def suppress(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], overlap: float, *, by_smaller: bool = False
) -> NDArray[np.intp]:
    """Keep the best of boxes that lie upon each other (greedy non-maximum suppression).

    Args:
        boxes: float32 `[N, 4]`, left, top, right, bottom.
        scores: float32 `[N]`.
        overlap: Two boxes that share more than this are one face, 0 to 1.
        by_smaller: Measure the shared area by the smaller box and not by the union.

    Returns:
        Indices of the boxes kept, best score first; equal scores keep the order of the input.

    Examples:
        >>> boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 20, 30, 30]], np.float32)
        >>> suppress(boxes, np.array([0.8, 0.9, 0.7], np.float32), 0.5).tolist()
        [1, 2]
    """
    order = np.argsort(-scores, kind="stable")
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        wide = np.minimum(boxes[best, 2], boxes[rest, 2]) - np.maximum(boxes[best, 0], boxes[rest, 0])
        high = np.minimum(boxes[best, 3], boxes[rest, 3]) - np.maximum(boxes[best, 1], boxes[rest, 1])
        shared = np.clip(wide, 0, None) * np.clip(high, 0, None)
        whole = np.minimum(area[best], area[rest]) if by_smaller else area[best] + area[rest] - shared
        order = rest[shared <= overlap * whole]
    return np.asarray(kept, dtype=np.intp)


def _plausible(found: Detections, width: int, height: int) -> Detections:
    """Detections whose box and landmarks lie in or near the picture: at most twice its longest side from its edges.

    Networks now and then answer with coordinates beyond all bounds, which would ask for a crop of any size.
    """
    far = 2 * max(width, height)
    points = np.concatenate([found.boxes.reshape(-1, 2, 2), found.landmarks], axis=1)
    near = np.isfinite(points) & (points >= -far) & (points <= np.array([width + far, height + far]))
    kept = near.all(axis=(1, 2))
    return type(found)(found.boxes[kept], found.scores[kept], found.landmarks[kept])


def _rounded(found: Detections) -> Detections:
    """Detections with coordinates on sixteenths of a pixel and scores on thousandths."""
    boxes = np.round(found.boxes * STEPS_PER_PIXEL) / np.float32(STEPS_PER_PIXEL)
    landmarks = np.round(found.landmarks * STEPS_PER_PIXEL) / np.float32(STEPS_PER_PIXEL)
    scores = np.round(found.scores.astype(np.float64), 3).astype(np.float32)
    return type(found)(boxes.astype(np.float32), scores, landmarks.astype(np.float32))
