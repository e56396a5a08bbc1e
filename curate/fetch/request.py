"""One request: a picture, a redirect, or why there is neither."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import urllib.parse
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from curate.fetch import body, robots
from curate.fetch.addresses import clean
from curate.fetch.failure import AGAIN, RequestError, retry_after
from schemas.errors import ImageError
from workspace.header import read_header, sniff

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from contextlib import AbstractContextManager

    from schemas.settings import FetchSettings

    _Keep = Callable[[], AbstractContextManager[Callable[[bytes], None]]]

_REDIRECTS = {301, 302, 303, 307, 308}
_HEAD_BYTES = 512
"""From so many bytes every format we read is known; a web page is not downloaded to its end."""
_NAME_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


@dataclass(frozen=True)
class Client:
    """Makes requests with one session and one set of limits.

    Attributes:
        session: From `connect.session`.
        settings: Time limits, and whether X-Robots-Tag is respected.
        limit: Most bytes of a picture.
        token: Our product token, for X-Robots-Tag.
    """

    session: aiohttp.ClientSession
    settings: FetchSettings
    limit: int
    token: str

    async def picture(self, url: URL, keep: _Keep) -> URL | None:
        """Asks for a picture and writes it down.

        Args:
            url: What to ask for.
            keep: Opens what writes the bytes down, once they are known to be those of a picture; it is left by
                an exception when they do not all come.

        Returns:
            None when the picture is there, or where the server sends us on to.

        Raises:
            ImageError: There is no picture, and asking again would not help.
            RequestError: There is no picture, and it says whether asking again may help.
            StorageError: The disk refused the file.
        """
        async with self._answer(url) as response:
            if self.settings.respect_noai and robots.opts_out(response.headers.getall("X-Robots-Tag", []), self.token):
                raise ImageError("noai", "X-Robots-Tag asks that it is not used for machine learning")
            if response.status in _REDIRECTS:
                return _target(response)
            if response.status != HTTPStatus.OK:
                raise _refused(response)
            await _write(body.pieces(response, self.limit), keep)
            return None

    async def robots_txt(self, origin: URL) -> str:
        """A site's robots.txt; empty where it has none, which allows everything (RFC 9309 section 2.3.1.3).

        Raises:
            ImageError: It cannot be had, and asking again would not help.
            RequestError: It cannot be had now, which forbids everything (section 2.3.1.4).
        """
        url = origin / "robots.txt"
        for _ in range(6):  # the file itself and five redirects, section 2.3.1.2
            async with self._answer(url) as response:
                if response.status in _REDIRECTS:
                    url = _target(response)
                    continue
                if response.status in AGAIN:
                    raise _refused(response)
                if response.status != HTTPStatus.OK:
                    return ""
                text = b""
                with contextlib.suppress(ImageError):  # of a longer file the beginning holds
                    async for piece in body.pieces(response, robots.MOST_BYTES):
                        text += piece
                return text.decode("utf-8", "replace")
        return ""

    @contextlib.asynccontextmanager
    async def _answer(self, url: URL) -> AsyncIterator[aiohttp.ClientResponse]:
        """Makes a request; whatever goes wrong until its last byte comes out as one of our errors."""
        answered = False
        try:
            async with (
                asyncio.timeout(self.settings.fetch_timeout) as deadline,
                self.session.get(url, allow_redirects=False) as response,
            ):
                answered = True
                try:
                    yield response
                finally:
                    if not response.content.at_eof():
                        response.close()  # never read on for the sake of the connection
        except TimeoutError as error:
            if deadline.expired():  # a server that is slow on purpose will be so again
                raise ImageError("timeout", f"not finished after {self.settings.fetch_timeout:g} s") from error
            where = "in the middle of the answer" if answered else "without an answer"
            raise RequestError(ImageError("timeout", f"silence, {where}"), again=True) from error
        except aiohttp.ClientError as error:
            raise _broken(error, answered=answered) from error
        except ValueError as error:
            raise ImageError("invalid-url", "it cannot be asked for") from error


def _broken(error: aiohttp.ClientError, *, answered: bool) -> RequestError:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else None
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        words = (cause and cause.strerror) or "no such name"
        again = cause is None or cause.errno not in _NAME_UNKNOWN
        return RequestError(ImageError("unknown-host", words), again=again)
    if isinstance(error, aiohttp.ClientSSLError):
        inner = getattr(error, "certificate_error", cause)
        words = getattr(inner, "verify_message", "") or getattr(inner, "reason", "") or "no secure connection"
        return RequestError(ImageError("untrusted-host", str(words)), again=not isinstance(inner, ssl.SSLError))
    if isinstance(error, aiohttp.InvalidURL):
        return RequestError(ImageError("invalid-url", "it cannot be asked for"))
    if isinstance(error, aiohttp.ClientResponseError):
        return RequestError(ImageError("connection-failed", "the answer is no HTTP"))
    if answered:
        return RequestError(ImageError("incomplete-download", "the connection ended before the answer did"), again=True)
    words = os.strerror(cause.errno) if cause and cause.errno else "the connection ended before an answer"
    return RequestError(ImageError("connection-failed", words), again=True)


def _refused(response: aiohttp.ClientResponse) -> RequestError:
    what = f"the server answers {response.status}"
    reason = "too-many-requests" if response.status == HTTPStatus.TOO_MANY_REQUESTS else "refused-by-server"
    again = response.status in AGAIN
    return RequestError(
        ImageError(reason, what), again=again, wait=retry_after(response.headers.get("Retry-After")) if again else None
    )


def _target(response: aiohttp.ClientResponse) -> URL:
    location = response.headers.get("Location", "")
    try:
        return URL(clean(urllib.parse.urljoin(str(response.url), location)), encoded=True)
    except (ImageError, ValueError) as error:
        raise ImageError("invalid-url", "it leads on to an address that cannot be asked for") from error


async def _write(pieces: AsyncGenerator[bytes], keep: _Keep) -> None:
    """Writes a body down, once its first bytes are those of a picture."""
    head = b""
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            head += piece
            if len(head) >= _HEAD_BYTES:
                break
        if not sniff(head):
            read_header(head[:_HEAD_BYTES])  # says what it is instead
        with keep() as write:
            write(head)
            async for piece in pieces:
                write(piece)
