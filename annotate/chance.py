"""Chance that depends on a seed and on names alone: not on the order of the rows, nor on a library's version."""

from __future__ import annotations

import hashlib


def chance(seed: int, *names: str) -> int:
    """A number from 0 to 2⁶⁴-1, drawn anew for every seed and every sequence of names.

    It is the first eight bytes of BLAKE2b over the seed and the names, each ended by a zero byte. Sorting by it
    shuffles; the least of some draws one of them.

    Args:
        seed: Another seed, other numbers.
        names: What the number is for.

    >>> chance(0, "a", "b") == chance(0, "a", "b"), chance(0, "a") == chance(1, "a")
    (True, False)
    """
    text = "".join(f"{name}\0" for name in (str(seed), *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
