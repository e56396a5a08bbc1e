"""YuNet through `cv2.FaceDetectorYN`; the person gives the file of weights, since no package ships it.

Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20, 2023.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from schemas.errors import MissingPartError
from workspace.detectors.detections import Detections

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_SIDE = 1280
"""Larger pictures are shrunk to this: it finds faces from 10 pixels on, and its work grows with the area."""
OVERLAP = 0.3
MOST_CANDIDATES = 5000


@dataclass(frozen=True)
class YuNet:
    """YuNet; each thread has its own network, since one keeps the size of the picture it is at."""

    weights: bytes
    recipe: str
    score: float
    name: str = "yunet"
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    def detect(self, pixels: NDArray[np.uint8]) -> Detections:
        """Find the faces of a picture; see `Detector.detect`."""
        height, width = pixels.shape[:2]
        scale = min(1.0, LONGEST_SIDE / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
        code = cv2.COLOR_GRAY2BGR if small.ndim == 2 else cv2.COLOR_RGB2BGR
        network = self._network()
        network.setInputSize(size)
        _, rows = network.detect(cv2.cvtColor(small, code))
        if rows is None:
            return Detections.none()
        rows = np.asarray(rows[np.argsort(-rows[:, 14], kind="stable")], np.float32)
        zoom = np.array([width / size[0], height / size[1]], np.float32)
        boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], axis=1) * np.tile(zoom, 2)
        landmarks = rows[:, 4:14].reshape(-1, 5, 2) * zoom
        return Detections(*(np.asarray(part, np.float32) for part in (boxes, rows[:, 14], landmarks)))

    def _network(self) -> cv2.FaceDetectorYN:
        if not hasattr(self._local, "network"):
            self._local.network = open_network(self.weights, self.score)
        network: cv2.FaceDetectorYN = self._local.network
        return network


def open_network(weights: bytes, score: float) -> cv2.FaceDetectorYN:
    """OpenCV's network from the bytes of its ONNX file.

    Args:
        weights: The file's content.
        score: Lowest score of a face, 0 to 1.

    Raises:
        MissingPartError: OpenCV cannot read or run them.
    """
    fix = "give face_detection_yunet_2023mar.onnx or later from OpenCV's model zoo with --detector-weights"
    try:
        buffer = np.frombuffer(weights, np.uint8)
        nothing = np.zeros(0, np.uint8)
        network = cv2.FaceDetectorYN.create("onnx", buffer, nothing, (64, 64), score, OVERLAP, MOST_CANDIDATES)
        network.detect(np.zeros((64, 64, 3), np.uint8))
    except cv2.error as error:
        raise MissingPartError(f"the weights are not YuNet's: {' '.join(str(error).split())[:160]}", fix) from error
    return network
