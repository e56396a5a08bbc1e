"""Pictures that stand in two splits: as they are, resized, recompressed, mirrored, or as another picture of one person.

Candidates are near by perceptual hash; each is laid over the other and compared by its pixels. A copy is reported from
a correlation of `SAME`, lower than where `dedupe` takes a picture out: two shots of one burst are no copies, but a test
picture of whose burst a shot was trained on is a leak all the same. `docs/split.md` has what was looked at.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curate.neighbours import join
from curate.variants import CHUNK, VARIANTS, backwards, variant_hashes
from curate.verify import IDENTITY, SIDE, compare, gradients, pyramid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from curate.split.members import Member, Members

EXACT, NEAR, MIRRORED, IDENTITY_KIND, RELATED = "exact", "near", "mirrored", "identity", "related"
"""Kinds of leaks, the gravest first."""
KINDS = (EXACT, NEAR, MIRRORED, IDENTITY_KIND, RELATED)

RADIUS = 10
"""Bits in which the hashes of two copies, or of a cut-out of one and the other, differ at most; as for `dedupe`."""
SAME = 0.97
"""Least correlation of two pictures of one moment. Of some 200 pairs of FER-2013 above it that were looked at, all were
copies; below 0.95 other shots and look-alikes begin (docs/split.md)."""

_STARTS = np.concatenate([IDENTITY, VARIANTS, backwards(VARIANTS)])


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
    """Pictures that lie over one of an earlier split, as they are or mirrored; the best match of each."""
    variants: NDArray[np.uint64] | None = None
    for number, split in enumerate(members.splits[1:], 1):
        rows = [place for place, row in enumerate(members.rows) if row.split == split and row.source not in done]
        later = np.array([place for place in rows if members.rows[place].digest], np.int64)
        earlier = _distinct(members, members.splits[:number])
        if not len(later) or not len(earlier):
            continue
        if variants is None:
            variants = _variants(members, np.arange(len(members.rows)), flip=False)
        own = _variants(members, later, flip=True) if flip else variants[later]
        hashes = (members.mirrored if flip else members.hashes)[later]
        candidates = _candidates((hashes, own), (members.hashes[earlier], variants[earlier]))
        for one, others in candidates.items():
            starts = {int(earlier[other]): warps for other, warps in others.items()}
            match = _best(members, int(later[one]), starts, flip=flip)
            if match:
                row, known = members.rows[later[one]], members.rows[match[0]]
                yield _leak(MIRRORED if flip else NEAR, row, known, match[1])


def _variants(members: Members, places: NDArray[np.int64], *, flip: bool) -> NDArray[np.uint64]:
    """Hashes of the cut-outs and turns of some members, uint64 `[P, 7]`; zeros where there is no picture."""
    there = members.place[places] >= 0
    hashes = np.zeros((len(places), len(VARIANTS)), np.uint64)
    rows = members.place[places[there]]
    for start in range(0, len(rows), CHUNK):
        chunk = members.thumbnails[rows[start : start + CHUNK]].reshape(-1, SIDE, SIDE)
        hashes[np.flatnonzero(there)[start : start + CHUNK]] = variant_hashes(chunk[:, :, ::-1] if flip else chunk)
    return hashes


def _candidates(
    later: tuple[NDArray[np.uint64], NDArray[np.uint64]], earlier: tuple[NDArray[np.uint64], NDArray[np.uint64]]
) -> dict[int, dict[int, list[int]]]:
    """Pairs near by hash: the picture itself, or a cut-out or turn of the one, near the other.

    Returns:
        Later picture -> earlier picture -> where to begin laying them over each other, as rows of `_STARTS`.
    """
    searches = [(later[0], earlier[0])]
    searches += [(later[0], earlier[1][:, number]) for number in range(len(VARIANTS))]
    searches += [(later[1][:, number], earlier[0]) for number in range(len(VARIANTS))]
    found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for start, (own, others) in enumerate(searches):
        pairs = join(own, others, RADIUS)
        for one, other in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
            found[one][other].append(start)
    return found


def _best(members: Members, place: int, candidates: dict[int, list[int]], *, flip: bool) -> tuple[int, float] | None:
    """The candidate that a picture lies over best, with the correlation; None where it lies over none."""
    thumbnail = members.thumbnail(place)
    thumbnail = np.ascontiguousarray(thumbnail[:, ::-1] if flip else thumbnail)
    template = pyramid(thumbnail)
    prepared = (thumbnail, template, gradients(template))
    matches = (
        (compare(prepared, members.thumbnail(other), _STARTS[starts], SAME)[0], -other)
        for other, starts in candidates.items()
    )
    correlation, other = max(matches)
    return (-other, float(correlation)) if correlation >= SAME else None


def _distinct(members: Members, splits: Sequence[str]) -> NDArray[np.int64]:
    """The first picture of each pixels among those of some splits."""
    first: dict[str, int] = {}
    for place, row in enumerate(members.rows):
        if row.split in splits and row.digest:
            first.setdefault(row.digest, place)
    return np.fromiter(first.values(), np.int64, len(first))


def _leak(kind: str, member: Member, known: Member, correlation: float, detail: str = "") -> Leak:
    labels = f"{known.label}, {member.label}" if known.label and member.label and known.label != member.label else ""
    return Leak(kind, member.source, member.split, known.source, known.split, round(correlation, 3), detail, labels)
