"""robots.txt and X-Robots-Tag; the expected answers are RFC 9309's."""

from __future__ import annotations

import pytest

from curate.fetch.failure import pause, retry_after
from curate.fetch.robots import Rules, agent, opts_out
from schemas.errors import UsageError

SITE = "https://example.org"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),  # the longest match counts
        ("User-agent: *\nDisallow: /a*.gif$", "/a/x.gif", False),
        ("User-agent: *\nDisallow: /a*.gif$", "/a/x.gif?1", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: mien\nDisallow: /b", "/a", True),  # our own group alone counts
        ("User-agent: mien\nDisallow: /b\n\nUser-agent: *\nDisallow: /", "/b", False),
        ("User-agent: other\nUser-agent: MIEN/1.0\nDisallow: /", "/a", False),  # one group, two names
        ("User-agent: mien\n\n# remark\nUser-agent: other\nDisallow: /", "/a", False),
        ("User-agent: mienfeld\nDisallow: /", "/a", True),
        ("User-agent: other\nDisallow: /\nUser-agent: *\nDisallow: /c", "/a", True),
        ("Disallow: /", "/a", True),  # belongs to nobody
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", "/a", False),
        ("<html>Not found</html>", "/a", True),
    ],
)
def test_rules(text: str, path: str, allowed: bool) -> None:  # noqa: FBT001 - the expected answer
    """Groups, wildcards and longest match are as RFC 9309 has them."""
    assert Rules(text, "mien").allow(SITE + path) is allowed


@pytest.mark.parametrize(("text", "delay"), [("3.5", 3.5), ("-1", 0), ("nan", 0), ("soon", 0)])
def test_crawl_delay(text: str, delay: float) -> None:
    """A delay that is asked for is told; nonsense is none."""
    assert Rules(f"User-agent: *\nCrawl-delay: {text}", "mien").delay == delay


def test_hostile_file_costs_little() -> None:
    """20,000 names in one group with 20,000 rules are not multiplied."""
    names = "".join(f"User-agent: bot{number}\n" for number in range(20_000))
    rules = "".join(f"Disallow: /{'*a' * 12}{number}\n" for number in range(20_000))
    parsed = Rules(names + rules + "User-agent: *\n" + rules, "mien")
    assert parsed.allow(f"{SITE}/{'a' * 4000}")


@pytest.mark.parametrize(
    ("values", "out"),
    [
        ([], False),
        (["noindex"], False),
        (["noai"], True),
        (["noindex, NoImageAI"], True),
        (["noindex", "noai"], True),
        (["mien: noai"], True),
        (["*: noai"], True),
        (["otherbot: noai"], False),
        (["otherbot: noindex, noai"], False),
        (["unavailable_after: 25 Jun 2030, noai"], True),
        (["noainonsense"], False),
    ],
)
def test_opt_out(values: list[str], out: bool) -> None:  # noqa: FBT001 - the expected answer
    """A directive after the name of another program is not for us."""
    assert opts_out(values, "mien") is out


def test_agent_names_the_project() -> None:
    """Without a setting requests name mien, and nobody's address."""
    header, token = agent("")
    assert header.startswith("mien/")
    assert token == "mien"  # noqa: S105 - no secret
    assert "@" not in header
    assert "://" not in header


@pytest.mark.parametrize("wanted", ["123", " x", "x\r\nCookie: a", "é"])
def test_agent_that_cannot_be_sent(wanted: str) -> None:
    """A header is not split in two."""
    with pytest.raises(UsageError):
        agent(wanted)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), ("", None), ("0", 0), ("120", 120), ("-5", None), ("²", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    """Seconds or a date (RFC 9110 section 10.2.3); one that has passed means now."""
    assert retry_after(value) == seconds


def test_pauses_double() -> None:
    """And are spread by up to a quarter."""
    assert [pause(1, attempt, "00") for attempt in range(4)] == [1, 2, 4, 8]
    assert pause(1, 0, "ff") == pytest.approx(1.249, abs=1e-3)
