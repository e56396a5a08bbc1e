"""Chance by seed and name."""

from __future__ import annotations

import hashlib

from annotate.chance import chance


def test_is_blake2b_of_seed_and_names() -> None:
    """Anybody can draw the same number, without mien."""
    digest = hashlib.blake2b(b"7\0order\0r1\0", digest_size=8).hexdigest()
    assert chance(7, "order", "r1") == int(digest, 16)


def test_names_do_not_run_together() -> None:
    """`ab`, `c` and `a`, `bc` are two draws."""
    assert chance(0, "ab", "c") != chance(0, "a", "bc")
