"""Training beside a plain `keras.Model.fit` on the same network and faces: images a second, and memory.

    uv run python benchmarks/training.py --data ../shared/data/fer2013_train_public.npz

Plain is what a script does: all faces as float32 in one array, `compile`, `fit`, once as Keras compiles by itself and
once with `jit_compile=False`. Ours is `train.fit` with each network's own recipe, augmentation included, on whole 48×48
faces as the plain one has them. Each is a process of its own; the first epoch, in which the graph is made, is not
counted. The order goes round so that no one always runs first, and of several rounds each one's fastest counts: the end
of plain Keras' epochs may wait for TensorFlow's tuner (`train/batches.py`), in some rounds and not in others.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

COMMON = """
import json, os, resource, sys, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
sys.path.insert(0, ".")
name, path, count, kind = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
from pathlib import Path
import numpy as np, keras
from train.architectures import ARCHITECTURES
from workspace.faceset import read, soft_labels
faces = read(Path(path)).of("train")
faces = faces.where(np.arange(len(faces)) < count)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
times = []
class Clock(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None): times.append((time.monotonic(), sum(os.times()[:4])))
"""
PLAIN = (
    COMMON
    + """
entry = ARCHITECTURES[name]
model = entry.build((48, 48, 1))
x, y = faces.pixels[..., None].astype(np.float32), np.eye(7, dtype=np.float32)[faces.labels]
model.compile(keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True), "categorical_crossentropy", metrics=["accuracy"],
              **({} if kind == "plain" else {"jit_compile": False}))
model.fit(x, y, batch_size=128, epochs=3, verbose=0, callbacks=[Clock()])
"""
)
OURS = (
    COMMON
    + """
import dataclasses
from schemas.settings import FitSettings, make
from train.fit import fit
from train.order import Faces
from train.recipes import recipe
all_of = Faces(faces.pixels, faces.labels.astype(np.int64), soft_labels(faces))
few = Faces(all_of.pixels[:8], all_of.labels[:8], all_of.shares[:8])
def tell(done, total, row):
    if row: times.append((time.monotonic(), sum(os.times()[:4])))
settings = dataclasses.replace(make(FitSettings, recipe(name)), epochs=3, learning_rate=0.01)
fit(ARCHITECTURES[name], all_of, few, settings, tell=tell)
"""
)
END = """
wall, cpu = times[-1][0] - times[0][0], times[-1][1] - times[0][1]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"per_second": 2 * len(faces) / wall, "per_cpu_second": 2 * len(faces) / cpu,
                  "peak": peak, "grown": peak - before}))
"""
KINDS = {"ours": OURS + END, "plain": PLAIN + END, "plain, no XLA": PLAIN + END}


def measure(kind: str, network: str, data: Path, count: int) -> dict[str, float]:
    """One training of three epochs in a process of its own."""
    words = [sys.executable, "-c", KINDS[kind], network, str(data), str(count), kind]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Runs each way `--rounds` times and prints the best of each, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/fer2013_train_public.npz"))
    parser.add_argument("--networks", nargs="+", default=["lenet5", "paper", "vgg-compact"])
    parser.add_argument("--faces", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    if not arguments.data.exists():
        sys.exit(f"no {arguments.data}: give FER-2013 with --data")
    for network in arguments.networks:
        best: dict[str, dict[str, float]] = {}
        for turn in range(arguments.rounds):
            kinds = list(KINDS)
            for kind in kinds[turn % len(kinds) :] + kinds[: turn % len(kinds)]:
                found = measure(kind, network, arguments.data, arguments.faces)
                if kind not in best or found["per_second"] > best[kind]["per_second"]:
                    best[kind] = found
        print(f"{network}, {arguments.faces:,} faces")
        for kind, found in best.items():
            clock = best["ours"]["per_second"] / found["per_second"]
            work = best["ours"]["per_cpu_second"] / found["per_cpu_second"]
            print(
                f"  {kind:14} {found['per_second']:8.0f} images/s {found['per_cpu_second']:8.0f} images/CPU-s"
                f"  peak {found['peak']:6.0f} MiB  grown {found['grown']:6.0f} MiB"
                f"  ours is {clock:.2f} times this on the clock, {work:.2f} in CPU-s"
            )


if __name__ == "__main__":
    main()
