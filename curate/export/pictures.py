"""The bytes that are exported: crops as they lie in the workspace, or ingested face crops themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from schemas.errors import InputError, WorkspaceError
from workspace.pixels import Limits, decode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curate.export.selection import Row
    from workspace.store import Workspace

FER_SIDE = 48
"""FER-2013's pictures are 48×48."""
ANY_SIZE = Limits(max_pixels=2**62, max_side=2**31, max_bytes=2**62)
"""Every picture of a workspace has passed the limits of ingest."""


class Pictures:
    """Gives the picture of a row.

    Attributes:
        kind: `faces` for the aligned colour crops, `grey` for the 48×48 ones.
    """

    def __init__(self, workspace: Workspace, kind: str) -> None:
        self.kind = kind
        self._workspace = workspace
        self._original = workspace.originals()
        images = workspace.read_arrow("images", ["image_id", "format"])
        self._format = dict(zip(images["image_id"].to_pylist(), images["format"].to_pylist(), strict=True))

    def png(self, row: Row) -> bytes:
        """The row's picture as a PNG file without metadata.

        Raises:
            WorkspaceError: Its crop is missing.
        """
        if not row.face_id:
            return as_png(self.pixels(row))
        path = self._workspace.picture_path(self.kind, f"{row.face_id}.png")
        try:
            return path.read_bytes()
        except OSError as error:
            raise WorkspaceError(f"the crop {path} cannot be read: {error.strerror}", "run `curate faces`") from error

    def pixels(self, row: Row) -> NDArray[np.uint8]:
        """The row's picture: uint8 `[H, W]` when it is grey, else RGB `[H, W, 3]`.

        Raises:
            WorkspaceError: Its crop or its original is missing.
            InputError: The row is an ingested face that is not 48×48 and grey.
        """
        if row.face_id:
            return decode(self.png(row), ANY_SIZE).pixels
        pixels = self.photograph(row.image_id)
        if pixels.shape != (FER_SIDE, FER_SIDE):
            raise InputError(
                f"picture {row.image_id} is not {FER_SIDE}×{FER_SIDE} and grey", "--rows kept exports the grey crops"
            )
        return pixels

    def photograph(self, image_id: str) -> NDArray[np.uint8]:
        """A whole photograph, upright: uint8 `[H, W]` when it is grey, else RGB `[H, W, 3]`."""
        return decode(self._original(image_id, self._format[image_id]), ANY_SIZE).pixels


def as_png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG file of grey pixels and nothing else."""
    _, data = cv2.imencode(".png", pixels)
    return data.tobytes()


def as_jpeg(pixels: NDArray[np.uint8], quality: int = 95) -> bytes:
    """A JPEG file of pixels and nothing else: no EXIF, no thumbnail, no profile.

    Args:
        pixels: uint8 `[H, W]` or RGB `[H, W, 3]`.
        quality: 0 to 100; at 95 and with full colour resolution the loss cannot be seen.
    """
    colours = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(colours), options)
    return data.tobytes()
