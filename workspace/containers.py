"""One reader a format: what its first bytes say, found by walking the lengths inside them and trusting none."""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import ImageError
from workspace.exif import NO_TURN, byte_order, first_tags, read_orientation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


_TIFF_WIDTH, _TIFF_HEIGHT = 0x0100, 0x0101


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
    orientation: int = NO_TURN
    channels: int = 0
    adobe: bool = False
    complete: bool = True


def _jpeg(data: bytes) -> Header:
    channels, width, height, orientation, start = 0, 0, 0, NO_TURN, len(data)
    adobe = progressive = False
    for marker, at, end in _jpeg_segments(data):
        if marker == _SCAN:
            start = at
        elif marker in _FRAMES:
            height, width, channels = struct.unpack_from(">HHB", data, at + 3)
            progressive = marker in _PROGRESSIVE
        elif marker == 0xE1 and data.startswith(b"Exif\0\0", at + 2):
            orientation = read_orientation(data[at + 8 : end])
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
    at, frames, orientation = 8, 1, NO_TURN
    for _ in range(_PARTS_WALKED):
        if at + 12 > len(data):
            raise ImageError("truncated", "the PNG ends before its IEND chunk")
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND":
            return Header("png", width, height, frames, orientation)
        if kind == b"acTL":
            frames = max(1, min(struct.unpack_from(">I", data, at + 8)[0], FRAMES_COUNTED))
        elif kind == b"eXIf":
            orientation = read_orientation(data[at + 8 : at + 8 + length])
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
    at, frames, orientation = 12, 0, NO_TURN
    for _ in range(_PARTS_WALKED):
        if at + 8 > len(data):
            break
        kind, length = struct.unpack_from("<4sI", data, at)
        frames += kind == b"ANMF"
        if kind == b"EXIF":
            orientation = read_orientation(data[at + 8 : at + 8 + length].removeprefix(b"Exif\0\0"))
        at += 8 + length + (length & 1)
    return Header("webp", width, height, max(1, min(frames, FRAMES_COUNTED)), orientation)


def _bmp(data: bytes) -> Header:
    if struct.unpack_from("<I", data, 14)[0] == 12:
        width, height = struct.unpack_from("<HH", data, 18)
        return Header("bmp", width, height)
    width, height = struct.unpack_from("<ii", data, 18)
    return Header("bmp", width, abs(height))  # a negative height means rows from the top


def _tiff(data: bytes) -> Header:
    tags, order = first_tags(data), byte_order(data)
    if _TIFF_WIDTH not in tags or _TIFF_HEIGHT not in tags:
        raise ImageError("damaged", "the TIFF's first directory gives no size")
    (at,) = struct.unpack_from(order + "I", data, 4)
    seen: set[int] = set()
    while at and at not in seen and len(seen) < FRAMES_COUNTED and at + 2 <= len(data):
        seen.add(at)
        after = at + 2 + 12 * struct.unpack_from(order + "H", data, at)[0]
        at = struct.unpack_from(order + "I", data, after)[0] if after + 4 <= len(data) else 0
    return Header("tiff", tags[_TIFF_WIDTH], tags[_TIFF_HEIGHT], len(seen), read_orientation(data))


def _boxes(kind: str, data: bytes) -> Header:
    at = 0
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


READERS: dict[str, Callable[[bytes], Header]] = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "bmp": _bmp,
    "tiff": _tiff,
    "avif": functools.partial(_boxes, "avif"),
    "heic": functools.partial(_boxes, "heic"),
}
"""Format -> its reader; each may raise `ImageError`, or `struct.error` and `IndexError` where the bytes end."""
