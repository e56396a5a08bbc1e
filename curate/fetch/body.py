"""Reads the body of an answer, counted and unpacked piece by piece."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from curate.fetch.failure import RequestError
from schemas.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    import aiohttp

_PIECE = 2**20
"""Most bytes that are unpacked at once; deflate makes up to 1,032 of one."""


async def pieces(response: aiohttp.ClientResponse, limit: int) -> AsyncGenerator[bytes]:
    """Yields an answer's bytes, unpacked where it is packed although nobody asked for that.

    Args:
        response: The answer; nothing of its body has been read.
        limit: Most bytes, packed or unpacked.

    Raises:
        ImageError: `too-large-file`, or `unknown-encoding`.
        RequestError: `incomplete-download`: a packed body ends too early.
    """
    # What the server claims is believed only where it speaks against it.
    if (response.content_length or 0) > limit:
        raise _too_large(limit)
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip", "deflate"}:
        raise ImageError("unknown-encoding", f"the answer is packed as {encoding[:40]!r}, which nobody asked for")
    unpack = None if encoding in {"identity", ""} else _Unpacker()
    total = 0
    async for packed in response.content.iter_any():
        for piece in unpack.feed(packed) if unpack else (packed,):
            total += len(piece)
            if total > limit:
                raise _too_large(limit)
            yield piece
            if unpack:
                await asyncio.sleep(0)  # others' downloads go on meanwhile
    if unpack and not unpack.complete:
        raise RequestError(ImageError("incomplete-download", "the packed answer ends too early"), again=True)


class _Unpacker:
    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # takes the header of gzip or of zlib

    @property
    def complete(self) -> bool:
        return self._zlib.eof

    def feed(self, packed: bytes) -> Iterator[bytes]:
        while packed and not self._zlib.eof:
            try:
                piece = self._zlib.decompress(packed, _PIECE)
            except zlib.error as error:
                raise ImageError("unknown-encoding", "the answer is packed in a way that cannot be read") from error
            packed = self._zlib.unconsumed_tail
            if piece:
                yield piece


def _too_large(limit: int) -> ImageError:
    return ImageError("too-large-file", f"more than {limit / 2**20:,.0f} MiB")
