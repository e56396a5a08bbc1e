"""Measuring against imagededup and cleanvision, side by side: CPU-seconds of each whole process tree.

    uv run python benchmarks/measure.py --peers-python /tmp/peers/bin/python

Ours reads, hashes, decodes and measures every picture and makes the rows of the table `images`. imagededup computes
perceptual hashes and finds duplicates, with its defaults; cleanvision looks for all its issues, with its defaults.
The pictures are re-encodings of real faces, 350 × 350 grey JPEGs: each face is cropped by a few pixels somewhere
else, enlarged back and stored at quality 95, at which the files are as large as the faces' own.

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
OURS = (
    "import cv2; from pathlib import Path; from curate.measure import as_frame, measure",
    """
    cv2.setNumThreads(1)
    files = sorted(Path(sys.argv[1]).iterdir())
    for at in range(0, len(files), 256):
        as_frame([measure(path.read_bytes()) for path in files[at : at + 256]])
""",
)
PEERS = {
    "imagededup, encode + find_duplicates": (
        "from imagededup.methods import PHash",
        "    PHash(verbose=False).find_duplicates(image_dir=sys.argv[1])",
    ),
    "cleanvision, all issues": (
        "from cleanvision import Imagelab",
        "    Imagelab(data_path=sys.argv[1]).find_issues(verbose=False)",
    ),
}
"""Name -> what is imported, and what is done."""
CHILD = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
if done.returncode:
    sys.exit(done.stderr[-2000:])
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime)
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
        cv2.imwrite(str(folder / f"{at:06}.jpg"), crop, [cv2.IMWRITE_JPEG_QUALITY, 95])


def _grey_face(path: Path) -> cv2.typing.MatLike | None:
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return picture if picture is not None and picture.shape == (SIDE, SIDE) else None


def cpu_seconds(python: str, imports: str, work: str, folder: Path) -> float:
    """Runs code in a process of its own; CPU-seconds of it and of all below it."""
    script = folder.with_suffix(".py")  # a file, because the peers' worker processes import the main module
    script.write_text(f'import sys\n{imports}\nif __name__ == "__main__":\n{work}\n')
    environment = {**os.environ, "PYTHONPATH": "" if python != sys.executable else str(ROOT)}
    command = [sys.executable, "-c", CHILD, python, str(script), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return float(done.stdout)


def main() -> None:
    """Measures ours three times and each peer once, and prints a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--faces", type=Path, default=ROOT.parent / "shared" / "data" / "natural_faces" / "images")
    parser.add_argument("--peers-python", help="the interpreter of an environment with imagededup and cleanvision")
    arguments = parser.parse_args()
    number = arguments.pictures
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "pictures"
        folder.mkdir()
        make_pictures(arguments.faces, folder, number)
        size = sum(path.stat().st_size for path in folder.iterdir()) / number / 1000
        print(f"{number} grey JPEGs of {SIDE} x {SIDE} pixels, {size:.1f} kB each; net is without the imports")
        print(f"{'':38} {'CPU s':>8} {'ratio':>7} {'net CPU s':>10} {'ratio':>7} {'pictures per net CPU-s':>24}")
        rows = {"mien, measure": (sys.executable, *OURS)}
        if arguments.peers_python:
            rows |= {name: (arguments.peers_python, *code) for name, code in PEERS.items()}
        ours: tuple[float, float] | None = None
        for name, (python, imports, work) in rows.items():
            runs = 1 if ours else 3
            start = min(cpu_seconds(python, imports, "    pass", folder) for _ in range(runs))
            whole = min(cpu_seconds(python, imports, work, folder) for _ in range(runs))
            net = whole - start
            ours = ours or (whole, net)
            ratios = whole / ours[0], net / ours[1]
            print(
                f"{name:38} {whole:8.1f} {ratios[0]:7.1f} {net:10.1f} {ratios[1]:7.1f} {number / net:24.0f}", flush=True
            )
    if not arguments.peers_python:
        print(f"peers left out; how to make their environment:\n{str(__doc__).split('PyTorch:')[1]}")


if __name__ == "__main__":
    main()
