"""What becomes of a picture whose server misbehaves; all in one run, against a real server."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from schemas.settings import IngestSettings
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Site

EXPECTED = {  # by path: the reason, and how many requests the server sees
    "pictures/1": ("", 1),
    "wait/0.2/2": ("", 1),
    "typed/3": ("", 1),  # the content counts, not the header
    "page": ("not-an-image", 1),
    "empty": ("empty-file", 1),
    "slow": ("timeout", 1),
    "headers-slow": ("timeout", 1),
    "silent": ("timeout", 2),
    "endless/4": ("too-large-file", 1),
    "huge": ("too-large-file", 1),
    "bomb": ("too-large-file", 1),
    "cut/5": ("incomplete-download", 2),
    "garbage": ("connection-failed", 1),
    "status/403": ("refused-by-server", 1),
    "status/404": ("refused-by-server", 1),
    "status/500": ("refused-by-server", 2),
    "status/204": ("refused-by-server", 1),
    "flaky/500/1/6": ("", 2),
    "flaky/503/1/7": ("", 2),
    "loop": ("too-many-redirects", 6),
    "hops/3/8": ("", 1),
    "hops/9/9": ("too-many-redirects", 1),
    "to?file:///etc/passwd": ("invalid-url", 1),
    "noai/10": ("noai", 1),
    "noimageai/11": ("noai", 1),
    "otherbot/12": ("", 1),
    "packed/13": ("", 1),
    "brotli/14": ("unknown-encoding", 1),
    "private/15": ("disallowed", 0),
    "to?/x/../private/16": ("disallowed", 1),
}


@dataclass(frozen=True)
class Ran:
    """A finished run."""

    site: Site
    workspace: Workspace
    reasons: dict[str, str]


@pytest.fixture(scope="module")
def ran(lasting_site: Site, quick: Callable[..., Any], take: Callable[..., Any], tmp_path_factory: Any) -> Ran:
    """One run over all of them."""
    workspace = Workspace.open(tmp_path_factory.mktemp("run") / "ws", create=True)
    urls = [lasting_site.url(path) for path in (*EXPECTED, "reset")]
    settings = quick(fetch_retries=1, silence_timeout=2.5, fetch_timeout=4.0)
    return Ran(lasting_site, workspace, take(workspace, urls, settings, IngestSettings(max_file_mb=5)))


@pytest.mark.parametrize("path", EXPECTED)
def test_outcome(ran: Ran, path: str) -> None:
    """It is a picture, or a row that says why not."""
    assert ran.reasons[ran.site.url(path)] == EXPECTED[path][0]


@pytest.mark.parametrize("path", EXPECTED)
def test_number_of_requests(ran: Ran, path: str) -> None:
    """What may pass is asked for again, once as set; what will not is not."""
    assert ran.site.requests().count(path) == EXPECTED[path][1]


def test_reset_is_repeated(ran: Ran) -> None:
    """A connection that is reset is tried again; the library may add one more for a connection that was kept."""
    assert ran.reasons[ran.site.url("reset")] == "connection-failed"
    assert 2 <= ran.site.requests().count("reset") <= 4


def test_pictures_are_those_of_the_server(ran: Ran) -> None:
    """Byte for byte what another client gets."""
    rows = ran.workspace.read("sources")
    read = ran.workspace.originals()
    for path in ("pictures/1", "packed/13", "typed/3"):
        image_id = rows.loc[rows["url"] == ran.site.url(path), "image_id"].item()
        number = path.rpartition("/")[2]
        with urllib.request.urlopen(ran.site.url(f"pictures/{number}"), timeout=20) as answer:  # noqa: S310 - our own
            assert read(image_id, "png") == answer.read()


def test_robots_are_asked_once(ran: Ran) -> None:
    """However many pictures wait for them."""
    assert ran.site.requests().count("robots.txt") == 1


def test_nothing_is_left_in_the_cache(ran: Ran) -> None:
    """After the tables are written the downloads are cleared."""
    assert not (ran.workspace.path / "cache" / "fetch").exists()


def test_nothing_else_was_contacted(ran: Ran) -> None:
    """The test's other address heard nothing."""
    assert ran.site.requests(host="127.0.0.2") == []
