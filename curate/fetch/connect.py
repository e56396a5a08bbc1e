"""The HTTP session: no cookies, no proxy, no credentials, and no connection to an address that was not checked."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from curate.fetch.addresses import check_public
from schemas.errors import ImageError

if TYPE_CHECKING:
    from schemas.settings import FetchSettings


def session(settings: FetchSettings, user_agent: str) -> aiohttp.ClientSession:
    """Opens the session that all requests of a run are made by.

    Environment variables for proxies are not read, and neither is ~/.netrc: a proxy would look the host's
    name up by itself, and no address could be checked. Compressed answers are not asked for and not unpacked
    here, so that `body.py` can count what comes out.

    Args:
        settings: Time limits, connections, and whether private networks may be contacted.
        user_agent: What requests call themselves.
    """
    connector = aiohttp.TCPConnector(
        limit=settings.fetch_connections,
        resolver=CheckedResolver(allow_private=settings.allow_private_network),
        ssl=ssl.create_default_context(),  # the system's authorities, or those of SSL_CERT_FILE
        socket_factory=None if settings.allow_private_network else _checked_socket,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept": "image/*,*/*;q=0.1", "Accept-Encoding": "identity"},
        timeout=aiohttp.ClientTimeout(
            total=None, sock_connect=settings.connect_timeout, sock_read=settings.silence_timeout
        ),
        auto_decompress=False,
        trust_env=False,
    )


class CheckedResolver(AbstractResolver):
    """The system's resolver; a name with a private address among its answers is refused as a whole."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host; the connection is made to one of these, without asking again.

        Raises:
            ImageError: `private-address`, or `invalid-url` for a name that DNS cannot hold.
            OSError: The name is not known, or nobody answers.
        """
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
        except UnicodeError as error:
            raise ImageError("invalid-url", f"no host can be named {host!r}") from error
        if not self._allow_private:
            for answer in answers:
                check_public(str(answer[4][0]))
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, proto, _, address in answers
        ]

    async def close(self) -> None:
        """There is nothing to close."""


def _checked_socket(address: tuple[Any, ...]) -> socket.socket:
    """A socket for an address that is about to be connected to: the last gate, for names and plain addresses alike."""
    family, kind, proto, _, place = address
    check_public(str(place[0]))
    return socket.socket(family, kind, proto)
