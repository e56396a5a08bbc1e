"""A picture file as a face: 48×48 grey levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schemas.errors import ImageError, InputError
from workspace.fer2013 import SIDE
from workspace.pixels import Limits, decode, probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BYTES = 2**20
"""A 48×48 picture takes 2 to 7 kB; its metadata may take more."""

_LIMITS = Limits(max_bytes=MOST_BYTES)
_CROP = (
    "crop the faces with `curate run FOLDER` and give the workspace, or export it with --picture grey; "
    "nothing is resized in silence"
)


def face_levels(data: bytes, place: str) -> bytes:
    """The grey levels of a picture file.

    The size is read before anything is decoded, so that no file can claim more memory than a face takes.

    Args:
        data: All bytes of the file.
        place: Where it lies, for the error.

    Returns:
        2,304 bytes, row by row; colours become grey by ITU-R BT.601.

    Raises:
        InputError: It is damaged, no picture, or not 48×48.
    """
    try:
        header = probe(data, _LIMITS)
        if (header.width, header.height) != (SIDE, SIDE):
            what = f"{place}: {header.width:,} × {header.height:,} pixels, not {SIDE} × {SIDE}"
            raise InputError(what, _CROP)
        return _grey(decode(data, _LIMITS).pixels).tobytes()
    except ImageError as error:
        raise InputError(f"{place}: {error.what}", error.fix) from error


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """BT.601's luma in Pillow's whole numbers: equal red, green and blue stay what they are."""
    if pixels.ndim == 2:
        return pixels
    luma = pixels @ np.array([19_595, 38_470, 7_471], np.uint32)
    return ((luma + 0x8000) >> 16).astype(np.uint8)
