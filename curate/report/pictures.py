"""The pictures in the page: small, without metadata, as data URIs."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

from schemas.errors import ImageError, WorkspaceError
from workspace.pixels import Limits, decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workspace.store import Workspace

_LIMITS = Limits(max_pixels=400_000_000, max_side=65_535, max_bytes=2**31)
"""What ingest let in, the page may show: its limits were held against the file then."""
_QUALITY = 80


class Pictures:
    """Draws originals and crops of a workspace small enough for a page.

    A picture that cannot be shown (its original was moved away, say) is None, and the page says so.
    """

    def __init__(self, workspace: Workspace, formats: Mapping[str, str]) -> None:
        """Draws for one page.

        Args:
            workspace: Where the pictures lie.
            formats: image_id -> format by content.
        """
        self._workspace = workspace
        self._formats = formats
        self._read = workspace.originals()

    def whole(self, image_id: str, side: int = 200) -> str | None:
        """An original, its longer side at most `side` pixels."""
        image = self._original(image_id)
        return None if image is None else _uri(_small(image, side))

    def part(self, image_id: str, box: Sequence[float], side: int = 144) -> str | None:
        """A face's box and half as much again around it.

        Args:
            image_id: The original.
            box: Left, top, right, bottom in its pixels; may reach outside it.
            side: Longer side of the result, in pixels.
        """
        image = self._original(image_id)
        if image is None:
            return None
        left, top, right, bottom = box
        reach = 0.75 * max(right - left, bottom - top)
        x, y = (left + right) / 2, (top + bottom) / 2
        frame = (
            round(max(0, x - reach)),
            round(max(0, y - reach)),
            round(min(image.width, x + reach)),
            round(min(image.height, y + reach)),
        )
        if frame[2] - frame[0] < 1 or frame[3] - frame[1] < 1:
            return None
        return _uri(_small(image.crop(frame), side))

    def crop(self, face_id: str, side: int = 128) -> str | None:
        """The aligned colour crop of a kept face."""
        image = self._stored("faces", face_id)
        return None if image is None else _uri(_small(image, side))

    def grey(self, face_id: str) -> str | None:
        """The 48×48 grey crop of a kept face, pixel for pixel."""
        image = self._stored("grey", face_id)
        return None if image is None else _uri(image, "PNG")

    def _original(self, image_id: str) -> Image.Image | None:
        if image_id not in self._formats:  # a table that is out of date may name it still
            return None
        try:
            return Image.fromarray(decode(self._read(image_id, self._formats[image_id]), _LIMITS).pixels)
        except (WorkspaceError, ImageError):
            return None

    def _stored(self, kind: str, face_id: str) -> Image.Image | None:
        try:
            return Image.fromarray(decode(self._workspace.picture_path(kind, f"{face_id}.png").read_bytes()).pixels)
        except (OSError, ImageError):
            return None


def _small(image: Image.Image, side: int) -> Image.Image:
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return image


def _uri(image: Image.Image, image_format: str = "JPEG") -> str:
    file = io.BytesIO()
    if image_format == "JPEG":
        image.save(file, "JPEG", quality=_QUALITY, optimize=True)
    else:
        image.save(file, image_format, optimize=True)
    return f"data:image/{image_format.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
