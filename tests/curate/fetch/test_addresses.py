"""Addresses: what may be contacted, and what of a URL may be kept."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, strategies as st

from curate.fetch.addresses import check_public, clean, without_secrets
from schemas.errors import ImageError

PUBLIC = ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::8.8.8.8"]
PRIVATE = [
    "0.0.0.0",  # noqa: S104 - not bound to
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.31.0.1",
    "192.0.2.1",
    "192.168.0.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:c0a8:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    """The internet may be contacted."""
    check_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_other_addresses_do_not(address: str) -> None:
    """Nothing of this machine, its networks, or its cloud may be."""
    with pytest.raises(ImageError) as caught:
        check_public(address)
    assert caught.value.reason == "private-address"


def passes(address: object) -> bool:
    """Whether an address may be contacted."""
    try:
        check_public(str(address))
    except ImageError:
        return False
    return True


@given(st.ip_addresses(v=4))
def test_disguises_change_nothing(address: ipaddress.IPv4Address) -> None:
    """An IPv4 address inside a mapped, 6to4 or NAT64 address is judged as itself."""
    number = int(address)
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1)
    nat64 = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    assert [passes(one) for one in (mapped, sixtofour, nat64)] == [passes(address)] * 3


@pytest.mark.parametrize(
    ("given_url", "wanted"),
    [
        ("http://a.org", "http://a.org/"),
        ("HTTP://A.org:80/B?C#D", "http://a.org:80/B?C"),
        ("https://name:pass@a.org/x", "https://a.org/x"),
        ("https://name:p@ss@a.org/x", "https://a.org/x"),
        ("http://a.org/my photo é.jpg", "http://a.org/my%20photo%20%C3%A9.jpg"),
        ("http://a.org/%20%2F?x=%2F&y={1}", "http://a.org/%20%2F?x=%2F&y=%7B1%7D"),
        ("http://bücher.de/a", "http://xn--bcher-kva.de/a"),
        ("http://a.org/a/../b/./c", "http://a.org/b/c"),
        ("http://a.org/a/%2E%2e/../..", "http://a.org/"),
        ("http://a.org//a//b", "http://a.org//a//b"),
        ("http://[2001:DB8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
    ],
)
def test_url_is_spelt_for_the_wire(given_url: str, wanted: str) -> None:
    """Secrets and fragments go, what is no ASCII is escaped, escapes stay as they are."""
    assert clean(given_url) == wanted


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.jpg",
        "//a.org/x",
        "ftp://a.org/x",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://user@/x",
        "http://a.org:port/",
        "http://a.org:99999/",
        "http://a b.org/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://a.org\\@127.0.0.1/",
        "http://a.org/\r\nHost: b",
        "http://a.org/\0",
        "http://" + "a" * 70 + ".ü.org/",
        "http://a.org/" + "a" * 9000,
        "data:image/png;base64,AAAA",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    """Each is a row with a reason, never a request."""
    with pytest.raises(ImageError) as caught:
        clean(url)
    assert caught.value.reason == "invalid-url"


@given(st.text(max_size=60))
def test_nothing_but_urls_comes_out(url: str) -> None:
    """Whatever a list holds, the result is ASCII, is clean already, and holds no white space; or it is refused."""
    try:
        result = clean(url)
    except ImageError:
        return
    assert result.isascii()
    assert clean(result) == result
    assert not any(letter.isspace() for letter in result)


@given(
    st.sampled_from(["http", "ftp", "HTTPS", "x"]), st.sampled_from(["/a", "?b", "#c", ""]), st.text("ab@:", max_size=9)
)
def test_no_secret_is_kept(scheme: str, end: str, padding: str) -> None:
    """Not even of an address that is none."""
    for text in (f"{scheme}://{padding}SECRET@host{end}", f"{padding}SECRET@host{end}"):
        assert "SECRET" not in without_secrets(text)
