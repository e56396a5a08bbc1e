"""Sharpness of a face, on the 48×48 grey picture that a network will see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def sharpness(face: NDArray[np.uint8]) -> float:
    """Fine detail relative to all contrast: variance of the Laplacian over variance of the grey values.

    The variance of the Laplacian (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000)
    grows with contrast as with focus; the quotient does not, so a dim face is not taken for a blurred one. Taken at one
    scale, it does not depend on how large the face was photographed.

    Args:
        face: uint8 grey `[H, W]`, aligned, not normalised.

    Returns:
        0 for an even face; FER-2013 has 0.73 in the median and 0.21 at its first percentile; a checkerboard of single
        pixels has 64.

    Examples:
        >>> import numpy as np
        >>> board = (np.indices((8, 8)).sum(axis=0) % 2 * 255).astype(np.uint8)
        >>> sharpness(board)
        64.0
    """
    _, spread = cv2.meanStdDev(face)
    if not spread[0, 0]:
        return 0.0
    _, detail = cv2.meanStdDev(cv2.Laplacian(face, cv2.CV_16S, ksize=1))
    return float((detail[0, 0] / spread[0, 0]) ** 2)
