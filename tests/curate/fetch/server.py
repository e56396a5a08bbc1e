"""A web server that misbehaves, run as a process of its own: `python server.py LOG CERTIFICATE HOST ...`.

CERTIFICATE is a PEM file with its key, or empty for plain HTTP. A file beside LOG that ends in `.robots`
holds the status that robots.txt is answered with.


Its first line on stdout is its port. Every request is a line in the log before it is answered: the time in
seconds, the connection's number, the address it came in at, the path. What a path does:

    /pictures/N            picture number N, at once
    /wait/SECONDS/N        the same, later
    /typed/N               a picture that says it is text/html
    /empty                 nothing at all, with status 200
    /page                  a web page that says it is image/jpeg
    /slow/…                one byte of a picture every 20 ms, without an end
    /headers-slow          one byte of a header every 20 ms, without an end
    /silent                nothing
    /endless/N             a picture and then zeros without an end
    /huge                  Content-Length: 10 GB
    /cut/N                 Content-Length larger than what is sent
    /reset                 the connection is reset
    /garbage               an answer that is no HTTP
    /status/CODE           that status
    /flaky/CODE/TIMES/N    that status so many times, then the picture
    /busy/SECONDS/TIMES/N  429 with Retry-After so many times, then the picture
    /loop                  a redirect to itself
    /hops/H/N              H redirects, then picture N
    /to?URL                a redirect to URL
    /noai/N, /noimageai/N  a picture with that X-Robots-Tag; /otherbot/N with one that is for another program
    /packed/N              a picture packed by gzip, unasked
    /bomb, /brotli         a picture and 8 MiB of zeros, packed; an encoding nobody asked for
    /cookie/N              a picture that sets a cookie
    /private/N             a picture that robots.txt does not allow
    /headers               a text that repeats the request's headers, with a picture's first bytes before it
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import functools
import gzip
import itertools
import os
import random
import socket
import ssl
import struct
import sys
import time
import zlib
from pathlib import Path

ROBOTS = b"User-agent: *\nDisallow: /private/\n\nUser-agent: mien\nDisallow: /private/\nCrawl-delay: 0\n"
TICK = 0.02
ZEROS = bytes(65536)


def picture(number: int, side: int = 48) -> bytes:
    """A small PNG, different for every number, made without any library."""
    noise = random.Random(number).randbytes(side * side * 3)  # noqa: S311 - no secret
    rows = b"".join(b"\0" + noise[start : start + side * 3] for start in range(0, len(noise), side * 3))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows, 0))
        + chunk(b"IEND", b"")
    )


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def answer(
    body: bytes, status: str = "200 OK", kind: str = "image/png", extra: str = "", length: int | None = None
) -> bytes:
    """A whole answer."""
    length = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{extra}\r\n".encode() + body


def redirect(to: str) -> bytes:
    """An answer that sends on."""
    return answer(b"", "302 Found", extra=f"Location: {to}\r\n")


class Server:
    """Answers requests and writes them down."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab", buffering=0)
        self._robots = log.with_suffix(".robots")
        self._times: collections.Counter[str] = collections.Counter()
        self._numbers = itertools.count()

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection until either side ends it."""
        number = next(self._numbers)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1].decode("latin-1")
                place = writer.get_extra_info("sockname")[0]
                self._log.write(f"{time.monotonic():.4f} {number} {place} {path}\n".encode())
                if not await self.reply(path, head, writer):
                    break
        writer.close()

    async def reply(self, path: str, head: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; whether the connection goes on."""
        what, *rest = path.partition("?")[0].strip("/").split("/")
        drips = {
            "slow": self.slow, "headers-slow": self.headers_slow, "silent": self.silent,
            "endless": self.endless, "reset": self.reset, "bomb": self.bomb,
        }  # fmt: skip
        if what in drips:
            await drips[what](writer)
            return False
        if what == "wait":
            await asyncio.sleep(float(rest[0]))
        writer.write(self.whole(what, rest, path, head))
        await writer.drain()
        return what not in {"huge", "cut", "garbage"}

    def whole(self, what: str, rest: list[str], path: str, head: bytes) -> bytes:  # noqa: C901, PLR0911, PLR0912
        """The answers that are sent at once."""
        image = picture(int(rest[-1]) if rest and rest[-1].isdigit() else 0)
        match what:
            case "robots.txt":
                status = self._robots.read_text() if self._robots.exists() else "200"
                return answer(ROBOTS, f"{status} So be it", kind="text/plain")
            case "typed":
                return answer(image, kind="text/html")
            case "page":
                return answer(b"<!DOCTYPE html><title>Sorry</title>" + b" " * 100_000, kind="image/jpeg")
            case "empty":
                return answer(b"")
            case "huge":
                return answer(image, length=10**10)
            case "cut":
                return answer(image[:-40], length=len(image))
            case "garbage":
                return b"SSH-2.0-none\r\n\r\n"
            case "status":
                return answer(b"", f"{rest[0]} So be it")
            case "flaky" | "busy":
                self._times[path] += 1
                if self._times[path] > int(rest[1]):
                    return answer(image)
                if what == "busy":
                    return answer(b"", "429 Not now", extra=f"Retry-After: {rest[0]}\r\n")
                return answer(b"", f"{rest[0]} Not now")
            case "loop":
                return redirect("/loop")
            case "hops":
                return redirect(f"/hops/{int(rest[0]) - 1}/{rest[1]}" if rest[0] != "1" else f"/pictures/{rest[1]}")
            case "to":
                return redirect(path.partition("?")[2])
            case "noai" | "noimageai" | "otherbot":
                tag = {"noai": "noindex, noai", "noimageai": "NoImageAI", "otherbot": "otherbot: noai"}[what]
                return answer(image, extra=f"X-Robots-Tag: {tag}\r\n")
            case "packed":
                return answer(gzip.compress(image), extra="Content-Encoding: gzip\r\n")
            case "brotli":
                return answer(image, extra="Content-Encoding: br\r\n")
            case "cookie":
                return answer(image, extra="Set-Cookie: session=secret; Path=/\r\n")
            case "headers":
                return answer(image + head)
        return answer(image)

    async def slow(self, writer: asyncio.StreamWriter) -> None:
        """Drips for ever."""
        writer.write(answer(picture(1), length=10**6))
        while True:
            writer.write(b"\0")
            await writer.drain()
            await asyncio.sleep(TICK)

    async def headers_slow(self, writer: asyncio.StreamWriter) -> None:
        """Drips a header for ever."""
        writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(TICK)

    async def silent(self, writer: asyncio.StreamWriter) -> None:
        """Says nothing for a minute."""
        await asyncio.sleep(60)

    async def endless(self, writer: asyncio.StreamWriter) -> None:
        """Sends for ever, as fast as it is taken."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + picture(1))
        while True:
            writer.write(ZEROS)
            await writer.drain()

    async def reset(self, writer: asyncio.StreamWriter) -> None:
        """Ends the connection without a farewell."""
        link = writer.get_extra_info("socket")
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def bomb(self, writer: asyncio.StreamWriter) -> None:
        """8 MiB in 8 KiB."""
        writer.write(answer(bomb(), extra="Content-Encoding: gzip\r\n"))
        await writer.drain()


@functools.cache
def bomb() -> bytes:
    """A picture and then zeros, packed."""
    pack = zlib.compressobj(1, wbits=31)
    return pack.compress(picture(1) + bytes(2**23)) + pack.flush()


async def serve(log: Path, certificate: str, hosts: list[str]) -> None:
    """Serves until killed; the parent's end of stdin closing ends it too."""
    server = Server(log)
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    first = await asyncio.start_server(server.connection, hosts[0], 0, backlog=1024, ssl=context)
    port = first.sockets[0].getsockname()[1]
    for host in hosts[1:]:
        await asyncio.start_server(server.connection, host, port, backlog=1024, ssl=context)
    print(port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # connections that drip for ever are not waited for


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
