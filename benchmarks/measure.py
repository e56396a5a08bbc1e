"""Measuring against imagededup and cleanvision, side by side: CPU-seconds of each whole process tree.

    uv run python benchmarks/measure.py --peers-python /tmp/peers/bin/python

Ours reads, hashes, decodes and measures every picture and makes the rows of the table `images`. imagededup computes
perceptual hashes and finds duplicates, with its defaults; cleanvision looks for all its issues, with its defaults.
The pictures are re-encodings of real faces, 350 × 350 grey JPEGs: each face is cropped by a few pixels somewhere
else, enlarged back and stored at the quality that keeps its file's size.

The peers need an environment of their own, since they want another numpy and PyTorch:

    uv venv /tmp/peers && uv pip install --python /tmp/peers/bin/python torch torchvision imagededup cleanvision
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

ROOT = Path(__file__).parent.parent
SIDE = 350
OURS = """
import sys, time
from pathlib import Path
import cv2
from curate.measure import as_frame, measure
cv2.setNumThreads(1)
start = time.process_time()
files = sorted(Path(sys.argv[1]).iterdir())
shards = [files[at : at + 256] for at in range(0, len(files), 256)]
rows = sum(len(as_frame([measure(path.read_bytes()) for path in shard])) for shard in shards)
print(rows / (time.process_time() - start))
"""
IMAGEDEDUP = """
import sys
from imagededup.methods import PHash
if __name__ == "__main__":
    found = PHash(verbose=False).find_duplicates(image_dir=sys.argv[1])
    print(len(found))
"""
CLEANVISION = """
import sys
from cleanvision import Imagelab
if __name__ == "__main__":
    lab = Imagelab(data_path=sys.argv[1])
    lab.find_issues(verbose=False)
    print(len(lab.issues))
"""
PEERS = {"imagededup, encode + find_duplicates": IMAGEDEDUP, "cleanvision, all issues": CLEANVISION}
CHILD = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
if done.returncode:
    sys.exit(done.stderr[-2000:])
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, done.stdout.split()[-1])
"""


def make_pictures(faces: Path, folder: Path, number: int) -> None:
    """Writes that many 350 × 350 grey JPEGs."""
    found = [picture for path in sorted(faces.glob("*")) if (picture := _grey_face(path)) is not None]
    if not found:
        sys.exit(f"no 350 × 350 grey faces in {faces}: give a folder with --faces")
    for at in range(number):
        face, turn = found[at % len(found)], at // len(found)
        left, top, side = 3 * turn, 2 * turn, SIDE - 4 * turn - 2
        crop = cv2.resize(face[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{at:06}.jpg"), crop, [cv2.IMWRITE_JPEG_QUALITY, 92])


def _grey_face(path: Path) -> cv2.typing.MatLike | None:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return picture if picture is not None and picture.shape == (SIDE, SIDE) else None


def measured(python: str, code: str, folder: Path) -> tuple[float, float]:
    """Runs code in a process of its own; CPU-seconds of it and all below it, and the number it printed."""
    script = folder.with_suffix(".py")  # a file, because the peers' worker processes import the main module
    script.write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(ROOT) if code is OURS else ""}
    command = [sys.executable, "-c", CHILD, python, str(script), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    seconds, printed = done.stdout.split()
    return float(seconds), float(printed)


def main() -> None:
    """Measures ours three times and each peer once, and prints a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--faces", type=Path, default=ROOT.parent / "shared" / "data" / "natural_faces" / "images")
    parser.add_argument("--peers-python", help="the interpreter of an environment with imagededup and cleanvision")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "pictures"
        folder.mkdir()
        make_pictures(arguments.faces, folder, arguments.pictures)
        size = sum(path.stat().st_size for path in folder.iterdir()) / arguments.pictures / 1000
        print(f"{arguments.pictures} grey JPEGs of {SIDE} x {SIDE} pixels, {size:.1f} kB each")
        print(f"{'':40} {'CPU s':>8} {'pictures per CPU-s':>20} {'ratio':>7}")
        runs = [measured(sys.executable, OURS, folder) for _ in range(3)]
        ours, rate = min(run[0] for run in runs), max(run[1] for run in runs)
        print(f"{'mien, measure':40} {ours:8.1f} {arguments.pictures / ours:20.0f} {1:7.1f}")
        print(f"{'mien, measure, without imports':40} {arguments.pictures / rate:8.1f} {rate:20.0f}")
        if not arguments.peers_python:
            print(f"peers left out; how to make their environment:\n{__doc__.split('PyTorch:')[1]}")
            return
        for name, code in PEERS.items():
            seconds, _ = measured(arguments.peers_python, code, folder)
            print(f"{name:40} {seconds:8.1f} {arguments.pictures / seconds:20.0f} {seconds / ours:7.1f}")


if __name__ == "__main__":
    main()
