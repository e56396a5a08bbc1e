"""Near hashes: CPU-seconds of the exact self-join at 10,000, 100,000 and 1,000,000 hashes, and proof that it is exact.

    uv run python benchmarks/neighbours.py [--largest 1000000] [--radius 10]

Random 64-bit hashes, one in a hundred planted within the radius of another. Exactness: for 200 hashes, half of them
planted, everything within the radius by comparing with all others. Peers, each where it is installed and small enough
to finish: comparing everything in numpy, and imagededup's default
search. Its Burkhard-Keller tree is left out: on 10,000 random hashes it had not finished after four minutes.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from typing import TYPE_CHECKING

import numpy as np

from curate.dedupe.neighbours import self_join

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

PLANTED = 0.01
CHECKED = 200
PEER_LIMITS = {"numpy, all with all": 30_000, "imagededup brute force": 10_000}


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--largest", type=int, default=1_000_000)
    arguments.add_argument("--radius", type=int, default=10)
    given = arguments.parse_args()
    self_join(np.arange(100, dtype=np.uint64), given.radius)  # compile
    print(f"{'hashes':>10} {'pairs':>9} {'CPU-s':>8}  exact   peers, CPU-s")
    for count in (10_000, 100_000, 1_000_000):
        if count > given.largest:
            break
        hashes = planted(count, given.radius)
        start = time.process_time()
        pairs = self_join(hashes, given.radius)
        seconds = time.process_time() - start
        exact = check(hashes, given.radius, pairs.first, pairs.second)
        others = ", ".join(peers(hashes, given.radius))
        print(f"{count:>10,} {len(pairs.first):>9,} {seconds:>8.2f}  {'yes' if exact else 'NO':<6}  {others}")


def planted(count: int, radius: int) -> NDArray[np.uint64]:
    """Random hashes, the last of them copies of the first with up to `radius` bits flipped."""
    rng = np.random.default_rng(count)
    hashes = rng.integers(0, 2**64, count, dtype=np.uint64)
    copies = int(count * PLANTED)
    near = hashes[:copies].copy()
    for _ in range(radius):
        near ^= np.uint64(1) << rng.integers(0, 64, copies).astype(np.uint64)
    hashes[count - copies :] = near
    return hashes


def check(hashes: NDArray[np.uint64], radius: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> bool:
    """Whether the pairs of some hashes are those that comparing with all others gives."""
    some = np.linspace(0, len(hashes) * PLANTED - 1, CHECKED // 2).astype(int)
    for one in np.concatenate([some, np.linspace(len(hashes) // 2, len(hashes) - 1, CHECKED // 2).astype(int)]):
        near = np.flatnonzero(np.bitwise_count(hashes ^ hashes[one]) <= radius)
        found = np.concatenate([second[first == one], first[second == one]])
        if sorted(found.tolist()) != sorted(set(near.tolist()) - {int(one)}):
            return False
    return True


def peers(hashes: NDArray[np.uint64], radius: int) -> list[str]:
    """What each peer takes, or why it was not asked."""
    ways: dict[str, Callable[[NDArray[np.uint64], int], None]] = {"numpy, all with all": in_numpy}
    if importlib.util.find_spec("imagededup"):
        ways["imagededup brute force"] = by_force
    lines = []
    for name, way in ways.items():
        if len(hashes) > PEER_LIMITS[name]:
            continue
        start = time.process_time()
        way(hashes, radius)
        lines.append(f"{name} {time.process_time() - start:.1f}")
    return lines


def in_numpy(hashes: NDArray[np.uint64], radius: int) -> None:
    """Compare every hash with all."""
    for one in hashes:
        np.flatnonzero(np.bitwise_count(hashes ^ one) <= radius)


def by_force(hashes: NDArray[np.uint64], radius: int) -> None:
    """Compare all with all in imagededup's compiled loop, its default."""
    from imagededup.methods import PHash

    encodings = {str(number): f"{int(value):016x}" for number, value in enumerate(hashes)}
    PHash(verbose=False).find_duplicates(
        encoding_map=encodings, max_distance_threshold=radius, num_enc_workers=0, num_dist_workers=0
    )


if __name__ == "__main__":
    main()
