"""An int8 export beside Keras' `model.predict`, on single faces and on 64 at once.

    uv run train export --model cnn.keras --int8 --data ../shared/data/fer2013_train_public.npz
    uv run python benchmarks/exports.py --model cnn.keras --export cnn.int8.onnx

Keras, the compiled call of Keras (`predict_on_batch`) and the export answer the same faces in turn, each for a tenth of
a second or more, as one who asks one thing after the other does: a call right after another network's finds nothing of
its own in the caches. The median of the rounds counts. Seconds on the clock are what a caller waits; CPU-seconds count
all threads. An export computes a batch in one thread; `evaluate` gives each core one. Faces are FER-2013's, from
../shared/data, or noise where those are absent. What the export lost stands in its card.
"""

from __future__ import annotations

import argparse
import functools
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workspace.engine import available_cores
from workspace.graphs import litert_graph, onnx_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from workspace.graphs import Graph

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
LEAST = 0.1
FACES = Path(__file__).parents[2] / "shared" / "data" / "fer2013_train_public.npz"


def some_faces(number: int) -> NDArray[np.float32]:
    """That many faces, float32 [n, 48, 48, 1]."""
    if FACES.exists():
        with np.load(FACES) as data:
            pixels = data["images"][-number:]
    else:
        pixels = np.random.default_rng(0).integers(0, 256, (number, 48, 48), dtype=np.uint8)
    return np.asarray(pixels[..., None], np.float32)


def batches(pool: ThreadPoolExecutor, graph: Graph, faces: list[NDArray[np.float32]]) -> None:
    """A graph's answers to several batches, as `evaluate` asks for them."""
    list(pool.map(graph.run, faces))


def timed(way: Callable[[], Any], at_once: int) -> tuple[float, float]:
    """Seconds on the clock and CPU-seconds of a batch, over as many calls as a tenth of a second holds."""
    clock, used, done, passed = time.perf_counter(), time.process_time(), 0, 0.0
    while passed < LEAST:
        way()
        done += at_once
        passed = time.perf_counter() - clock
    return passed / done, (time.process_time() - used) / done


def medians(ways: Mapping[str, tuple[Callable[[], Any], int]], rounds: int) -> dict[str, tuple[float, float]]:
    """Seconds on the clock and CPU-seconds of a batch in each way, in turn; a way is a call and its batches."""
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for way, _ in ways.values():
        way()
    for _ in range(rounds):
        for name, (way, at_once) in ways.items():
            took[name].append(timed(way, at_once))
    return {
        name: (statistics.median(wall for wall, _ in found), statistics.median(cpu for _, cpu in found))
        for name, found in took.items()
    }


def main() -> None:
    """Prints a table for 64 faces and one for a single face."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="the .keras file")
    parser.add_argument("--export", type=Path, nargs="+", required=True, help=".onnx or .tflite files made of it")
    parser.add_argument("--rounds", type=int, default=25)
    arguments = parser.parse_args()
    import keras

    model = keras.models.load_model(arguments.model, compile=False)
    graphs = {
        path.name: onnx_graph(path, 48) if path.suffix == ".onnx" else litert_graph(path, 48, threads=1)
        for path in arguments.export
    }
    cores = available_cores()
    pool = ThreadPoolExecutor(cores)
    for size in (64, 1):
        faces = some_faces(size)
        ways: dict[str, tuple[Callable[[], Any], int]] = {
            "model.predict": (functools.partial(model.predict, faces, batch_size=64, verbose=0), 1),
            "model.predict_on_batch": (functools.partial(model.predict_on_batch, faces), 1),
        }
        for name, graph in graphs.items():
            ways[name] = (functools.partial(graph.run, faces), 1)
            if graph.parallel and size > 1:
                ways[f"{name}, a batch a core"] = (functools.partial(batches, pool, graph, [faces] * cores), cores)
        found = medians(ways, arguments.rounds)
        wall, cpu = found["model.predict"]
        print(f"\n{f'{size} at once':<44} {'ms':>8} {'ratio':>7} {'CPU-ms':>8} {'ratio':>7}")
        for name, (clock, used) in found.items():
            print(f"{name:<44} {1e3 * clock:>8.2f} {wall / clock:>7.1f} {1e3 * used:>8.2f} {cpu / used:>7.1f}")


if __name__ == "__main__":
    main()
