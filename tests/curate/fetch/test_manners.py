"""Politeness: hosts are asked slowly, waits that they ask for are kept, their rules too."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from workspace import lineage

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Site

    from workspace.store import Workspace


def test_few_connections_to_one_host(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """Twelve slow pictures of one host come over two connections, as set."""
    urls = [site.url(f"wait/0.05/{number}") for number in range(12)]
    assert set(take(workspace, urls, quick(host_connections=2)).values()) == {""}
    assert len({row[1] for row in site.rows()}) <= 2


def test_requests_to_one_host_keep_their_distance(
    workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any
) -> None:
    """Seven requests 0.1 s apart take at least half of 0.6 s; another host waits for none of them."""
    urls = [site.url(f"pictures/{number}") for number in range(6)] + [site.url("pictures/9", "127.0.0.2")]
    take(workspace, urls, quick(host_delay=0.1))
    first, other = ([float(row[0]) for row in site.rows() if row[2] == host] for host in ("127.0.0.1", "127.0.0.2"))
    assert max(first) - min(first) >= 0.3
    assert max(other) <= max(first)


def test_retry_after_is_kept(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """After 429 with Retry-After: 1 the host hears nothing for a second, then the picture comes."""
    urls = [site.url("busy/1/1/1"), *(site.url(f"wait/0.02/{number}") for number in range(2, 12))]
    assert set(take(workspace, urls, quick(host_connections=1)).values()) == {""}
    times = [float(row[0]) for row in site.rows()]
    assert max(after - before for before, after in itertools.pairwise(times)) >= 0.9


def test_wait_without_end_is_not_kept(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """Who asks for more than the limit is not asked again in this run."""
    url = site.url("busy/86400/9/1")
    assert take(workspace, [url], quick()) == {url: "too-many-requests"}
    assert site.requests().count("busy/86400/9/1") == 1


def test_rules_can_be_set_aside(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """Whoever has the right to the pictures can say so."""
    urls = [site.url("private/1"), site.url("noai/2")]
    assert set(take(workspace, urls, quick(respect_robots=False, respect_noai=False)).values()) == {""}
    assert "robots.txt" not in site.requests()
    line = lineage.last_line(workspace, "fetch")
    assert line is not None
    assert line["settings"]["respect_robots"] is False  # it can be told from the log later
    assert line["counts"] == {"pictures": 2, "failed": 0}


def test_rules_that_cannot_be_read_forbid(
    workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any
) -> None:
    """A host that answers 503 for robots.txt is left alone (RFC 9309), and is asked for it three times in all."""
    site.robots.write_text("503")
    urls = [site.url(f"pictures/{number}") for number in range(5)]
    assert set(take(workspace, urls, quick()).values()) == {"disallowed"}
    assert site.requests() == ["robots.txt"] * 3


def test_no_rules_allow(workspace: Workspace, site: Site, quick: Callable[..., Any], take: Any) -> None:
    """A host without robots.txt allows everything."""
    site.robots.write_text("404")
    assert set(take(workspace, [site.url("private/1")], quick()).values()) == {""}
