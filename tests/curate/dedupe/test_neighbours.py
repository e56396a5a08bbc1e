"""The search for near hashes is exact, whatever the input."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from curate.dedupe.neighbours import MAX_RADIUS, join, probes, self_join

WORDS = st.integers(min_value=0, max_value=2**64 - 1)


@st.composite
def crowded_hashes(draw: st.DrawFn) -> np.ndarray:
    """Hashes that lie close together: a few centres, each with a few bits flipped."""
    centres = draw(st.lists(WORDS, min_size=1, max_size=4))
    flips = st.lists(st.integers(min_value=0, max_value=63), max_size=20)
    chosen = draw(st.lists(st.tuples(st.sampled_from(centres), flips), max_size=30))
    return np.array([centre ^ sum({1 << bit for bit in bits}) for centre, bits in chosen], dtype=np.uint64)


def brute_force(left: np.ndarray, right: np.ndarray, radius: int) -> list[tuple[int, int, int]]:
    """All pairs, by comparing everything with Python's own bit count."""
    distances = ((i, j, (int(a) ^ int(b)).bit_count()) for i, a in enumerate(left) for j, b in enumerate(right))
    return [pair for pair in distances if pair[2] <= radius]


@given(hashes=crowded_hashes(), radius=st.integers(min_value=0, max_value=MAX_RADIUS))
@settings(deadline=None)
def test_self_join_finds_what_brute_force_finds(hashes: np.ndarray, radius: int) -> None:
    """Every pair within the radius is found once, and no other, at every radius."""
    pairs = self_join(hashes, radius)
    found = list(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.distance.tolist(), strict=True))
    assert found == [pair for pair in brute_force(hashes, hashes, radius) if pair[0] < pair[1]]


@given(left=crowded_hashes(), right=crowded_hashes(), radius=st.integers(min_value=0, max_value=MAX_RADIUS))
@settings(deadline=None)
def test_join_finds_what_brute_force_finds(left: np.ndarray, right: np.ndarray, radius: int) -> None:
    """New against old gives every pair within the radius once, and no other."""
    right = np.concatenate([right, left[::2]])
    pairs = join(left, right, radius)
    found = list(zip(pairs.first.tolist(), pairs.second.tolist(), pairs.distance.tolist(), strict=True))
    assert found == brute_force(left, right, radius)


def test_pairs_on_the_radius_are_in_and_beyond_it_out() -> None:
    """Ten flipped bits are within ten bits, eleven are not, wherever the flips lie."""
    rng = np.random.default_rng(5)
    for flips, expected in ((10, 1), (11, 0)):
        for _ in range(200):
            bits = rng.choice(64, size=flips, replace=False)
            base = int(rng.integers(0, 2**63))
            pair = np.array([base, base ^ sum(1 << int(bit) for bit in bits)], dtype=np.uint64)
            assert len(self_join(pair, 10).first) == expected


@pytest.mark.parametrize("radius", range(MAX_RADIUS + 1))
def test_thresholds_leave_no_gap(radius: int) -> None:
    """A hash that no table sees differs in at least one bit more than the radius."""
    thresholds = probes(radius).thresholds
    assert sum(threshold + 1 for threshold in thresholds) == radius + 1


def test_a_radius_outside_its_range_is_refused() -> None:
    """A radius of 17 names the range."""
    with pytest.raises(ValueError, match="outside 0 to 16"):
        self_join(np.zeros(1, dtype=np.uint64), 17)


def test_more_pairs_than_the_buffer_holds_are_all_found() -> None:
    """All 499,500 pairs of 1,000 hashes that differ in their first ten bits only."""
    hashes = np.arange(1000, dtype=np.uint64)
    assert len(self_join(hashes, 10).first) == 1000 * 999 // 2


def test_an_empty_array_has_no_pairs() -> None:
    """Nothing in, nothing out."""
    empty = np.empty(0, dtype=np.uint64)
    assert len(self_join(empty, 10).first) == 0
    assert len(join(empty, np.ones(3, dtype=np.uint64), 10).first) == 0


def test_search_starts_where_no_cache_can_be_written(tmp_path: object) -> None:
    """Without a writable folder for machine code the search compiles anew instead of refusing to start."""
    program = (
        "from numba.core import caching\n"
        "caching._CacheLocator.ensure_cache_path = lambda self: (_ for _ in ()).throw(OSError('read-only'))\n"
        "import numpy as np\n"
        "from curate.dedupe.neighbours import self_join\n"
        "print(len(self_join(np.array([1, 3], np.uint64), 1).first))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "1\n", done.stderr
