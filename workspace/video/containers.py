"""Whether a video file holds all the bytes that it says it has, told from the outermost layer of its format alone."""

from __future__ import annotations

import os
import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 1_000_000
"""Outer boxes that are walked: a day of film in fragments of a tenth of a second."""


def is_cut(path: Path) -> bool:
    """Whether the file ends before its outermost boxes do.

    MP4 and MOV are boxes of a 32- or 64-bit size (ISO/IEC 14496-12, 4.2), AVI is RIFF chunks, Matroska and WebM an EBML
    header and one segment (RFC 8794, RFC 9559). A file that was written as a stream may not say; it counts as whole.

    Args:
        path: A video, by content.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        start = file.read(4)
        if start == b"RIFF":
            return _riff(file, size)
        return _matroska(file, size) if start == b"\x1aE\xdf\xa3" else _boxes(file, size)


def _boxes(file: IO[bytes], size: int) -> bool:
    at = 0
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return False
        (length,) = struct.unpack_from(">I", head)
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack_from(">Q", head, 8)
        if length < 8:  # 0: up to the end, whatever that is
            return False
        at += length
        if at > size:
            return True
    return False


def _riff(file: IO[bytes], size: int) -> bool:
    at = 0
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8 or head[:4] != b"RIFF":
            return False
        (length,) = struct.unpack_from("<I", head, 4)
        if length in (0, 0xFFFFFFFF):  # a stream
            return False
        at += 8 + length + length % 2
        # The byte that pads an odd chunk is missing at the end of some files.
        if at > size + 1:
            return True
    return False


def _matroska(file: IO[bytes], size: int) -> bool:
    file.seek(4)
    header = _length(file)
    if header is None:
        return False
    file.seek(header, os.SEEK_CUR)
    if file.read(4) != b"\x18S\x80g":
        return False
    segment = _length(file)
    return segment is not None and file.tell() + segment > size


def _length(file: IO[bytes]) -> int | None:
    """The size of an EBML element: as many bytes as the first has leading zeros, and one; None where it is not told."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    more = 8 - first[0].bit_length()
    rest = file.read(more)
    value = int.from_bytes(bytes([first[0] & (0x7F >> more)]) + rest, "big")
    return None if len(rest) < more or value == (1 << 7 * (more + 1)) - 1 else value
