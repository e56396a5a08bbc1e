"""What a PNG or JPEG holds beside its pixels."""

from __future__ import annotations

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
"""PNG, third edition (W3C 2025), 11: the critical chunks, and transparency. All others say something of it."""
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
"""Markers without a segment: TEM and RST (ITU-T T.81, table B.1)."""
_JPEG_PIXELS = {0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD, 0xE0}
"""Frame headers, Huffman and quantisation tables, scan, restart interval; and APP0, which holds JFIF's density."""


def metadata(data: bytes) -> list[str]:
    """Names what a file holds beside pixels: PNG chunks, JPEG segments, and bytes behind the end.

    Args:
        data: A whole file.

    Returns:
        Names such as `PNG chunk tEXt`, `JPEG segment APP1`; none where there are only pixels.

    >>> metadata(b"no picture")
    ['neither PNG nor JPEG']
    """
    if data.startswith(_PNG):
        return list(dict.fromkeys(_png(data)))
    if data.startswith(b"\xff\xd8"):
        return list(dict.fromkeys(_jpeg(data)))
    return ["neither PNG nor JPEG"]


def _png(data: bytes) -> list[str]:
    found: list[str] = []
    at = len(_PNG)
    while at + 8 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if kind not in _PNG_PIXELS:
            found.append(f"PNG chunk {kind.decode('latin-1')}")
        at += 12 + size
        if kind == b"IEND":
            break
    return [*found, "bytes behind the end"] if at < len(data) else found


def _jpeg(data: bytes) -> list[str]:
    found: list[str] = []
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xD9:
            return [*found, "bytes behind the end"] if at + 2 < len(data) else found
        if marker in _JPEG_ALONE:
            at += 2
            continue
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        plain = marker in _JPEG_PIXELS and not (marker == 0xE0 and not data.startswith(b"JFIF\0", at + 4))
        if not plain:
            name = f"APP{marker - 0xE0}" if 0xE0 <= marker <= 0xEF else "COM" if marker == 0xFE else f"{marker:02X}"
            found.append(f"JPEG segment {name}")
        at += 2 + size
        if marker == 0xDA:
            at = _after_scan(data, at)
    return found


def _after_scan(data: bytes, at: int) -> int:
    """The next marker behind entropy-coded data, in which FF is followed by 00 or by a restart."""
    while (at := data.find(b"\xff", at)) >= 0:
        following = data[at + 1] if at + 1 < len(data) else 0
        if following and following not in _JPEG_ALONE:
            return at
        at += 2
    return len(data)
