"""Figures of docs/evaluate.md: what intervals cost, and whether they hold.

    uv run python benchmarks/evaluate_metrics.py speed
    uv run python benchmarks/evaluate_metrics.py coverage

`speed` draws 1,000 resamples of 30,000 faces for macro F1, by counting kinds of faces (ours) and face by face with
scikit-learn (20 resamples, scaled up), and measures the whole assessment. `coverage` draws 1,000 sets of faces
from a known population and counts how many intervals hold the true figure, for faces that are independent and for faces
that come in groups of four and err together.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import f1_score

from evaluate import metrics
from evaluate.assess import assess
from evaluate.bootstrap import interval, resample
from evaluate.result import Answers
from evaluate.shares import share
from schemas.emotion import FER2013_COUNTS, NAMES
from schemas.settings import EvaluateSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIX = np.array(FER2013_COUNTS["PrivateTest"]) / 3589
RECALLS = np.array([0.6, 0.5, 0.45, 0.87, 0.55, 0.8, 0.65])
"""Of the planted network; what it misses falls on the other classes by their share."""
_SETS = 1000


def matrix() -> NDArray[Any]:
    """Probability of each answer for each label, float64 `[7, 7]`."""
    others = np.tile(MIX, (7, 1)) * (1 - np.eye(7))
    rows: NDArray[Any] = np.diag(RECALLS) + others / others.sum(1, keepdims=True) * (1 - RECALLS)[:, None]
    return rows


def draw(random: np.random.Generator, groups: int, size: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Labels, answers and groups; in a group of several, half of the faces share label and answer."""
    n = groups * size
    labels = random.choice(7, n, p=MIX)
    answers = (random.random(n)[:, None] > matrix()[labels].cumsum(1)).sum(1).clip(0, 6)
    of_group = np.repeat(np.arange(groups), size)
    if size > 1:
        first = of_group * size
        alike = random.random(n) < 0.5
        labels, answers = np.where(alike, labels[first], labels), np.where(alike, answers[first], answers)
    return labels, answers, of_group


def cells(labels: NDArray[Any], answers: NDArray[Any]) -> NDArray[Any]:
    """The cell of the confusion matrix that each face adds to."""
    table = np.zeros((len(labels), 49))
    table[np.arange(len(labels)), labels * 7 + answers] = 1
    return table


def macro_f1(sums: NDArray[Any]) -> NDArray[Any]:
    """Macro F1 of flat confusion matrices."""
    return metrics.macro_f1(sums.reshape(*sums.shape[:-1], 7, 7))[..., None]


def speed() -> None:
    """CPU seconds, ours beside face by face."""
    random = np.random.default_rng(0)
    labels, answers, groups = draw(random, 30_000, 1)
    start = time.process_time()
    low, high = interval(resample(cells(labels, answers), groups, 1000, 0), macro_f1)
    ours = time.process_time() - start
    start = time.process_time()
    drawn = []
    for _ in range(20):
        picked = random.integers(0, len(labels), len(labels))
        drawn.append(f1_score(labels[picked], answers[picked], average="macro"))
    peer = (time.process_time() - start) * 50
    print(f"macro F1 of 30,000 faces: {low[0]:.4f} to {high[0]:.4f}; spread of the peer {np.std(drawn):.4f}")
    print(f"1,000 resamples: {ours:.2f} CPU-s; face by face with scikit-learn {peer:.0f}; {peer / ours:.0f} times")
    given = np.full((len(labels), 7), 0.05)
    given[np.arange(len(labels)), answers] = random.uniform(0.3, 0.95, len(labels))
    given /= given.sum(1, keepdims=True)
    names = tuple(map(str, range(len(labels))))
    start = time.process_time()
    assess(Answers(NAMES, names, labels, given, groups), EvaluateSettings())
    print(f"the whole assessment: {time.process_time() - start:.2f} CPU-s")


def coverage() -> None:
    """How many of 1,000 intervals hold the true figure; by chance such a share is off by 0.7 points."""
    truth = matrix() * MIX[:, None]
    targets = {"accuracy": float(np.trace(truth)), "macro F1": float(metrics.macro_f1(truth))}
    for size, count in ((1, 400), (1, 3589), (4, 100)):
        held = dict.fromkeys(targets, 0)
        naive = 0
        for seed in range(_SETS):
            labels, answers, groups = draw(np.random.default_rng(seed), count, size)
            accuracy = share(labels == answers, groups)
            held["accuracy"] += accuracy.low <= targets["accuracy"] <= accuracy.high
            alone = share(labels == answers)
            naive += alone.low <= targets["accuracy"] <= alone.high
            low, high = interval(resample(cells(labels, answers), groups, 1000, seed), macro_f1)
            held["macro F1"] += bool(low[0] <= targets["macro F1"] <= high[0])
        told = ", ".join(f"{name} {100 * hits / _SETS:.1f} %" for name, hits in held.items())
        print(f"{count} groups of {size}: {told}; accuracy as if all were independent {100 * naive / _SETS:.1f} %")


def main() -> None:
    """Runs one of the two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "coverage"))
    {"speed": speed, "coverage": coverage}[parser.parse_args().what]()


if __name__ == "__main__":
    main()
