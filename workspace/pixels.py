"""The only opener of image bytes: hostile or honest bytes in, upright 8-bit pixels or an `ImageError` out.

JPEG goes through libjpeg-turbo (simplejpeg), which says when data is damaged; everything else goes through
Pillow's plugin for the format that the *content* names, past `Image.open`, whose process-wide pixel limit belongs
to the host program. Neither writes to stderr.

Colour profiles are not applied: pixels are taken as sRGB. Photographs from the web are sRGB almost always, and
nothing decided here turns on the few levels a wide-gamut profile would move; CMYK is converted by the plain formula.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.metadata
import io
import logging
import struct
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg
from PIL import Image, ImageChops
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from schemas.errors import ImageError
from workspace.header import read_header

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.ImageFile import ImageFile

    from workspace.containers import Header

logging.getLogger("PIL").addHandler(logging.NullHandler())  # else Python prints Pillow's complaints on stderr

_PLUGINS: dict[str, type[ImageFile]] = {
    "png": PngImageFile,
    "gif": GifImageFile,
    "bmp": BmpImageFile,
    "tiff": TiffImageFile,
    "webp": WebPImageFile,
    "avif": AvifImageFile,
}
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    AssertionError,
    struct.error,
    zlib.error,
)
"""All that Pillow's plugins were seen to raise on damaged bytes, by fuzzing them; they have no common base."""


@dataclass(frozen=True)
class Limits:
    """What is refused before it is decoded.

    Attributes:
        max_pixels: Width × height; 100 million decode to 300 MB.
        max_side: Longest side in pixels.
        max_bytes: Size of the file.
    """

    max_pixels: int = 100_000_000
    max_side: int = 20_000
    max_bytes: int = 100 * 2**20


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture, upright.

    Attributes:
        pixels: uint8, RGB `[H, W, 3]`, or `[H, W]` when the file is grey.
        format: `jpeg`, `png`, `webp`, `gif`, `bmp`, `tiff`, `avif` or `heic`, by content.
        mode: The file's own colour mode in Pillow's names: L, RGB, P, CMYK, I;16 …
        width: Pixels, after the EXIF turn.
        height: Pixels, after the EXIF turn.
        frames: Pictures in the file, counted up to 1000; the first is decoded.
        orientation: EXIF orientation of the file, 1 to 8, already applied.
    """

    pixels: NDArray[np.uint8]
    format: str
    mode: str
    width: int
    height: int
    frames: int
    orientation: int


DEFAULT_LIMITS = Limits()


def probe(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Header:
    """Reads the header and holds it against the limits; decodes nothing.

    Args:
        data: All bytes of the file.
        limits: What to refuse.

    Raises:
        ImageError: `empty-file`, `not-an-image`, `unsupported-format`, `truncated`, `damaged`, `too-large-file`,
            `too-large-side` or `too-many-pixels`.
    """
    if len(data) > limits.max_bytes:
        raise ImageError("too-large-file", f"{len(data):,} bytes, over the limit of {limits.max_bytes:,}")
    header = read_header(data)
    _check_size(header.width, header.height, limits)
    return header


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """Decodes the first picture of a file: upright, 8 bits, on white where it is transparent.

    Args:
        data: All bytes of the file. Its name plays no part.
        limits: What to refuse before anything is allocated.

    Returns:
        The picture; equal bytes give equal pixels. 16-bit values `v` become `round(v / 257)`; transparent pixels
        are laid on white; CMYK becomes `(255 - C) (255 - K) / 255`, and likewise for M and Y.

    Raises:
        ImageError: The reasons of `probe`, and `truncated` or `damaged` where the data ends or fails while decoding.

    >>> picture = decode(b"BM" + bytes(8) + bytes([26, 0, 0, 0, 12, 0, 0, 0, 1, 0, 1, 0, 1, 0, 24, 0, 7, 8, 9, 0]))
    >>> picture.pixels.tolist(), picture.format, picture.width
    ([[[9, 8, 7]]], 'bmp', 1)
    """
    header = probe(data, limits)
    if not header.complete:
        raise ImageError("truncated", f"the {header.format} file ends before its end mark")
    if header.format == "jpeg" and header.channels in (1, 3):
        picture = _decode_jpeg(data, header)
        if picture:
            return picture
    return _decode_with_pillow(data, header, limits)


def _check_size(width: int, height: int, limits: Limits) -> None:
    if width < 1 or height < 1:
        raise ImageError("damaged", f"the header says {width} x {height} pixels")
    if max(width, height) > limits.max_side:
        raise ImageError("too-large-side", f"{width} x {height} pixels; the limit for a side is {limits.max_side:,}")
    if width * height > limits.max_pixels:
        raise ImageError("too-many-pixels", f"{width} x {height} pixels; the limit is {limits.max_pixels:,} in all")


def _decode_jpeg(data: bytes, header: Header) -> Picture | None:
    """The picture, or None for a JPEG that libjpeg-turbo's simple interface does not take (odd subsampling)."""
    try:
        simplejpeg.decode_jpeg_header(data)
    except ValueError:
        return None
    grey = header.channels == 1
    try:
        pixels = simplejpeg.decode_jpeg(data, "GRAY" if grey else "RGB")
    except ValueError as error:
        raise ImageError("damaged", f"the JPEG's data is damaged: {error}") from error
    pixels = _upright(pixels[:, :, 0] if grey else pixels, header.orientation)
    return _picture(pixels, header, "L" if grey else "RGB", header.orientation)


def _decode_with_pillow(data: bytes, header: Header, limits: Limits) -> Picture:
    warnings.filterwarnings("ignore", module=r"PIL\.")  # complaints about metadata that nobody reads here
    try:
        with _open(data, header) as image:
            _check_size(*image.size, limits)
            orientation = _orientation(image, header)
            mode = image.mode
            image.load()
            pixels = _to_8_bits(image, header)
            if header.format != "tiff":  # Pillow turns these while loading, and no others
                pixels = _upright(pixels, orientation)
    except ImageError:
        raise
    except _BROKEN as error:
        reason = _blame(str(error))
        detail = str(error) or type(error).__name__
        raise ImageError(reason, f"the {header.format} file cannot be decoded: {detail}") from error
    return _picture(pixels, header, mode, orientation)


def _open(data: bytes, header: Header) -> ImageFile:
    if header.format == "jpeg":
        return JpegImageFile(io.BytesIO(data))
    if header.format == "tiff":
        _silence_libtiff()
    if header.format != "heic":
        return _PLUGINS[header.format](io.BytesIO(data))
    try:
        from pillow_heif import HeifImageFile  # 20 MB of codecs that few pictures need
    except ImportError as error:
        raise ImageError("unsupported-format", "HEIC needs the package pillow-heif") from error
    return HeifImageFile(io.BytesIO(data))


@functools.cache
def _silence_libtiff() -> None:
    """Takes the error handlers out of the libtiff in Pillow's wheel: they print on stderr what Pillow raises anyway.

    A Pillow that was built against the system's libtiff keeps them.
    """
    for file in importlib.metadata.files("pillow") or ():
        if file.name.startswith("libtiff"):
            library = ctypes.CDLL(str(file.locate()))
            library.TIFFSetErrorHandler(None)
            library.TIFFSetWarningHandler(None)


def _orientation(image: ImageFile, header: Header) -> int:
    if header.format != "avif":  # heic: the codec has turned it already
        return header.orientation
    value = image.getexif().get(0x0112, 1)
    return value if value in range(1, 9) else 1


def _blame(message: str) -> str:
    if "truncated" in message.lower():
        return "truncated"
    return "unsupported-format" if "not available" in message else "damaged"


def _to_8_bits(image: Image.Image, header: Header) -> NDArray[np.uint8]:
    if image.mode.startswith("I"):
        return _scale(np.asarray(image))
    if image.mode == "F":
        raise ImageError("unsupported-format", "pixels are floating-point numbers of unknown range")
    if image.mode == "CMYK":
        if header.format == "jpeg" and not header.adobe:
            image = ImageChops.invert(image)  # Pillow turned them round as Adobe writes them; this file is not Adobe's
        return np.asarray(image.convert("RGB"))
    grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data:
        image = _on_white(image.convert("RGBA"))
    return np.asarray(image.convert("L" if grey else "RGB"))


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _scale(values: NDArray[np.integer]) -> NDArray[np.uint8]:
    if values.min() < 0 or values.max() > 0xFFFF:
        raise ImageError("unsupported-format", "pixels are 32-bit numbers of unknown range")
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _picture(pixels: NDArray[np.uint8], header: Header, mode: str, orientation: int) -> Picture:
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    return Picture(pixels, header.format, mode, width, height, header.frames, orientation)


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Undoes EXIF orientation 1-8 (CIPA DC-008, tag 0x0112)."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
