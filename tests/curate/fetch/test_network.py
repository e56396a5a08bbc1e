"""Where connections go: never into private networks, never by another's name, never with anybody's secrets."""

from __future__ import annotations

import datetime as dt
import socket
from typing import TYPE_CHECKING, Any

import pytest

from curate.fetch import connect
from curate.fetch.addresses import check_public

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Site

    from workspace.store import Workspace

PRIVATE = "127.0.0.2"


@pytest.fixture
def one_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes 127.0.0.1 for an address of the internet, so that a server there can try what servers there try."""
    monkeypatch.setattr(connect, "check_public", lambda ip: None if ip == "127.0.0.1" else check_public(ip))


def test_loopback_is_not_contacted(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """Without --allow-private-network the server hears nothing, not even a request for robots.txt."""
    reasons = take(workspace, [site.url("pictures/1")], quick(allow_private_network=False))
    assert set(reasons.values()) == {"private-address"}
    assert site.rows() == []


@pytest.mark.usefixtures("one_public")
def test_redirect_into_private_network(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """However the address is written, nobody there hears of it."""
    places = [PRIVATE, "[::1]", f"[::ffff:{PRIVATE}]", "2130706434", "0x7f000002", "0177.0.0.2", "127.2"]
    urls = [site.url(f"to?http://{place}:{site.port}/pictures/1") for place in places]
    reasons = take(workspace, urls, quick(allow_private_network=False))
    assert len(reasons) == len(places)
    assert set(reasons.values()) <= {"private-address", "invalid-url"}
    assert len(site.requests(host="127.0.0.1")) == 1 + len(places)
    assert site.requests(host=PRIVATE) == []


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """Names and the answers that DNS gives for them, one after another; the last one stays."""
    answers: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host not in answers:
            return real(host, port, *args, **options)
        found = answers[host].pop(0) if len(answers[host]) > 1 else answers[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return answers


@pytest.mark.usefixtures("one_public")
def test_name_of_a_private_address(
    workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any, names: dict[str, list[list[str]]]
) -> None:
    """One private address among a name's answers is enough to refuse the name."""
    names["private.test"] = [[PRIVATE]]
    names["both.test"] = [["127.0.0.1", PRIVATE]]
    urls = [site.url("pictures/1", host) for host in names]
    assert set(take(workspace, urls, quick(allow_private_network=False)).values()) == {"private-address"}
    assert site.rows() == []


@pytest.mark.usefixtures("one_public")
def test_second_dns_answer_is_of_no_use(
    workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any, names: dict[str, list[list[str]]]
) -> None:
    """The address that was checked is the one that is contacted, whatever DNS says from then on."""
    names["rebind.test"] = [["127.0.0.1"], [PRIVATE]]
    url = site.url("pictures/1", "rebind.test")
    assert take(workspace, [url], quick(allow_private_network=False, respect_robots=False)) == {url: ""}
    assert len(names["rebind.test"]) == 1
    assert site.requests(host="127.0.0.1") == ["pictures/1"]
    assert site.requests(host=PRIVATE) == []


def test_proxy_variables_are_not_used(
    workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy would look names up by itself; nothing is sent to one."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert set(take(workspace, [site.url("pictures/1")], quick()).values()) == {""}


def test_secrets_are_neither_sent_nor_stored(
    workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any
) -> None:
    """Credentials in a URL and cookies of a server go nowhere: not to a server, a table, the log or the cache."""
    host = f"http://someone:SECRET@127.0.0.1:{site.port}"
    take(workspace, [f"{host}/cookie/1", f"{host}/headers", f"{host}/status/404", "ftp://someone:SECRET@h/x"], quick())
    sources = workspace.read("sources").set_index("url")
    request = workspace.originals()(sources.loc[site.url("headers"), "image_id"], "png").decode("latin-1")
    assert "User-Agent: mien/" in request
    assert "Accept-Encoding: identity" in request
    assert "Cookie" not in request
    assert "Authorization" not in request
    assert len(sources) == 2
    assert workspace.rows("rejected") == 2
    for table in ("sources", "rejected"):
        assert "SECRET" not in workspace.read(table).to_string()
    held = [path for path in workspace.path.rglob("*") if path.is_file() and b"SECRET" in path.read_bytes()]
    assert held == []


def test_certificates_are_verified(  # noqa: PLR0913, PLR0917 - fixtures
    tmp_path: Path,
    workspace: Workspace,
    start: Callable[..., Any],
    quick: Callable[..., Any],
    take: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only who proves the name that was asked for, by an authority that is known here, is believed."""
    authority, certificate = tls_files(tmp_path)
    for site in start(tmp_path / "tls.log", str(certificate)):
        named, other = (f"https://{host}:{site.port}/pictures/1" for host in ("localhost", "127.0.0.1"))
        assert set(take(workspace, [named, other], quick()).values()) == {"untrusted-host"}
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        again = take(workspace, [named, other], quick(retry_failed=True))
        assert again == {named: "", other: "untrusted-host"}  # the certificate is for localhost
        assert site.requests() == ["robots.txt", "pictures/1"]


def tls_files(folder: Path) -> tuple[Path, Path]:
    """An authority's certificate, and a key with a certificate of its for `localhost`."""
    x509 = pytest.importorskip("cryptography.x509", reason="pip install cryptography")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now = dt.datetime.now(dt.UTC)

    def signed(name: str, issuer: str, key: Any, by: Any, extension: Any) -> bytes:
        builder = x509.CertificateBuilder().serial_number(x509.random_serial_number()).public_key(key.public_key())
        builder = builder.subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        builder = builder.issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        builder = builder.not_valid_before(now - dt.timedelta(days=1))
        builder = builder.not_valid_after(now + dt.timedelta(days=1))
        certificate = builder.add_extension(extension, critical=True).sign(by, hashes.SHA256())
        return bytes(certificate.public_bytes(serialization.Encoding.PEM))

    above, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority, certificate = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(signed("A", "A", above, above, x509.BasicConstraints(ca=True, path_length=None)))
    name = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    private = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate.write_bytes(private + signed("localhost", "A", own, above, name))
    return authority, certificate
