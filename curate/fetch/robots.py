"""What a site says about being read by programs: robots.txt (RFC 9309) and the header X-Robots-Tag."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protego import Protego

from schemas.errors import UsageError
from workspace.lineage import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 500 * 1024
"""What is read of a robots.txt; RFC 9309 section 2.5 asks for at least this much."""
_DEFAULT_AGENT = f"mien/{VERSION} (collects pictures for a data set of facial expressions)"
_TOKEN = re.compile(r"[A-Za-z_-]+")
_AGENT_LINE = re.compile(r"\s*user[- ]?agent(?:\s*:|\s)([^#]*)", re.IGNORECASE)
_VALUED = {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
"""Directives that have a value after a colon; any other word before one is a program's name."""
_OPT_OUT = {"noai", "noimageai"}


def agent(wanted: str) -> tuple[str, str]:
    """The User-Agent header, and the product token that robots.txt knows it by.

    Args:
        wanted: The setting; empty for mien's own.

    Raises:
        UsageError: It does not begin with a product token, or no header can hold it.

    >>> agent("FaceStudy/2.0 (+https://example.org/study)")[1]
    'FaceStudy'
    """
    header = wanted or _DEFAULT_AGENT
    token = _TOKEN.match(header)
    if not token or not header.isascii() or not header.isprintable():
        raise UsageError(
            f"`user_agent` cannot be {wanted!r}", "begin with a name of letters, for example FaceStudy/1.0 (+address)"
        )
    return header, token[0]


class Rules:
    """The rules of one site for one program.

    Attributes:
        delay: Seconds between two requests that the site asks for (Crawl-delay); 0 where it asks for none.
    """

    def __init__(self, text: str, token: str) -> None:
        self._token = token
        self._parsed = Protego.parse("\n".join(_ours(text, token)))
        self.delay = self._parsed.crawl_delay(token) or 0.0

    def allow(self, url: str) -> bool:
        """Whether the program may ask for a URL."""
        return self._parsed.can_fetch(url, self._token)


def _ours(text: str, token: str) -> Iterator[str]:
    """The lines that concern us; a file of 20,000 agents times 20,000 rules would fill the memory otherwise."""
    applies = True
    in_heads = False
    for line in text.removeprefix("\ufeff").splitlines():
        head = _AGENT_LINE.match(line)
        if head is None:
            if applies:
                yield line
            in_heads = in_heads and not line.partition("#")[0].strip()
            continue
        name = head[1].strip().partition("/")[0].lower()
        ours = name in {"*", token.lower()}
        applies = ours or (in_heads and applies)
        in_heads = True
        if ours:
            yield f"User-agent: {'*' if name == '*' else token}"


def opts_out(values: Iterable[str], token: str) -> bool:
    """Whether X-Robots-Tag asks that the answer is not used for machine learning (noai, noimageai).

    Args:
        values: The header's values; each a list of directives, after the name of one program or none.
        token: Our product token.

    >>> opts_out(["noindex, NoAI"], "mien"), opts_out(["otherbot: noai"], "mien")
    (True, False)
    """
    for value in values:
        name = ""
        for part in value.lower().split(","):
            before, mark, after = part.partition(":")
            if mark and before.strip() not in _VALUED:
                name = before.strip()
            if (after if mark else before).strip() in _OPT_OUT and name in {"", "*", token.lower()}:
                return True
    return False
