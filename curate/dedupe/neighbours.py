"""Exact search for near 64-bit hashes: every pair within a Hamming radius, none beside it.

Multi-index hashing (Norouzi, Punjani, Fleet: Fast exact search in Hamming space with multi-index hashing, 2014): a hash
is cut into four chunks of 16 bits, and each chunk has a table from its value to the hashes bearing it. Give chunk k the
threshold t_k such that t_0 + t_1 + t_2 + t_3 = radius - 3. Two hashes that differ in more than t_k bits in *every*
chunk differ in at least radius + 1 bits altogether; so each pair within the radius is found in some table by looking up
all values at most t_k flips away. A pair is reported by the first table that can see it, hence once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from curate.dedupe.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int32]]  # values, items, starts of one chunk
    Place = tuple[int, int, int, bool]  # radius, table, first bucket, whether both sides are the same

CHUNKS = 4
CHUNK_BITS = 16
BUCKETS = 1 << CHUNK_BITS
STRETCH = 1 << 10
"""Hashes compared before looking whether one was near: 8 KiB, well within the first cache."""

MAX_RADIUS = 16
"""Four flips a chunk already mean 2,517 look-ups a table; beyond that comparing everything is as quick."""


@dataclass(frozen=True, slots=True)
class HashPairs:
    """Pairs of near hashes, as three columns of one length, ordered by `first`, then `second`.

    Attributes:
        first: Index into the first (or only) array, int64 `[P]`.
        second: Index into the second (or only) array, int64 `[P]`; in a self-join greater than `first`.
        distance: Bits in which the two differ, int16 `[P]`, 0 to the radius.

    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    distance: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class HashIndex:
    """Distinct hashes in four orders, one for each chunk, each with the start of every chunk value's run.

    Attributes:
        values: The hashes in the order of each chunk's value, uint64 `[4, D]`.
        items: Where each of them stands among the distinct hashes, int32 `[4, D]`.
        starts: Start of the run of each chunk value, int32 `[4, 65537]`.

    """

    values: NDArray[np.uint64]
    items: NDArray[np.int32]
    starts: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Probes:
    """What to look up for a radius.

    Attributes:
        thresholds: Bits that may differ within each chunk, int64 `[4]`; -1 leaves a table out.
        masks: Values to XOR a chunk with, uint64 `[M]`, those with fewer flips first.
        ends: How many of the masks each table needs, int64 `[4]`.

    """

    thresholds: NDArray[np.int64]
    masks: NDArray[np.uint64]
    ends: NDArray[np.int64]


def self_join(hashes: NDArray[np.uint64], radius: int) -> HashPairs:
    """Find all pairs within one array whose hashes differ in at most `radius` bits.

    Equal hashes are collapsed before the search and spread out afterwards, so that the *search* is not slowed by them;
    but n equal hashes are n(n-1)/2 pairs, and all are returned. Use `HashIndex` and distinct hashes where
    an input may hold a great many equal ones.

    Args:
        hashes: Hashes, uint64 `[N]`, in any order, equal ones allowed.
        radius: Largest distance in bits, 0 to 16.

    Returns:
        The pairs, `first < second`.

    Raises:
        ValueError: If the radius is outside 0 to 16.

    Example:
        >>> import numpy as np
        >>> pairs = self_join(np.array([0b0000, 0b0111, 0b1111], dtype=np.uint64), radius=2)
        >>> pairs.first.tolist(), pairs.second.tolist(), pairs.distance.tolist()
        ([1], [2], [1])

    """
    distinct, members, starts = collapse(hashes)
    left, right, distance = _collect(distinct, distinct, radius, itself=True)
    first, second, spread = _spread(left, right, distance, (members, starts), (members, starts))
    same_first, same_second = _within_runs(members, starts)
    return _ordered(
        np.concatenate([np.minimum(first, second), same_first]),
        np.concatenate([np.maximum(first, second), same_second]),
        np.concatenate([spread, np.zeros(len(same_first), np.int16)]),
    )


def join(left: NDArray[np.uint64], right: NDArray[np.uint64], radius: int) -> HashPairs:
    """Find all pairs of a hash of one array and a hash of another that differ in at most `radius` bits.

    Args:
        left: Hashes, uint64 `[N]`; cheapest where this is the smaller array (the new against the old).
        right: Hashes, uint64 `[M]`.
        radius: Largest distance in bits, 0 to 16.

    Returns:
        The pairs: `first` points into `left`, `second` into `right`.

    Raises:
        ValueError: If the radius is outside 0 to 16.

    Example:
        >>> import numpy as np
        >>> pairs = join(np.array([1], np.uint64), np.array([0, 255], np.uint64), radius=3)
        >>> pairs.first.tolist(), pairs.second.tolist(), pairs.distance.tolist()
        ([0], [0], [1])

    """
    lefts, left_members, left_starts = collapse(left)
    rights, right_members, right_starts = collapse(right)
    found = _collect(lefts, rights, radius, itself=False)
    return _ordered(*_spread(*found, (left_members, left_starts), (right_members, right_starts)))


def collapse(hashes: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Group equal hashes.

    Args:
        hashes: Hashes, uint64 `[N]`.

    Returns:
        The distinct hashes in ascending order, uint64 `[D]`; the positions of all hashes grouped by distinct hash,
        ascending within one, int64 `[N]`; and the start of each group in it, int64 `[D + 1]`.

    """
    members = np.argsort(hashes, kind="stable")
    ordered = hashes[members]
    is_first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    starts = np.append(np.flatnonzero(is_first), len(ordered))
    return ordered[is_first], members, starts


def build_index(distinct: NDArray[np.uint64]) -> HashIndex:
    """Sort hashes into the four tables.

    Args:
        distinct: Hashes, uint64 `[D]`, D below 2**31.

    Returns:
        The index: 48 bytes for each hash and 1 MiB.

    """
    values = np.empty((CHUNKS, len(distinct)), dtype=np.uint64)
    items = np.empty((CHUNKS, len(distinct)), dtype=np.int32)
    starts = np.zeros((CHUNKS, BUCKETS + 1), dtype=np.int32)
    for chunk in range(CHUNKS):
        keys = ((distinct >> np.uint64(CHUNK_BITS * chunk)) & np.uint64(BUCKETS - 1)).astype(np.uint16)
        order = np.argsort(keys, kind="stable")  # a radix sort for 16 bits
        items[chunk] = order
        values[chunk] = distinct[order]
        np.cumsum(np.bincount(keys, minlength=BUCKETS), out=starts[chunk, 1:])
    return HashIndex(values, items, starts)


def probes(radius: int) -> Probes:
    """Give the thresholds and look-ups for a radius.

    Args:
        radius: Largest distance in bits, 0 to 16.

    Returns:
        Thresholds that sum to radius - 3, as even as can be, and the masks for the largest of them.

    Raises:
        ValueError: If the radius is outside 0 to 16.

    """
    if not 0 <= radius <= MAX_RADIUS:
        message = f"radius {radius} is outside 0 to {MAX_RADIUS}"
        raise ValueError(message)
    budget = radius + 1  # shared out so that each table gets threshold + 1
    thresholds = np.array([(budget + CHUNKS - 1 - chunk) // CHUNKS - 1 for chunk in range(CHUNKS)], dtype=np.int64)
    masks = [
        sum(1 << bit for bit in bits)
        for flips in range(int(thresholds.max()) + 1)
        for bits in combinations(range(CHUNK_BITS), flips)
    ]
    flips_of_mask = np.bitwise_count(np.array(masks, dtype=np.uint64))
    ends = np.array([np.count_nonzero(flips_of_mask <= threshold) for threshold in thresholds], dtype=np.int64)
    return Probes(thresholds, np.array(masks, dtype=np.uint64), ends)


@compiled
def bit_count(value: np.uint64) -> np.uint64:
    """Count the bits set in a 64-bit number, in parallel within the word (LLVM makes one POPCNT of it)."""
    pairs = value - ((value >> np.uint64(1)) & np.uint64(0x5555555555555555))
    nibbles = (pairs & np.uint64(0x3333333333333333)) + ((pairs >> np.uint64(2)) & np.uint64(0x3333333333333333))
    octets = (nibbles + (nibbles >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    total: np.uint64 = (octets * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return total


@compiled
def seen_earlier(difference: np.uint64, table: int, thresholds: NDArray[np.int64]) -> bool:
    """Tell whether a table before this one finds the pair too."""
    for chunk in range(table):
        if bit_count((difference >> np.uint64(CHUNK_BITS * chunk)) & np.uint64(BUCKETS - 1)) <= thresholds[chunk]:
            return True
    return False


def _collect(
    left: NDArray[np.uint64], right: NDArray[np.uint64], radius: int, *, itself: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]:
    """Run the search over distinct hashes, emptying the buffer of pairs each time it is full."""
    plan = probes(radius)
    right_index = build_index(right)
    left_index = right_index if itself else build_index(left)
    buffer = np.empty((1 << 16, 3), dtype=np.int32)
    found: list[NDArray[np.int32]] = [np.empty((0, 3), dtype=np.int32)]
    for table in range(CHUNKS):
        bucket = 0
        while bucket < BUCKETS:
            count, bucket = _search_buckets(
                (left_index.values[table], left_index.items[table], left_index.starts[table]),
                (right_index.values[table], right_index.items[table], right_index.starts[table]),
                (plan.thresholds, plan.masks[: plan.ends[table]]),
                (radius, table, bucket, itself),
                buffer,
            )
            if count == 0 and bucket < BUCKETS:  # one bucket alone overflows it
                buffer = np.empty((2 * len(buffer), 3), dtype=np.int32)
            found.append(buffer[:count].copy())
    pairs = np.concatenate(found)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64), pairs[:, 2].astype(np.int16)


@compiled
def _count_near(value: np.uint64, values: NDArray[np.uint64], low: int, high: int, limit: np.uint64) -> np.uint64:
    """Count the hashes of a stretch that are within the limit."""
    near = np.uint64(0)
    for column in range(np.uint64(low), np.uint64(high)):  # unsigned: numba then spares the test for values[-1]
        near += np.uint64(bit_count(value ^ values[column]) <= limit)
    return near


@compiled
def _enlarged(array: Any, size: int) -> Any:
    """Copy an array into one of at least twice its size."""
    larger = np.empty(max(size, 2 * len(array)), dtype=array.dtype)
    larger[: len(array)] = array
    return larger


@compiled
def _search_buckets(
    left: Table,
    right: Table,
    plan: tuple[NDArray[np.int64], NDArray[np.uint64]],
    place: Place,
    buffer: NDArray[np.int32],
) -> tuple[int, int]:
    """Write the pairs of one table from a bucket on; stop before the bucket that no longer fits.

    What all of a bucket's hashes must be held against is first laid side by side: one long loop without a branch,
    of which LLVM makes vector instructions, instead of hundreds of loops over a dozen hashes.
    """
    left_starts = left[2]
    thresholds, masks = plan
    radius, table, first_bucket, itself = place
    values: NDArray[np.uint64] = np.empty(STRETCH, dtype=np.uint64)
    items: NDArray[np.int32] = np.empty(STRETCH, dtype=np.int32)
    count = 0
    for bucket in range(first_bucket, BUCKETS):
        begin, end = left_starts[bucket], left_starts[bucket + 1]
        if begin == end:
            continue
        values, items, filled = _lay_out(right, masks, (bucket, itself), values, items)
        before = count
        for row in range(begin, end):
            # Within its own bucket, which the mask of no flips lays first, a hash meets only those after it.
            low = row + 1 - begin if itself else 0
            mine = (left[0][row], left[1][row])
            count = _write_near(
                mine, (values[low:filled], items[low:filled]), (radius, table, thresholds), buffer, count
            )
            if count < 0:
                return before, bucket
    return count, BUCKETS


@compiled
def _lay_out(
    right: Table,
    masks: NDArray[np.uint64],
    place: tuple[int, bool],
    values: NDArray[np.uint64],
    items: NDArray[np.int32],
) -> tuple[NDArray[np.uint64], NDArray[np.int32], int]:
    """Copy the runs of all chunk values that a bucket must look at one after another; enlarge the arrays if need be."""
    right_values, right_items, right_starts = right
    bucket, itself = place
    filled = 0
    for mask in masks:
        other = bucket ^ np.int64(mask)
        if itself and other < bucket:  # that bucket has looked here already
            continue
        first, last = right_starts[other], right_starts[other + 1]
        if filled + last - first > len(values):
            values = _enlarged(values, filled + last - first)
            items = _enlarged(items, filled + last - first)
        for position in range(first, last):
            values[filled] = right_values[position]
            items[filled] = right_items[position]
            filled += 1
    return values, items, filled


@compiled
def _write_near(
    mine: tuple[np.uint64, np.int32],
    others: tuple[NDArray[np.uint64], NDArray[np.int32]],
    search: tuple[int, int, NDArray[np.int64]],
    buffer: NDArray[np.int32],
    count: int,
) -> int:
    """Write one hash's pairs behind the first `count` in the buffer; give the new count, or -1 where it is full."""
    value, item = mine
    values, items = others
    radius, table, thresholds = search
    limit = np.uint64(radius)
    for low in range(0, len(values), STRETCH):
        high = min(low + STRETCH, len(values))
        near = _count_near(value, values, low, high, limit)
        if near == 0:
            continue
        if count + np.int64(near) > len(buffer):
            return -1
        for column in range(low, high):
            difference = value ^ values[column]
            distance = bit_count(difference)
            if distance <= limit and not seen_earlier(difference, table, thresholds):
                buffer[count, 0] = item
                buffer[count, 1] = items[column]
                buffer[count, 2] = distance
                count += 1
    return count


def _spread(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    distance: NDArray[np.int16],
    lefts: tuple[NDArray[np.int64], NDArray[np.int64]],
    rights: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int16]]:
    """Turn pairs of distinct hashes into pairs of all that bear them."""
    (left_members, left_starts), (right_members, right_starts) = lefts, rights
    widths = np.diff(right_starts)[right]
    counts = np.diff(left_starts)[left] * widths
    pair = np.repeat(np.arange(len(left)), counts)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    first = left_members[left_starts[left[pair]] + within // widths[pair]]
    second = right_members[right_starts[right[pair]] + within % widths[pair]]
    return first, second, distance[pair]


def _within_runs(members: NDArray[np.int64], starts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pair every hash with each later one equal to it."""
    ends = np.repeat(starts[1:], np.diff(starts))
    following = ends - np.arange(len(members)) - 1
    first = np.repeat(np.arange(len(members)), following)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(following) - following, following)
    return members[first], members[second]


def _ordered(first: NDArray[np.int64], second: NDArray[np.int64], distance: NDArray[np.int16]) -> HashPairs:
    """Order pairs by their two positions."""
    order = np.lexsort((second, first))
    return HashPairs(first[order], second[order], distance[order])


@compiled
def look_up(
    index: tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int32]],
    plan: tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.int64]],
    radius: int,
    value: np.uint64,
    found: NDArray[np.int32],
) -> tuple[NDArray[np.int32], int]:
    """Find all distinct hashes near one.

    Args:
        index: The fields of a `HashIndex`.
        plan: The fields of the `Probes` for the radius.
        radius: Largest distance in bits.
        value: The hash.
        found: Receives which of the distinct hashes are near; replaced by a larger array where it is too small.

    Returns:
        The array and how many of its places are filled.

    """
    values, items, starts = index
    thresholds, masks, ends = plan
    limit = np.uint64(radius)
    count = 0
    for table in range(CHUNKS):
        chunk = np.int64((value >> np.uint64(CHUNK_BITS * table)) & np.uint64(BUCKETS - 1))
        for number in range(ends[table]):
            bucket = chunk ^ np.int64(masks[number])
            for position in range(starts[table, bucket], starts[table, bucket + 1]):
                difference = value ^ values[table, position]
                if bit_count(difference) <= limit and not seen_earlier(difference, table, thresholds):
                    if count == len(found):
                        found = _enlarged(found, count + 1)
                    found[count] = items[table, position]
                    count += 1
    return found, count
