"""What the sources declare about a picture, made one: its class, votes, licence, author and page."""

from __future__ import annotations

import json
import urllib.parse
from typing import TYPE_CHECKING, Any

import pandas as pd

from schemas.emotion import CONTEMPT, EMOTIONS, FERPLUS_VOTES, named

if TYPE_CHECKING:
    from collections.abc import Mapping

DECLARED = ("class", "unknown", "conflict", "votes", "usage", "licence", "author", "page")
"""Columns of `declared`."""

_FERPLUS = {emotion.name: emotion.ferplus for emotion in EMOTIONS} | {CONTEMPT: CONTEMPT}


def rows(sources: pd.DataFrame, *, contempt: bool) -> pd.DataFrame:
    """The declarations of each source row.

    Args:
        sources: Columns label, usage, licence, author, source_page and extra of the table `sources`.
        contempt: Whether contempt is a class, as in FER+.

    Returns:
        Columns `class` (missing without label or with an unknown one), `unknown` (the label that is none of the
        classes), `votes` (tuple of ten counts in FER+'s order), `usage`, `licence`, `author`, `page` (text); all
        of them may be missing. The index is that of `sources`.
    """
    classes = sources["label"].map(
        {text: _class(text, contempt=contempt) for text in sources["label"].dropna().unique()}
    )
    pages = {text: web_address(text) for text in sources["source_page"].dropna().unique()}
    return pd.DataFrame(
        {
            "class": classes.astype("str"),
            "unknown": sources["label"].where(classes.isna()).astype("str"),
            "votes": pd.Series([votes(text) for text in sources["extra"]], sources.index, dtype=object),
            "usage": _text(sources["usage"]),
            "licence": _text(sources["licence"]),
            "author": _text(sources["author"]),
            "page": sources["source_page"].map(pages).astype("str"),
        }
    )


def by_image(sources: pd.DataFrame, *, contempt: bool) -> pd.DataFrame:
    """The declarations of each picture, over all its byte-identical sources.

    Licence, author and page come from one source, the first that names a licence, or the first of all: those of
    two may not be mixed.

    Args:
        sources: As for `rows`, with the column `image_id`, sorted by source.
        contempt: Whether contempt is a class.

    Returns:
        Index image_id; columns `DECLARED`. `class` is missing where sources disagree, and `conflict` is true then.
    """
    declared = rows(sources, contempt=contempt).assign(image_id=sources["image_id"])
    groups = declared.groupby("image_id", sort=True)
    result = groups[["class", "unknown", "votes", "usage"]].first()
    distinct = declared[declared["class"].notna()].drop_duplicates(["image_id", "class"])["image_id"]
    result["conflict"] = result.index.isin(distinct[distinct.duplicated()])
    result["class"] = result["class"].mask(result["conflict"])
    attributed = declared.assign(lacks=declared["licence"].isna()).sort_values(["image_id", "lacks"], kind="stable")
    first = attributed.drop_duplicates("image_id").set_index("image_id")
    return result.join(first[["licence", "author", "page"]])[list(DECLARED)]


def votes(extra: Any) -> tuple[int, ...] | None:
    """FER+'s ten counts, where a source's further metadata hold them under the names of FER+'s columns.

    >>> votes('{"neutral": 4, "happiness": "6"}')
    (4, 6, 0, 0, 0, 0, 0, 0, 0, 0)
    >>> votes('{"page": 3}') is None
    True
    """
    found = further(extra)
    try:
        counts = tuple(int(found.get(name) or 0) for name in FERPLUS_VOTES)
    except (TypeError, ValueError):
        return None
    return counts if sum(counts) > 0 and min(counts) >= 0 else None


def one_vote(name: str) -> tuple[int, ...]:
    """A single vote for a class, in FER+'s order."""
    return tuple(int(column == _FERPLUS[name]) for column in FERPLUS_VOTES)


def web_address(text: Any) -> str | None:
    """An address that may be published: a web page's, without user name and password.

    >>> web_address("https://me:secret@example.org/page?x=1"), web_address("/home/me/page.html")
    ('https://example.org/page?x=1', None)
    """
    if not isinstance(text, str):
        return None
    try:
        parts = urllib.parse.urlsplit(text.strip())
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return None
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def further(extra: Any) -> Mapping[str, Any]:
    """A source's further metadata; empty where there are none."""
    if not isinstance(extra, str):
        return {}
    try:
        found = json.loads(extra)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _class(text: str, *, contempt: bool) -> str | None:
    found = named(text)
    return CONTEMPT if found is None and contempt and text.strip().casefold() == CONTEMPT else found


def _text(column: pd.Series) -> pd.Series:
    text = column.astype("str")
    return text.mask(text == "")
