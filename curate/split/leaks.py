"""Pictures that stand in two splits: as they are, resized, cut, mirrored, or as another picture of one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curate.split.near import near_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from curate.split.members import Member, Members

EXACT, NEAR, MIRRORED, IDENTITY_KIND, RELATED = "exact", "near", "mirrored", "identity", "related"
"""Kinds of leaks, the gravest first."""
KINDS = (EXACT, NEAR, MIRRORED, IDENTITY_KIND, RELATED)


@dataclass(frozen=True)
class Leak:
    """A picture of a later split that tells what is in an earlier one.

    Attributes:
        kind: One of `KINDS`.
        source: Name of the picture in the later split.
        split: That split.
        other: Name of the picture in the earlier split; the best match where there are several.
        other_split: That split.
        correlation: Of the two after alignment, 1 for identical pixels; 0 where pixels have no part in it.
        detail: What the two have in common, for `identity` and `related`.
        labels: The labels of both, where they differ; else empty.
    """

    kind: str
    source: str
    split: str
    other: str
    other_split: str
    correlation: float
    detail: str
    labels: str


def find_leaks(members: Members) -> list[Leak]:
    """All leaks of a data set: at most one of each kind for a picture of a later split.

    A picture that is an exact copy is not reported once more as a near one.

    Args:
        members: The pictures with their splits, ordered from the split for training to that for testing.
    """
    found = list(_exact(members))
    done = {leak.source for leak in found}
    near = list(_near(members, done, flip=False))
    done |= {leak.source for leak in near}
    found += [*near, *_near(members, done, flip=True)]
    found += _sharing(members, IDENTITY_KIND)
    found += _sharing(members, RELATED)
    return sorted(found, key=lambda leak: (KINDS.index(leak.kind), leak.source))


def _exact(members: Members) -> Iterator[Leak]:
    """Pictures whose pixels are in an earlier split."""
    first: dict[str, Member] = {}
    for member in members.rows:  # in the order of the splits
        if not member.digest:
            continue
        known = first.setdefault(member.digest, member)
        if known.split != member.split:
            yield _leak(EXACT, member, known, 1.0)


def _sharing(members: Members, kind: str) -> Iterator[Leak]:
    """Pictures whose identity, or another key, is in an earlier split."""
    first: dict[str, Member] = {}
    for member in members.rows:
        names = member.identities if kind == IDENTITY_KIND else member.keys
        for name in names:
            known = first.setdefault(name, member)
            if known.split != member.split:
                yield _leak(kind, member, known, 0.0, name)
                break


def _near(members: Members, done: set[str], *, flip: bool) -> Iterator[Leak]:
    """Pictures that show a moment of an earlier split, as it is there or mirrored; the best match of each."""
    owner = {place: row for place, row in zip(members.place, members.rows, strict=True) if place >= 0}
    for number, split in enumerate(members.splits[1:], 1):
        later = [place for place, row in owner.items() if row.split == split and row.source not in done]
        earlier: dict[str, int] = {}  # the first picture of each pixels
        for place, row in owner.items():
            if row.split in members.splits[:number]:
                earlier.setdefault(row.digest, place)
        best: dict[int, tuple[float, int]] = {}
        some, others = (np.array(places, np.int64) for places in (later, list(earlier.values())))
        for one, other, correlation in near_pairs(members.prints, some, others, flip=flip):
            best[one] = max(best.get(one, (0.0, 0)), (correlation, -other))
        for one, (correlation, other) in best.items():
            yield _leak(MIRRORED if flip else NEAR, owner[one], owner[-other], correlation)


def _leak(kind: str, member: Member, known: Member, correlation: float, detail: str = "") -> Leak:
    labels = f"{known.label}, {member.label}" if known.label and member.label and known.label != member.label else ""
    return Leak(kind, member.source, member.split, known.source, known.split, round(correlation, 3), detail, labels)
