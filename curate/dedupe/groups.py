"""Groups of copies: stars, each around the picture that is to be kept.

Pictures are taken in the order in which they would be kept. The first leads a group: of all later pictures with a near
hash, those that its pixels verify join it and are done with. The next that is not yet in a group leads the next,
and so on. Whether two pictures match depends on these two alone, so the groups depend on the order of keeping
alone. A copy is compared with leaders only, never with other copies: a million copies of one picture cost a million
comparisons, and what waits in memory is a few columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curate.dedupe.compiled import compiled
from curate.dedupe.neighbours import build_index, collapse, look_up, probes
from curate.dedupe.variants import TURNS, VARIANTS, backwards, mirrored
from curate.dedupe.verify import IDENTITY, compare, gradients, pyramid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Search = tuple[
        tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int32]],  # the fields of a HashIndex
        tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int64], NDArray[np.int64]],  # who bears each hash
        tuple[NDArray[np.uint64], NDArray[np.float64], NDArray[np.bool_], int],  # queries, their warps, flips, number
    ]
    Plan = tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]]  # the fields of Probes
    Searches = tuple[Search, Search, Search]
    Buffers = tuple[NDArray[np.int32], NDArray[np.int32], int]  # hits, distinct hashes near a query, number of hits

LEADERS_AT_ONCE = 256
"""Pictures taken between two signs of progress."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Distinct pictures that are not blank, in the order in which they would be kept.

    Attributes:
        thumbnails: Grey levels of all pictures there are, uint8 `[N, 64, 64]`, in any order; may be a file.
        rows: Where each picture's thumbnail stands, int64 `[M]`.
        hashes: pHash, uint64 `[M]`.
        mirrored: pHash of the mirrored picture, uint64 `[M]`.
        variants: Hashes of the cut-outs and turns, uint64 `[M, 11]`, or `[M, 0]` to do without them.
        variants_mirrored: The same of the mirrored picture.
        middles: Hashes of the middle, straight and turned, uint64 `[M, 3]`, or `[M, 0]` to do without them.
        middles_mirrored: The same of the mirrored picture.

    """

    thumbnails: NDArray[np.uint8]
    rows: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    mirrored: NDArray[np.uint64]
    variants: NDArray[np.uint64]
    variants_mirrored: NDArray[np.uint64]
    middles: NDArray[np.uint64]
    middles_mirrored: NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Groups:
    """Which picture leads each picture's group, and how it lies over its leader.

    Attributes:
        leader: Position of the leader, int32 `[M]`; the picture itself where it leads.
        match: Correlation, overlap, scale and rotation of `curate.dedupe.verify.Match`, float32 `[M, 4]`.
        flipped: Whether it is a mirror image of its leader, bool `[M]`.

    """

    leader: NDArray[np.int32]
    match: NDArray[np.float32]
    flipped: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run with the same settings found, by this run's positions.

    Attributes:
        place: The picture's place in the earlier order, int64 `[M]`; -1 for a new one. Ascending where it is not -1.
        leader: Its leader's place in the earlier order, int64 `[M]`; -1 for a new one.
        match: As in `Groups`.
        flipped: As in `Groups`.

    """

    place: NDArray[np.int64]
    leader: NDArray[np.int64]
    match: NDArray[np.float32]
    flipped: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """When two pictures are the same.

    Attributes:
        radius: Largest distance of two hashes in bits, 0 to 16.
        correlation: Least correlation of the verification, 0 to 1.
        mirror: Whether a mirror image is a copy.

    """

    radius: int
    correlation: float
    mirror: bool


def new_groups(count: int) -> Groups:
    """Give groups in which no picture has been looked at: every leader is -1."""
    return Groups(
        np.full(count, -1, dtype=np.int32), np.zeros((count, 4), dtype=np.float32), np.zeros(count, dtype=np.bool_)
    )


def nothing_known(count: int) -> Known:
    """Give the knowledge of a first run."""
    fresh = new_groups(count)
    return Known(np.full(count, -1, np.int64), np.full(count, -1, np.int64), fresh.match, fresh.flipped)


def form_groups(pictures: Pictures, rule: Rule, known: Known, groups: Groups) -> Iterator[int]:
    """Fill the groups, leader by leader.

    What is known is not verified again: a picture that was in nobody's group when an earlier leader's turn came has
    been compared with that leader, whatever group it joined later. So an earlier leader looks at new pictures and at
    earlier copies (whose leader may have lost its place) only.

    Args:
        pictures: In the order of keeping.
        rule: When two are the same.
        known: What an earlier run found; the result does not depend on it.
        groups: From `new_groups`; filled in place.

    Yields:
        The number of pictures done since the last time.

    """
    count = len(pictures.rows)
    leads = (known.place >= 0) & (known.leader == known.place)
    everything = _searches(pictures, rule, np.arange(count))
    changeable = _searches(pictures, rule, np.flatnonzero(~leads)) if leads.any() else everything
    plan = probes(rule.radius)
    for start in range(0, count, LEADERS_AT_ONCE):
        stop = min(start + LEADERS_AT_ONCE, count)
        _lead(
            (start, stop, rule.radius, rule.correlation),
            (pictures.thumbnails, pictures.rows),
            (everything, changeable, (plan.thresholds, plan.masks, plan.ends)),
            (known.place, known.leader, known.match, known.flipped),
            (groups.leader, groups.match, groups.flipped),
        )
        yield stop - start


def _searches(pictures: Pictures, rule: Rule, wanted: NDArray[np.int64]) -> Searches:
    """Index the wanted pictures three times: by their hash, by those of their variants, and by that of their middle."""
    sides = 2 if rule.mirror else 1
    flips = np.arange(sides) == 1
    plain = np.stack([pictures.hashes, pictures.mirrored][:sides], axis=1)
    varied = [pictures.variants, pictures.variants_mirrored][:sides]
    middle = [pictures.middles, pictures.middles_mirrored][:sides]
    cuts, turns = VARIANTS[: varied[0].shape[1]], TURNS[: middle[0].shape[1]]
    by_hash = _search(
        (pictures.hashes[wanted, np.newaxis], wanted),
        np.concatenate([plain, *varied], axis=1),
        np.concatenate([_both(IDENTITY, sides), _both(backwards(cuts), sides)])[:, np.newaxis],
        (np.concatenate([flips, np.repeat(flips, len(cuts))]), 0),
    )
    by_variant = _search(
        (varied[0][wanted], wanted), plain, _both(cuts, sides).reshape(sides, len(cuts), 6), (flips, 1)
    )
    by_middle = _search(
        (middle[0][wanted, :1], wanted),
        np.concatenate(middle, axis=1),
        _both(backwards(turns), sides)[:, np.newaxis],
        (np.repeat(flips, len(turns)), 2),
    )
    return by_hash, by_variant, by_middle


def _both(warps: NDArray[np.float64], sides: int) -> NDArray[np.float64]:
    """Give warps `[V, 6]`, then those between the mirror images, `[sides * V, 6]`."""
    return np.concatenate([warps, mirrored(warps)][:sides])


def _search(
    indexed: tuple[NDArray[np.uint64], NDArray[np.int64]],
    queries: NDArray[np.uint64],
    warps: NDArray[np.float64],
    queried: tuple[NDArray[np.bool_], int],
) -> Search:
    """Prepare the look-up of `queries` `[M, Q]` among hashes `[W, H]` of their owners `[W]`.

    A hit (q, h) suggests `warps[q, h]`. With the queries go which of them are of mirror images, and the number of the
    search.
    """
    hashes, owners = indexed
    distinct, members, starts = collapse(hashes.ravel())
    index = build_index(distinct)
    kinds = hashes.shape[1]
    bearers = owners[members // kinds] if kinds else np.empty(0, dtype=np.int64)
    variant = members % kinds if kinds else np.empty(0, dtype=np.int64)
    return (
        (index.values, index.items, index.starts),
        (bearers.astype(np.int32), variant.astype(np.int8), starts[:-1].copy(), np.diff(starts)),
        (np.ascontiguousarray(queries), np.ascontiguousarray(warps), *queried),
    )


@compiled
def _lead(
    span: tuple[int, int, int, float],
    pictures: tuple[NDArray[np.uint8], NDArray[np.int64]],
    searches: tuple[Searches, Searches, Plan],
    known: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]],
    groups: tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_]],
) -> None:
    """Let each picture of the span that is in no group lead one."""
    thumbnails, rows = pictures
    leader, match, flipped = groups
    buffers: Buffers = (np.empty((64, 4), dtype=np.int32), np.empty(64, dtype=np.int32), 0)
    for first in range(span[0], span[1]):
        if leader[first] >= 0:
            continue
        leader[first] = first
        match[first] = 1, 1, 1, 0
        led = known[0][first] >= 0 and known[1][first] == known[0][first]
        mine = searches[1] if led else searches[0]
        buffers = _collect(first, mine, (searches[2], span[2]), leader, buffers)
        hits, _, count = buffers
        if count == 0:
            continue
        thumbnail = thumbnails[rows[first]]
        template = pyramid(thumbnail)
        prepared = (thumbnail, template, gradients(template))
        for number in range(count):
            second = hits[number, 0]
            if leader[second] >= 0:
                continue
            if led and known[0][second] >= 0 and known[1][second] >= known[0][first]:
                if known[1][second] == known[0][first]:
                    leader[second], match[second], flipped[second] = first, known[2][second], known[3][second]
                continue
            _, warps, flips, _ = mine[hits[number, 3]][2]
            query = hits[number, 1]
            candidate = thumbnails[rows[second]]
            if flips[query]:
                candidate = candidate[:, ::-1]
            start = warps[query, hits[number, 2]].reshape(1, 6)
            found = compare(prepared, np.ascontiguousarray(candidate), start, span[3])
            if found[0] >= span[3]:
                leader[second], flipped[second] = first, flips[query]
                match[second] = found


@compiled
def _collect(
    first: int, searches: Searches, look: tuple[Plan, int], leader: NDArray[np.int32], buffers: Buffers
) -> Buffers:
    """Write the hits of all of a leader's searches: who, by which query, of which hash, and of which search."""
    buffers = (buffers[0], buffers[1], 0)
    for number in range(len(searches)):
        buffers = _collect_hits(first, searches[number], look, leader, buffers)
    return buffers


@compiled
def _collect_hits(
    first: int, search: Search, look: tuple[Plan, int], leader: NDArray[np.int32], buffers: Buffers
) -> Buffers:
    """Write behind the hits all pictures in no group that one of a leader's queries finds.

    Pictures that have found a group meanwhile are dropped from the lists, so that a hash borne by a million copies
    is not walked through a million times.
    """
    index, (bearers, variants, begins, lengths), (queries, _, _, kind) = search
    plan, radius = look
    hits, near, count = buffers
    for query in range(queries.shape[1]):
        near, found = look_up(index, plan, radius, queries[first, query], near)
        for item in near[:found]:
            begin, kept = begins[item], 0
            for place in range(begin, begin + lengths[item]):
                bearer, variant = bearers[place], variants[place]
                if leader[bearer] >= 0:
                    continue
                bearers[begin + kept], variants[begin + kept] = bearer, variant
                kept += 1
                if count == len(hits):
                    larger = np.empty((2 * count, 4), dtype=np.int32)
                    larger[:count] = hits
                    hits = larger
                hits[count, 0], hits[count, 1], hits[count, 2], hits[count, 3] = bearer, query, variant, kind
                count += 1
            lengths[item] = kept
    return hits, near, count
