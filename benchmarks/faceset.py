"""Reading FER-2013's CSV: ours against the usual recipe, `pandas.read_csv` and a loop of `numpy.fromstring`.

    uv run python benchmarks/faceset.py

Each reads Training and PublicTest, 32,298 rows, in a process of its own; the figures are its CPU-seconds and its
largest resident set, imports included, the least of three runs. Ours also checks every row, finds the copies of each
picture and computes the file's SHA-256; the recipe checks nothing.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
OURS = """
from pathlib import Path
from workspace.faceset import read
faces = read(Path(sys.argv[1]))
shape = faces.pixels.shape
"""
RECIPE = """
import numpy as np, pandas as pd
table = pd.read_csv(sys.argv[1])
pixels = np.array([np.fromstring(text, dtype=np.{type}, sep=" ") for text in table["pixels"]])
labels = table["emotion"].to_numpy()
shape = pixels.reshape(-1, 48, 48).shape
"""
CONTESTANTS = {
    "mien, workspace.faceset.read": OURS,
    "pandas and numpy.fromstring, uint8": RECIPE.format(type="uint8"),
    "pandas and numpy.fromstring, float32": RECIPE.format(type="float32"),
}
MEASURE = """
import resource
assert shape == (32298, 48, 48), shape
usage = resource.getrusage(resource.RUSAGE_SELF)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""


def write_csv(source: Path, path: Path) -> None:
    """Writes the development data as Kaggle's CSV."""
    whole = np.load(source)
    levels, names = [str(level) for level in range(256)], ("Training", "PublicTest")
    with path.open("w") as file:
        file.write("emotion,pixels,Usage\n")
        for face, label, usage in zip(whole["images"], whole["labels"], whole["usage"], strict=True):
            text = " ".join([levels[level] for level in face.ravel().tolist()])
            file.write(f"{label},{text},{names[usage]}\n")


def measure(code: str, path: Path) -> tuple[float, float]:
    """CPU-seconds and MiB of one run."""
    command = [sys.executable, "-W", "ignore", "-c", f"import sys\n{code}\n{MEASURE}", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    cpu, peak = map(float, done.stdout.split())
    return cpu, peak


def main() -> None:
    """Prints a row for each, and the ratios to ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "fer2013_train_public.npz")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if not arguments.data.exists():
        sys.exit(f"no {arguments.data}: give FER-2013's Training and PublicTest as npz with --data")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fer2013.csv"
        write_csv(arguments.data, path)
        print(f"{'':38} {'CPU s':>7} {'ratio':>6} {'peak MiB':>9} {'ratio':>6}")
        ours = (0.0, 0.0)
        for name, code in CONTESTANTS.items():
            runs = [measure(code, path) for _ in range(arguments.runs)]
            cpu, peak = (min(figures) for figures in zip(*runs, strict=True))
            ours = ours if all(ours) else (cpu, peak)
            print(f"{name:38} {cpu:7.2f} {cpu / ours[0]:6.2f} {peak:9.0f} {peak / ours[1]:6.2f}", flush=True)


if __name__ == "__main__":
    main()
