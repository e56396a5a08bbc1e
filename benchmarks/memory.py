"""Peak memory of `curate run` against the number of pictures: it should not grow with it.

    uv run python benchmarks/memory.py --pictures 1000 10000

The pictures are pairs of real faces side by side, no two pairs alike, so that none is a copy and each has faces to
find.
Each run is a process of its own; the figure is the largest resident set of any process under it.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
if done.returncode:
    sys.exit(done.stderr)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)
"""


def make_pictures(faces: list[Path], folder: Path, number: int) -> None:
    """Writes that many JPEGs of two faces each, 400 × 200 pixels."""
    folder.mkdir()
    choose = random.Random(1)  # noqa: S311 - no secret
    pairs: set[tuple[Path, Path]] = set()
    while len(pairs) < number:
        left, right = choose.sample(faces, 2)
        if (left, right) in pairs:
            continue
        pairs.add((left, right))
        halves = [
            cv2.resize(np.asarray(cv2.imread(str(path))), (200, 200), interpolation=cv2.INTER_AREA)
            for path in (left, right)
        ]
        cv2.imwrite(str(folder / f"{len(pairs):06}.jpg"), np.hstack(halves))


def main() -> None:
    """Runs each size once and prints a row for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--faces", type=Path, default=Path("../shared/data/natural_faces/images"))
    arguments = parser.parse_args()
    faces = sorted(arguments.faces.glob("*"))
    if not faces:
        sys.exit(f"no faces in {arguments.faces}: give a folder of face photographs with --faces")
    print(f"{'pictures':>9} {'peak MiB':>9} {'CPU s':>8} {'wall s':>8}")
    peaks = []
    for number in arguments.pictures:
        with tempfile.TemporaryDirectory() as temporary:
            raw = Path(temporary) / "raw"
            make_pictures(faces, raw, number)
            started = time.monotonic()
            command = [sys.executable, "-m", "curate", "run", str(raw), "--workspace", f"{temporary}/ws", "--json"]
            output = subprocess.run(
                [sys.executable, "-c", MEASURE, *command], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
            peak, cpu = map(float, output.split())
            peaks.append(peak)
            print(f"{number:>9,} {peak:>9,.0f} {cpu:>8.1f} {time.monotonic() - started:>8.1f}", flush=True)
    print(
        f"peak memory, last against first: {peaks[-1] / peaks[0]:.2f} times, for "
        f"{arguments.pictures[-1] / arguments.pictures[0]:.0f} times the pictures"
    )


if __name__ == "__main__":
    main()
