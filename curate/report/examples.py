"""Which few of many are shown: the doubtful ones first, then some spread evenly over the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def spread(items: Sequence[T], most: int) -> list[T]:
    """At most `most` items, evenly spaced, the first among them.

    >>> spread(range(10), 4), spread(range(3), 4)
    ([0, 2, 5, 7], [0, 1, 2])
    """
    if len(items) <= most:
        return list(items)
    return [items[at * len(items) // most] for at in range(most)]


def doubtful_first(items: Sequence[T], most: int) -> list[T]:
    """Half of `most` from the front of a list that is sorted by doubt, the other half spread over the rest.

    >>> doubtful_first(range(100), 4)
    [0, 1, 2, 51]
    """
    front = (most + 1) // 2
    return [*items[:front], *spread(items[front:], most - front)]
