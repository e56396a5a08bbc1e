"""Predicting against Keras' `model.predict`: processor time of computing, of whole runs, and memory.

    uv run python benchmarks/inference.py                        # computing, and whole runs on 1,000 faces
    uv run python benchmarks/inference.py --faces 1000 30000     # whole runs on more; memory must not grow

The network is the compact VGG of `train` (1.18 M parameters, 117 M multiply-adds a face) with weights by chance, or a
file of one's own with its flags (--model cnn.keras --input-scaling bytes). The faces are FER-2013's, from
../shared/data, or noise where those are absent.

Computing: faces in memory to probabilities, after warming up, Keras and ours in turn, the median of five rounds.
Whole runs: a process each, from a workspace's PNG files to probabilities: for Keras the shortest script there is, for
ours `evaluate predict`, with the converted network in its cache. CPU-seconds count all threads and child processes.
"""

from __future__ import annotations

import argparse
import functools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd

from schemas.emotion import NAMES
from schemas.settings import PredictSettings, make
from schemas.tables import FACES
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MAKE = """
import sys, keras, numpy as np
L = keras.layers
keras.utils.set_random_seed(1)
x = inputs = keras.Input((None, None, 1))
x = L.Rescaling(1 / 127.5, -1)(x)
for width in (32, 64, 128, 256):
    for _ in range(2):
        x = L.ReLU()(L.BatchNormalization()(L.Conv2D(width, 3, padding="same", use_bias=False)(x)))
    x = L.MaxPooling2D()(x) if width < 256 else L.GlobalAveragePooling2D()(x)
model = keras.Model(inputs, L.Dense(7, activation="softmax")(x))
random = np.random.default_rng(0)
for layer in model.layers:
    if isinstance(layer, L.BatchNormalization):
        layer.set_weights([random.uniform(0.5, 1.5, len(w)) for w in layer.get_weights()])
model.save(sys.argv[1])
"""
PEER = """
import sys, pathlib, cv2, numpy as np, keras
model = keras.models.load_model(sys.argv[1], compile=False)
paths = sorted(pathlib.Path(sys.argv[2]).glob("grey/*/*.png"))
faces = np.stack([cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in paths])[..., None].astype("float32")
model.predict(faces, verbose=0)
"""
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
if done.returncode:
    sys.exit(done.stderr)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)
"""
VALUES = {"string": "", "bool": True, "int16": 0, "float32": 0.0}
FLAGS = {"input_scaling": "bytes", "label_order": ",".join(NAMES)}


def some_faces(number: int) -> NDArray[np.uint8]:
    """That many faces, repeated where FER-2013 has not as many."""
    path = Path(__file__).parents[2] / "shared" / "data" / "fer2013_train_public.npz"
    if path.exists():
        with np.load(path) as data:
            found: NDArray[np.uint8] = data["images"]
    else:
        found = np.random.default_rng(0).integers(0, 256, (1000, 48, 48), dtype=np.uint8)
    repeated: NDArray[np.uint8] = found[np.arange(number) % len(found)]
    return repeated


def workspace_of(faces: NDArray[np.uint8], folder: Path) -> Path:
    """A workspace that holds these faces, as `curate faces` leaves them."""
    workspace = Workspace.open(folder, create=True)
    rows = []
    for number, face in enumerate(faces):
        row: dict[str, Any] = {
            column.name: None if column.nullable else VALUES[column.type] for column in FACES.columns
        }
        rows.append(row | {"face_id": f"{number:032x}"})
        _, png = cv2.imencode(".png", face)
        workspace.put_picture("grey", f"{number:032x}.png", png.tobytes())
    workspace.replace("faces", pd.DataFrame(rows).astype({"rank": "int16"}))
    return folder


def computing(model: Path, cache: Path, number: int, rounds: int) -> None:
    """Prints faces a CPU-second of `model.predict` and of ours, and how far ours are from Keras'."""
    import keras

    from evaluate.model import open_model

    faces = some_faces(number)
    peer = keras.models.load_model(model, compile=False)
    ours = {
        name: open_model(str(model), faces, make(PredictSettings, {**FLAGS, "arithmetic": name}), cache)
        for name in ("float32", "int8")
    }
    ways: dict[str, Callable[[], Any]] = {
        "model.predict": lambda: peer.predict(faces[..., None].astype(np.float32), verbose=0),
        **{f"ours, {name}": functools.partial(opened.predict, faces) for name, opened in ours.items()},
    }
    expected = {name: way() for name, way in ways.items()}["model.predict"]
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.process_time()
            way()
            seconds[name].append(time.process_time() - started)
    base = statistics.median(seconds["model.predict"])
    print(f"\n{'computing':<16} {'faces/CPU-s':>12} {'ratio':>6} {'difference':>11}")
    for name, way in ways.items():
        took = statistics.median(seconds[name])
        print(f"{name:<16} {number / took:>12,.0f} {base / took:>6.2f} {np.abs(way() - expected).max():>11.0e}")
    for opened in ours.values():
        print(f"  {opened.notes[0]}")


def whole_run(model: Path, number: int, folder: Path) -> None:
    """Prints CPU-seconds and peak memory of both ways from PNG files to probabilities, each a process."""
    place = workspace_of(some_faces(number), folder / f"ws{number}")
    flags = [part for name, value in FLAGS.items() for part in (f"--{name.replace('_', '-')}", value)]
    ours = ["-m", "evaluate", "predict", "--model", str(model), "--workspace", str(place), *flags]
    for arithmetic in ("float32", "int8"):  # so that its cache has the converted network
        small = workspace_of(some_faces(64), folder / f"warm-{arithmetic}{number}")
        warm = [str(small) if part == str(place) else part for part in ours]
        run([sys.executable, *warm, "--arithmetic", arithmetic])
        (place / "cache").mkdir(exist_ok=True)
        if not (place / "cache" / "models").exists():
            (small / "cache" / "models").rename(place / "cache" / "models")
    peak, base = run([sys.executable, "-c", PEER, str(model), str(place)])
    print(f"{number:>7,} {'model.predict':<16} {base:>7.1f} {1:>6.2f} {peak:>9,.0f}", flush=True)
    for arithmetic in ("float32", "int8"):
        peak, seconds = run([sys.executable, *ours, "--arithmetic", arithmetic])
        name = f"ours, {arithmetic}"
        print(f"{number:>7,} {name:<16} {seconds:>7.1f} {base / seconds:>6.2f} {peak:>9,.0f}", flush=True)


def run(command: list[str]) -> tuple[float, float]:
    """Peak memory in MiB and CPU-seconds of a process and its children."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[1],
    )
    peak, seconds = map(float, done.stdout.split())
    return peak, seconds


def main() -> None:
    """Runs both parts and prints a table of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--input-scaling", default="bytes")
    parser.add_argument("--faces", type=int, nargs="*", default=[1000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    FLAGS["input_scaling"] = arguments.input_scaling
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model = arguments.model.resolve() if arguments.model else folder / "vgg.keras"
        if not arguments.model:
            subprocess.run([sys.executable, "-c", MAKE, str(model)], check=True)
        if arguments.faces:
            print(f"{'faces':>7} {'whole run':<16} {'CPU-s':>7} {'ratio':>6} {'peak MiB':>9}", flush=True)
        for number in arguments.faces:
            whole_run(model, number, folder)
        if arguments.rounds:
            computing(model, folder / "cache", 512, arguments.rounds)


if __name__ == "__main__":
    main()
