"""What becomes of photographs on the web, done to a photograph: each function takes and gives Pillow images.

Everything is integer arithmetic or Pillow's own resampling, so equal libraries give equal bytes.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

_GPS_IFD, _ORIENTATION = 0x8825, 0x0112
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The oldest time a zip archive can hold; a fixed one keeps its bytes equal."""


def opened(data: bytes) -> Image.Image:
    """The picture in a file's bytes, as RGB or grey."""
    image = Image.open(io.BytesIO(data))
    return image if image.mode == "L" else image.convert("RGB")


def jpeg(image: Image.Image, quality: int = 92, exif: Image.Exif | None = None) -> bytes:
    """A picture as a JPEG file."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality, **({"exif": exif} if exif else {}))
    return file.getvalue()


def half_size(image: Image.Image) -> Image.Image:
    """Half the width, half the height."""
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


def cropped(image: Image.Image, share: float = 0.05) -> Image.Image:
    """Width and height less by a share, half of it on each side."""
    dx, dy = round(image.width * share / 2), round(image.height * share / 2)
    return image.crop((dx, dy, image.width - dx, image.height - dy))


def mirrored(image: Image.Image) -> Image.Image:
    """Left and right exchanged."""
    return ImageOps.mirror(image)


def defocused(image: Image.Image, radius: int = 8) -> Image.Image:
    """Seen through a lens out of focus: each point becomes a disc.

    Args:
        image: Any picture.
        radius: Of the disc, in pixels.
    """
    reach = range(-radius, radius + 1)
    return _spread(image, [(dy, dx) for dy in reach for dx in reach if dy * dy + dx * dx <= radius * radius])


def moved(image: Image.Image, length: int = 31) -> Image.Image:
    """Taken while the camera moved to the right and a little down: each point becomes a line.

    Args:
        image: Any picture.
        length: Of the line, in pixels.
    """
    return _spread(image, [(int(step / 4), step) for step in range(-(length // 2), length // 2 + 1)])


def turned_by_exif(image: Image.Image) -> bytes:
    """A JPEG whose pixels lie on their side, whose EXIF says how to turn them, and where it was taken."""
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    exif.get_ifd(_GPS_IFD).update({1: "N", 2: (28.0, 34.0, 0.0), 3: "W", 4: (80.0, 39.0, 0.0)})
    return jpeg(image.transpose(Image.Transpose.ROTATE_90), exif=exif)


def darkened(image: Image.Image, divisor: int = 6) -> Image.Image:
    """A picture with that part of its light."""
    return image.point([level // divisor for level in range(256)] * len(image.getbands()))


def poster() -> bytes:
    """A PNG of words on white, such as an image search brings up between photographs."""
    canvas = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(canvas).text((60, 90), "KEEP CALM\nAND SMILE", "#c01010", ImageFont.load_default(80))
    file = io.BytesIO()
    canvas.save(file, "PNG")
    return file.getvalue()


def side_by_side(left: Image.Image, right: Image.Image, height: int) -> Image.Image:
    """A collage of two pictures brought to one height, a white line between them.

    Args:
        left: Any picture.
        right: Any picture.
        height: Of both, in pixels.
    """
    scaled = [
        picture.convert("RGB").resize(
            (round(picture.width * height / picture.height), height), Image.Resampling.LANCZOS
        )
        for picture in (left, right)
    ]
    canvas = Image.new("RGB", (scaled[0].width + 12 + scaled[1].width, height), "white")
    canvas.paste(scaled[0], (0, 0))
    canvas.paste(scaled[1], (scaled[0].width + 12, 0))
    return canvas


def bomb(side: int = 50_000) -> bytes:
    """A PNG of 69 bytes whose header claims `side` × `side` pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(4))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def archive(members: Mapping[str, bytes]) -> bytes:
    """A zip archive of the given entries."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as zipped:
        for name, data in members.items():
            zipped.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return file.getvalue()


def _spread(image: Image.Image, shifts: Sequence[tuple[int, int]]) -> Image.Image:
    """The mean of copies of a picture, each moved by rows and columns; its edge goes on outside it."""
    pixels: NDArray[np.uint8] = np.asarray(image)
    most = max(max(abs(dy), abs(dx)) for dy, dx in shifts)
    height, width = pixels.shape[:2]
    padding = ((most, most), (most, most), (0, 0))[: pixels.ndim]
    padded = np.pad(pixels, padding, mode="edge").astype(np.uint32)
    total = np.zeros(pixels.shape, np.uint32)
    for dy, dx in shifts:
        total += padded[most + dy : most + dy + height, most + dx : most + dx + width]
    return Image.fromarray(((total + len(shifts) // 2) // len(shifts)).astype(np.uint8))
