"""Which addresses may be contacted: spelt without secrets, and outside private networks.

A list of URLs, a redirect or a DNS answer may name the machine we run on, a router, or a cloud's metadata
service. What counts is the address a connection is made to, so that is what is checked (`connect.py`).
"""

from __future__ import annotations

import ipaddress
import re
import urllib.parse

from schemas.errors import ImageError

SCHEMES = ("http", "https")
_MOST_LETTERS = 8_192
"""Longest URL; RFC 9110 section 4.1 asks for at least 8,000, and few servers take more."""
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_.])?|[0-9a-f:.]*:[0-9a-f:.]*")
_KEPT = "%/?:@!$&'()*+,;=~"
"""What a path or a query may hold as it is (RFC 3986 section 3.3 and 3.4), and `%`: escapes stay escapes."""
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
"""Prefixes that a gateway translates to the IPv4 address in the last 32 bits (RFC 6052, RFC 8215)."""
_SPECIAL = tuple(
    ipaddress.ip_network(network) for network in ("168.63.129.16/32", "192.88.99.0/24", "3fff::/20", "64:ff9b:1::/48")
)
"""What Python counts as public, some versions of it at least: Azure's metadata service, the anycast relay of 6to4
(RFC 7526), documentation (RFC 9637), and NAT64 inside one network (RFC 8215)."""


def clean(url: str) -> str:
    """A URL as it is stored and asked for: without user name, password and fragment, all of it ASCII.

    Raises:
        ImageError: `invalid-url`: not http or https, no host, a host or port that cannot be, or characters
            that programs read in different ways.

    >>> clean("HTTPS://user:secret@Example.org/my photo.jpg#top")
    'https://example.org/my%20photo.jpg'
    """
    if len(url) > _MOST_LETTERS or not url.isprintable() or "\\" in url:
        raise ImageError("invalid-url", "it is too long, or holds a character that no URL may hold")
    try:
        parts = urllib.parse.urlsplit(url)
        host = (parts.hostname or "").encode("ascii" if parts.netloc.isascii() else "idna").decode()
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError as error:  # UnicodeError is one too
        raise ImageError("invalid-url", "its host or port cannot be") from error
    if parts.scheme not in SCHEMES:
        raise ImageError("invalid-url", f"the scheme is {parts.scheme or 'missing'!r}, not http or https")
    if not _HOST.fullmatch(host):
        raise ImageError("invalid-url", "it names no host" if not host else "its host or port cannot be")
    place = f"[{host}]{port}" if ":" in host else f"{host}{port}"
    path, query = (urllib.parse.quote(part, safe=_KEPT) for part in (_direct(parts.path), parts.query))
    return urllib.parse.urlunsplit((parts.scheme, place, path, query, ""))


def _direct(path: str) -> str:
    """A path without `.` and `..` (RFC 3986 section 5.2.4), so that robots.txt is asked about what is meant."""
    done: list[str] = []
    plain = ""
    for segment in path.split("/")[1:]:
        plain = segment.lower().replace("%2e", ".")
        if plain == "..":
            del done[-1:]
        elif plain != ".":
            done.append(segment)
    return f"/{'/'.join([*done, ''] if plain in {'.', '..'} else done)}"


def without_secrets(url: str) -> str:
    """A URL, even one that is none, as it may stand in a table: nothing before an `@` in its host is left.

    >>> without_secrets("ftp://user:secret@example.org/a")
    'ftp://example.org/a'
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url.rpartition("@")[2]
    end = min((rest.find(letter) for letter in "/?#\\" if letter in rest), default=len(rest))
    return f"{scheme}://{rest[:end].rpartition('@')[2]}{rest[end:].partition('#')[0]}"


def check_public(address: str) -> None:
    """Checks that an address is one of the public internet.

    Loopback, private, link-local, shared (RFC 6598), multicast, reserved and documentation networks are
    refused; of an IPv6 address that stands for an IPv4 one (mapped, 6to4, Teredo, NAT64), so is what it
    stands for.

    Args:
        address: An IPv4 or IPv6 address, as the system's resolver writes it.

    Raises:
        ImageError: `private-address`.

    >>> check_public("8.8.8.8")
    """
    ip = ipaddress.ip_address(address)
    if not all(_is_public(one) for one in (ip, *_embedded(ip))):
        raise ImageError("private-address", f"{address} is not an address of the public internet")


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped or ip in _NAT64[0]:  # judged by what it stands for; versions of Python differ here
            return True
        if ip.is_site_local:
            return False
    special = ip.is_multicast or ip.is_reserved or any(ip in network for network in _SPECIAL)
    return ip.is_global and not special


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    inside = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if any(ip in network for network in _NAT64):
        inside.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [one for one in inside if one is not None]
