"""What a picture's first bytes say: its format and size, before anything is decoded.

Every limit is checked on what this module returns, so a decompression bomb costs no memory. The sizes are those
the decoder would allocate for; the parser walks lengths inside the bytes it was given and never trusts one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAMES_COUNTED = 1000
"""Frames are counted up to here; a GIF of 100,000 frames says 1000."""
_PARTS_WALKED = 1_000_000
"""Chunks, segments and boxes looked at in one file; a 100 MB GIF of full blocks has 400,000. Takes half a second."""
_SCANS = 200
"""Progressive scans in one JPEG. Encoders write about 10; thousands over a large picture take hours to decode."""
_SCAN = 0xDA
_BARE = {0x01, *range(0xD0, 0xDA)}
"""JPEG markers with no segment after them."""
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_NO_TURN = 1
_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True)
class Header:
    """What a file says of itself.

    Attributes:
        format: `jpeg`, `png`, `webp`, `gif`, `bmp`, `tiff`, `avif` or `heic`.
        width: Pixels as stored, before the EXIF turn.
        height: Pixels as stored, before the EXIF turn.
        frames: Pictures in the file, counted up to `FRAMES_COUNTED`.
        orientation: EXIF orientation, 1 to 8; 1 needs no turn.
        channels: Colour channels of a JPEG; 0 for other formats.
        adobe: Whether a JPEG bears Adobe's marker, whose CMYK values are inverted.
        complete: Whether the format's end mark was found; True where it has none.
    """

    format: str
    width: int
    height: int
    frames: int = 1
    orientation: int = _NO_TURN
    channels: int = 0
    adobe: bool = False
    complete: bool = True


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
        return _READERS[kind](data)
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


def _jpeg(data: bytes) -> Header:
    channels, width, height, orientation, start = 0, 0, 0, _NO_TURN, len(data)
    adobe = progressive = False
    for marker, at, end in _jpeg_segments(data):
        if marker == _SCAN:
            start = at
        elif marker in _FRAMES:
            height, width, channels = struct.unpack_from(">HHB", data, at + 3)
            progressive = marker in _PROGRESSIVE
        elif marker == 0xE1 and data.startswith(b"Exif\0\0", at + 2):
            orientation = _orientation(data[at + 8 : end])
        elif marker == 0xEE and data.startswith(b"Adobe", at + 2):
            adobe = True
    if not channels:
        raise ImageError("damaged", "the JPEG says no size before its data begins")
    scans = data.count(b"\xff\xda", start) if progressive else 1
    if scans > _SCANS:
        raise ImageError("damaged", f"the JPEG has {scans} scans; no encoder writes more than {_SCANS}")
    # Inside a scan's data 0xFF is always followed by 0, so these two bytes can only be the end mark.
    complete = data.rfind(b"\xff\xd9", start) >= 0
    return Header("jpeg", width, height, 1, orientation, channels, adobe, complete)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, position of the length, and end of each segment, up to the first scan."""
    at = 2
    for _ in range(_PARTS_WALKED):
        at = data.index(b"\xff", at)  # libjpeg skips garbage between segments, and so do browsers
        while data[at] == 0xFF:
            at += 1
        marker, at = data[at], at + 1
        if marker in _BARE:
            continue
        end = at + max(2, struct.unpack_from(">H", data, at)[0])
        yield marker, at, end
        if marker == _SCAN:
            return
        at = end


def _png(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 16)
    at, frames, orientation = 8, 1, _NO_TURN
    for _ in range(_PARTS_WALKED):
        if at + 12 > len(data):
            raise ImageError("truncated", "the PNG ends before its IEND chunk")
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND":
            return Header("png", width, height, frames, orientation)
        if kind == b"acTL":
            frames = max(1, min(struct.unpack_from(">I", data, at + 8)[0], FRAMES_COUNTED))
        elif kind == b"eXIf":
            orientation = _orientation(data[at + 8 : at + 8 + length])
        at += 12 + length
    raise ImageError("damaged", f"the PNG has more than {_PARTS_WALKED} chunks")


def _gif(data: bytes) -> Header:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    frames, complete, walked = 0, False, 0
    while at < len(data) and frames < FRAMES_COUNTED and walked < _PARTS_WALKED:
        mark = data[at]
        if mark == 0x3B:
            complete = True
            break
        if mark == 0x2C:
            left, top, wide, high, local = struct.unpack_from("<HHHHB", data, at + 1)
            if not frames:  # the first picture may reach beyond the screen, and the decoder makes room for it
                width, height = max(width, left + wide), max(height, top + high)
            frames += 1
            at += 11 + (3 << ((local & 7) + 1) if local & 0x80 else 0)
        elif mark == 0x21:
            at += 2
        else:
            break
        while at < len(data) and data[at] and walked < _PARTS_WALKED:
            at += 1 + data[at]
            walked += 1
        at += 1
    if not frames:
        raise ImageError("truncated", "the GIF ends before its first picture")
    return Header("gif", width, height, frames, complete=complete or frames > 1)


def _webp(data: bytes) -> Header:
    size, kind = struct.unpack_from("<I", data, 4)[0] + 8, data[12:16]
    if size > len(data):
        raise ImageError("truncated", f"the WebP file should have {size} bytes and has {len(data)}")
    if kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
        return Header("webp", width, height)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Header("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind != b"VP8X":
        raise ImageError("damaged", f"the WebP file begins with a chunk {kind!r}")
    width = int.from_bytes(data[24:27], "little") + 1
    height = int.from_bytes(data[27:30], "little") + 1
    at, frames, orientation = 12, 0, _NO_TURN
    for _ in range(_PARTS_WALKED):
        if at + 8 > len(data):
            break
        kind, length = struct.unpack_from("<4sI", data, at)
        frames += kind == b"ANMF"
        if kind == b"EXIF":
            orientation = _orientation(data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0"))
        at += 8 + length + (length & 1)
    return Header("webp", width, height, max(1, min(frames, FRAMES_COUNTED)), orientation)


def _bmp(data: bytes) -> Header:
    if struct.unpack_from("<I", data, 14)[0] == 12:
        width, height = struct.unpack_from("<HH", data, 18)
        return Header("bmp", width, height)
    width, height = struct.unpack_from("<ii", data, 18)
    return Header("bmp", width, abs(height))  # a negative height means rows from the top


def _tiff(data: bytes) -> Header:
    order = "<" if data.startswith(b"II") else ">"
    first = at = struct.unpack_from(order + "I", data, 4)[0]
    tags = _tiff_tags(data, first, order)
    if 256 not in tags or 257 not in tags:
        raise ImageError("damaged", "the TIFF's first directory gives no size")
    seen: set[int] = set()
    while at and at not in seen and len(seen) < FRAMES_COUNTED and at + 2 <= len(data):
        seen.add(at)
        after = at + 2 + 12 * struct.unpack_from(order + "H", data, at)[0]
        at = struct.unpack_from(order + "I", data, after)[0] if after + 4 <= len(data) else 0
    orientation = tags.get(_ORIENTATION_TAG, _NO_TURN)
    return Header("tiff", tags[256], tags[257], len(seen), orientation if 1 <= orientation <= 8 else _NO_TURN)


def _boxes(data: bytes) -> Header:
    kind, at = sniff(data), 0
    for _ in range(_PARTS_WALKED):
        if at + 8 > len(data):
            break
        (size,) = struct.unpack_from(">I", data, at)
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
        if size < 8:  # 0: the last box, up to the end
            break
        at += size
    if at > len(data):
        raise ImageError("truncated", f"the {kind} file should have {at} bytes and has {len(data)}")
    sizes: list[tuple[int, int]] = []
    at = data.find(b"ispe")
    while at >= 0 and len(sizes) < FRAMES_COUNTED:
        width, height = struct.unpack_from(">II", data, at + 8)
        sizes.append((width, height))
        at = data.find(b"ispe", at + 4)
    if not sizes:
        raise ImageError("damaged", f"the {kind} file gives no size")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return Header(kind, width, height)


def _orientation(exif: bytes) -> int:
    """EXIF orientation of a block that begins with its byte order; 1 when it has none or is damaged."""
    if exif[:4] not in (b"II*\0", b"MM\0*"):
        return _NO_TURN
    order = "<" if exif.startswith(b"II") else ">"
    try:
        value = _tiff_tags(exif, struct.unpack_from(order + "I", exif, 4)[0], order).get(_ORIENTATION_TAG, _NO_TURN)
    except struct.error:
        return _NO_TURN
    return value if 1 <= value <= 8 else _NO_TURN


def _tiff_tags(data: bytes, at: int, order: str) -> dict[int, int]:
    """First values of the short and long tags in the directory at `at`."""
    tags: dict[int, int] = {}
    (count,) = struct.unpack_from(order + "H", data, at)
    for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if kind == 3:
            (tags[tag],) = struct.unpack_from(order + "H", data, entry + 8)
        elif kind == 4:
            (tags[tag],) = struct.unpack_from(order + "I", data, entry + 8)
    return tags


_READERS = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "bmp": _bmp,
    "tiff": _tiff,
    "avif": _boxes,
    "heic": _boxes,
}
