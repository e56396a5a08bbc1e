"""Copies of one picture that are declared to show different expressions or persons."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import pandas as pd

from schemas.tables import CONFLICTS

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("label", "identity")


def find_conflicts(duplicates: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Hold the declarations of each group of copies against one another.

    Each copy is held against the first of its group, in the order of keeping, that has a declaration of that kind;
    so a group of n has at most n conflicts of a kind, and one wherever two of its copies disagree. Letter case and
    outer blanks do not count. Byte-identical files with different declarations are a conflict of a picture with itself.

    Args:
        duplicates: The table `duplicates`: image_id, group_id and rank.
        sources: The table `sources`: image_id, label and identity.

    Returns:
        The table `conflicts`.

    """
    rows: list[tuple[str, str, str, str, str]] = []
    for kind in KINDS:
        declared = _declared(sources, kind)
        for group in _groups(declared, duplicates):
            rows.extend((*pair, kind, declared[pair[0]], declared[pair[1]]) for pair in _disagreeing(group, declared))
    return pd.DataFrame(rows, columns=CONFLICTS.names).sort_values(list(CONFLICTS.key), ignore_index=True)


def _declared(sources: pd.DataFrame, kind: str) -> dict[str, str]:
    """Give each picture's distinct declarations, sorted and joined."""
    given = sources.loc[sources[kind].notna(), ["image_id", kind]]
    given = given.assign(value=given[kind].str.strip().str.casefold())
    given = given[given["value"] != ""].drop_duplicates(["image_id", "value"]).sort_values(["image_id", "value"])
    joined = given.groupby("image_id")["value"].agg(", ".join)
    return dict(zip(joined.index.tolist(), joined.tolist(), strict=True))


def _groups(declared: dict[str, str], duplicates: pd.DataFrame) -> Iterator[list[str]]:
    """Yield the pictures with a declaration, group by group, in the order of keeping; one alone is a group too."""
    places = dict(
        zip(duplicates["image_id"], zip(duplicates["group_id"], duplicates["rank"], strict=True), strict=True)
    )
    ordered = sorted((*places.get(image_id, (image_id, 0)), image_id) for image_id in declared)
    for _, group in groupby(ordered, key=itemgetter(0)):
        yield [image_id for _, _, image_id in group]


def _disagreeing(group: list[str], declared: dict[str, str]) -> Iterator[tuple[str, str]]:
    first = group[0]
    for image_id in group:
        if ", " in declared[image_id]:
            yield image_id, image_id
        if declared[image_id] != declared[first]:
            yield first, image_id
