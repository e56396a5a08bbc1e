"""What a picture's first bytes say: its format and size, before anything is decoded.

Every limit is checked on what this module returns, so a decompression bomb costs no memory. The sizes are those
the decoder would allocate for.
"""

from __future__ import annotations

import struct

from schemas.errors import ImageError
from workspace.containers import READERS, Header


def sniff(data: bytes) -> str:
    """The format by content, whatever the file's name says; empty when it is no picture this module knows.

    Args:
        data: The file's bytes; the first 32 are enough.

    Returns:
        A value of `Header.format`, or "".

    >>> sniff(b"GIF89a...")
    'gif'
    """
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            return name
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if data.startswith(b"BM") and data[14:18] in _BITMAP_HEADERS:
        return "bmp"
    return _sniff_box(data)


def read_header(data: bytes) -> Header:
    """Reads format, size, frames and orientation without decoding a pixel.

    Args:
        data: All bytes of the file.

    Raises:
        ImageError: `empty-file`, `not-an-image`, `unsupported-format`, `truncated` or `damaged`.
    """
    if not data:
        raise ImageError("empty-file", "the file has 0 bytes")
    kind = sniff(data)
    if not kind:
        raise _unknown(data)
    try:
        return READERS[kind](data)
    except (struct.error, IndexError, ValueError) as error:  # ValueError: a JPEG without a further marker
        raise ImageError("truncated", f"the {kind} file ends inside its header") from error


_MARKS = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"GIF87a": "gif",
    b"GIF89a": "gif",
    b"II*\0": "tiff",
    b"MM\0*": "tiff",
}
_BITMAP_HEADERS = {struct.pack("<I", size) for size in (12, 40, 52, 56, 64, 108, 124)}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_KNOWN_OTHERS = {
    b"%PDF": "PDF",
    b"8BPS": "Photoshop",
    b"<svg": "SVG",
    b"\0\0\1\0": "ICO",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    b"II+\0": "BigTIFF",
    b"MM\0+": "BigTIFF",
}


def _sniff_box(data: bytes) -> str:
    if data[4:8] != b"ftyp":
        return ""
    end = min(struct.unpack(">I", data[:4])[0], 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return "avif"
    return "heic" if brands & _HEIC_BRANDS else ""


def _unknown(data: bytes) -> ImageError:
    for mark, name in _KNOWN_OTHERS.items():
        if data.startswith(mark):
            return ImageError("unsupported-format", f"{name} is not read")
    return ImageError("not-an-image", f"no picture format begins with {data[:8]!r}")
