"""Which addresses may be contacted: spelt without secrets, and outside private networks.

A list of URLs, a redirect or a DNS answer may name the machine we run on, a router, or a cloud's metadata
service. What counts is the address a connection is made to, so that is what is checked (`connect.py`).
"""

from __future__ import annotations

import ipaddress
import urllib.parse

from schemas.errors import ImageError

SCHEMES = ("http", "https")
_MOST_LETTERS = 8_192
"""Longest URL; RFC 9110 section 4.1 asks for at least 8,000, and few servers take more."""
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
"""Prefixes that a gateway translates to the IPv4 address in the last 32 bits (RFC 6052, RFC 8215)."""
_WIRE_SERVER = ipaddress.IPv4Address("168.63.129.16")
"""Azure's metadata service, the only one of the large clouds' that has a public address."""


def clean(url: str) -> str:
    """A URL as it may be stored and asked for: without user name, password and fragment.

    Raises:
        ImageError: `invalid-url`: not http or https, no host, white space or control characters.

    >>> clean("HTTPS://user:secret@Example.org/a.jpg#top")
    'https://example.org/a.jpg'
    """
    if len(url) > _MOST_LETTERS or not url.isprintable() or any(letter in url for letter in ' "<>\\^`{|}'):
        raise ImageError("invalid-url", "it is too long, or holds a character that no URL may hold")
    try:
        parts = urllib.parse.urlsplit(url)
        _ = parts.port  # a port that is no number raises here
    except ValueError as error:
        raise ImageError("invalid-url", f"it cannot be taken apart: {error}") from error
    if parts.scheme not in SCHEMES:
        raise ImageError("invalid-url", f"the scheme is {parts.scheme or 'missing'!r}, not http or https")
    host = parts.netloc.rpartition("@")[2].lower()
    if not parts.hostname:
        raise ImageError("invalid-url", "it names no host")
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path or "/", parts.query, ""))


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
    if isinstance(ip, ipaddress.IPv6Address) and (ip.is_site_local or ip in _NAT64[1]):
        return False
    mapped = isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None
    reserved = ip.is_reserved and not mapped and not (isinstance(ip, ipaddress.IPv6Address) and ip in _NAT64[0])
    # A mapped address is judged by what it stands for; Python calls the mapped network itself private.
    return mapped or not (not ip.is_global or ip.is_multicast or reserved or ip == _WIRE_SERVER)


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    inside = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if any(ip in network for network in _NAT64):
        inside.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [one for one in inside if one is not None]
