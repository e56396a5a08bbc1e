"""What stays where it is, what joins it, what is left out, and what is still to be dealt.

A picture that has a split keeps it. Everything else follows from the pictures it is related to:

- new, related to pictures of one split: it joins them;
- new, related to pictures of several splits: it is left out, with all new pictures it is related to;
- new, related to none: its group is dealt;
- old, and found since to be related directly to an old picture of an earlier split: it is left out, since a network may
  have been trained on the other. This is the only way in which an old picture leaves its split, and it enters no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curate.split.relations import Relations

SPLITS = ("train", "validation", "test")
EXCLUDED = 3
NEW = -1
NO_PART = -2
"""No picture of the data set, but one through which others may be related: a copy that is out, for example."""


@dataclass(frozen=True, eq=False)
class Settled:
    """What is known before anything is dealt.

    Attributes:
        split: int8 `[N]`, 0 to 2 as `SPLITS`, `EXCLUDED`, `NEW` where it is still to be dealt, or `NO_PART`.
        reason: object `[N]`, the reason of what has just been settled; empty where nothing has.
        touched: uint8 `[N]`, a bit for each split that a picture left out just now is related to.
        group: int64 `[N]`, the same number for pictures that are to be dealt together.
    """

    split: NDArray[np.int8]
    reason: NDArray[np.object_]
    touched: NDArray[np.uint8]
    group: NDArray[np.int64]


def settle(relations: Relations, before: NDArray[np.int8]) -> Settled:
    """Settles all pictures whose split follows from others.

    Args:
        relations: Among all pictures, those that are no part of the data set among them.
        before: int8 `[N]`: the split of old pictures, `NEW`, or `NO_PART`.
    """
    split = before.copy()
    reason = np.full(len(split), "", dtype=object)
    touched = np.zeros(len(split), np.uint8)

    inside = (split >= 0) & (split < EXCLUDED)
    group = relations.components(inside)
    bits = _bits(group, split, inside)
    leaking = inside & (bits[group] & ((1 << np.maximum(split, 0)) - 1).astype(np.uint8) > 0)
    split[leaking], reason[leaking], touched[leaking] = EXCLUDED, "leak", bits[group[leaking]]

    inside &= ~leaking
    group = relations.components(~inside)
    bits = _reached(relations, group, split, inside)
    new = split == NEW
    several = np.bitwise_count(bits[group]) > 1
    bridge, joins = new & several, new & ~several & (bits[group] > 0)
    split[bridge], reason[bridge], touched[bridge] = EXCLUDED, "bridge", bits[group[bridge]]
    split[joins], reason[joins] = np.log2(bits[group[joins]]).astype(np.int8), "group"
    return Settled(split, reason, touched, group)


def _bits(group: NDArray[np.int64], split: NDArray[np.int8], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """A bit for each split that a group has pictures in, uint8 by group number."""
    bits = np.zeros(int(group.max(initial=-1)) + 1, np.uint8)
    np.bitwise_or.at(bits, group[inside], (1 << split[inside]).astype(np.uint8))
    return bits


def _reached(
    relations: Relations, group: NDArray[np.int64], split: NDArray[np.int8], inside: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """The same for groups of pictures outside all splits: the splits they share a key with."""
    by_key = np.zeros(relations.keys, np.uint8)
    settled = inside[relations.picture]
    np.bitwise_or.at(by_key, relations.key[settled], (1 << split[relations.picture[settled]]).astype(np.uint8))
    bits = np.zeros(int(group.max(initial=-1)) + 1, np.uint8)
    np.bitwise_or.at(bits, group[relations.picture[~settled]], by_key[relations.key[~settled]])
    return bits
