"""Deals groups to splits: the shares are met within one group's size, each label as evenly as that allows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups to be dealt.

    Attributes:
        names: A name for each, from which its place in the draw follows.
        sizes: int64 `[G, L]`, the faces of each label in each group; labels in any order, those without one among them.
    """

    names: Sequence[str]
    sizes: NDArray[np.int64]


def draw(groups: Groups, shares: Sequence[float], there: NDArray[np.int64], seed: int) -> NDArray[np.int8]:
    """Deals every group to one split.

    The largest groups are dealt first, equal ones in an order drawn from the seed and their names. A group goes to the
    split that lacks most of its labels, among those that lack as many faces as it has; where none does, to the split
    that lacks most. So no split gets a face once it is full, none ends with more than its share plus one group, and
    none with less than its share minus one group (unless the faces that were there before are more than that already).

    Args:
        groups: What is dealt. Their order plays no part.
        shares: Part of all faces for each split, summing to 1.
        there: int64 `[splits, L]`, faces of each label that are in each split already.
        seed: Another one gives another draw.

    Returns:
        int8 `[G]`, the split of each group.

    >>> groups = Groups(["a", "b", "c", "d"], np.array([[1], [1], [1], [1]]))
    >>> sorted(draw(groups, [0.5, 0.25, 0.25], np.zeros((3, 1), int), seed=0).tolist())
    [0, 0, 1, 2]
    """
    parts = np.asarray(shares, np.float64)[:, None]
    need = parts * (groups.sizes.sum(axis=0) + there.sum(axis=0)) - there  # of each label, in each split
    lacks = need.sum(axis=1)
    sizes = groups.sizes.sum(axis=1)
    result = np.zeros(len(groups.names), np.int8)
    for group in _order(groups.names, sizes, seed):
        size, labels = sizes[group], groups.sizes[group]
        fits = lacks >= size - _ROUNDING
        wanted = np.where(fits, need @ labels, -np.inf) if fits.any() else lacks
        split = int(np.argmax(wanted))
        result[group] = split
        need[split] -= labels
        lacks[split] -= size
    return result


def _order(names: Sequence[str], sizes: NDArray[np.int64], seed: int) -> list[int]:
    tickets = [hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=16).digest() for name in names]
    return sorted(range(len(names)), key=lambda group: (-int(sizes[group]), tickets[group]))
