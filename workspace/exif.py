"""The directory of tags that TIFF files consist of and EXIF blocks borrow."""

from __future__ import annotations

import struct

NO_TURN = 1
"""EXIF orientation of an upright picture."""
_ORIENTATION_TAG = 0x0112
_SHORT, _LONG = 3, 4


def read_orientation(exif: bytes) -> int:
    """EXIF orientation, 1 to 8, of a block that begins with its byte order; 1 when it has none or is damaged.

    Args:
        exif: The block, without the six bytes `Exif` and two zeros before it; a whole TIFF file is one too.
    """
    if exif[:4] not in {b"II*\0", b"MM\0*"}:
        return NO_TURN
    try:
        value = first_tags(exif).get(_ORIENTATION_TAG, NO_TURN)
    except struct.error:
        return NO_TURN
    return value if 1 <= value <= 8 else NO_TURN


def first_tags(data: bytes) -> dict[int, int]:
    """First values of the short and long tags in the first directory.

    Args:
        data: A TIFF file or EXIF block.

    Raises:
        struct.error: It ends before its first directory begins.
    """
    order = byte_order(data)
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    tags: dict[int, int] = {}
    for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 11), 12):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        if kind == _SHORT:
            (tags[tag],) = struct.unpack_from(order + "H", data, entry + 8)
        elif kind == _LONG:
            (tags[tag],) = struct.unpack_from(order + "I", data, entry + 8)
    return tags


def byte_order(data: bytes) -> str:
    """The order of bytes in a TIFF file or EXIF block, as `struct` writes it."""
    return "<" if data.startswith(b"II") else ">"
