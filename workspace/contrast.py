"""Contrast of the grey 48×48 faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLAHE_CLIP = 2.0
CLAHE_TILES = 4
"""Tiles a side, 12 pixels each in a 48×48 face: about an eye. More tiles would raise the noise of the skin."""


def normalise(face: NDArray[np.uint8], contrast: str) -> NDArray[np.uint8]:
    """Change the contrast of a grey face.

    Args:
        face: uint8 `[H, W]`.
        contrast: `none` leaves it; `minmax` stretches the grey values to 0…255; `histogram` makes all equally frequent
            (global equalisation); `clahe` does so by parts, limited (Zuiderveld, Graphics Gems IV, 1994).

    Returns:
        uint8 `[H, W]`, a new array or `face` itself. An even face stays as it is with `none` and `minmax`.

    Examples:
        >>> normalise(np.array([[50, 100], [100, 150]], np.uint8), "minmax").tolist()
        [[0, 128], [128, 255]]
    """
    if contrast == "minmax":
        low, high = int(face.min()), int(face.max())
        if low == high:
            return face
        return np.floor((face.astype(np.float64) - low) * 255 / (high - low) + 0.5).astype(np.uint8)
    if contrast == "histogram":
        return np.asarray(cv2.equalizeHist(face), np.uint8)
    if contrast == "clahe":
        return np.asarray(cv2.createCLAHE(CLAHE_CLIP, (CLAHE_TILES, CLAHE_TILES)).apply(face), np.uint8)
    return face
