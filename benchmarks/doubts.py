"""How many planted wrong labels `evaluate doubts` finds, and how many right ones it doubts.

    uv run python benchmarks/doubts.py --faces mien-workspace [--model pretrained] [--split all]

A share of the labels is changed to another class at random. The queue is made twice: by the network's own
probabilities, and with its last layer fitted anew in five folds, as `evaluate doubts` does it. Precision counts the
planted errors alone: a label that was wrong before is held to be right here, so it is a lower bound. Accuracy is the
network's own after the first of the queue, twice as many as are wrong, were corrected by raters who are always right.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evaluate.doubts import doubts
from evaluate.embedding import embedder
from evaluate.refit import refit
from evaluate.said import said
from schemas.emotion import NAMES
from schemas.settings import PredictSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 5


def planted(labels: NDArray[np.int64], share: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Labels of which a share is another class, each of the six others alike; and which they are."""
    random = np.random.default_rng(seed)
    wrong = np.zeros(len(labels), bool)
    wrong[random.permutation(len(labels))[: round(share * len(labels))]] = True
    changed = labels.copy()
    changed[wrong] = (changed[wrong] + random.integers(1, len(NAMES), wrong.sum())) % len(NAMES)
    return changed, wrong


def _corrected(
    changed: NDArray[np.int64], labels: NDArray[np.int64], looked_at: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The labels after raters who are always right have looked at some faces."""
    found = changed.copy()
    found[looked_at] = labels[looked_at]
    return found


def main() -> None:
    """Prints precision and recall of the whole queue and of its first faces, mean and range over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True, help="labelled faces the network has not learnt from")
    parser.add_argument("--model", default="pretrained")
    parser.add_argument("--split", default="all", choices=["train", "validation", "test", "all"])
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    if not options.faces.exists():
        sys.exit(f"error: there are no labelled faces at {options.faces}\nfix: name them with --faces")
    settings = PredictSettings()
    asked = said(options.model, options.faces, options.split, settings)
    labels, groups = asked.answers.labels, asked.answers.groups
    network = embedder(options.model, asked.faces.pixels[:1], settings, asked.cache)
    vectors = None if network.run is None else network.run(asked.faces.pixels)
    print(f"{asked.model.name} on {len(labels):,} faces, accuracy {(asked.answers.predicted == labels).mean():.1%}")
    rows: dict[str, list[list[float]]] = {}
    for seed in range(options.seeds):
        changed, wrong = planted(labels, options.share, seed)
        ways = {"own": asked.answers.probabilities}
        if vectors is not None:
            ways["fitted anew"] = refit(vectors, changed, groups, FOLDS, len(NAMES))
        for way, given in ways.items():
            found = doubts(given, changed)
            hit = wrong[found.faces]
            right = found.suggested == labels[found.faces]
            n = int(wrong.sum())
            rows.setdefault(way, []).append(
                [
                    len(hit),
                    hit.sum() / n,
                    hit.mean(),
                    hit[:n].mean(),
                    hit[: 2 * n].sum() / n,
                    hit[: 2 * n].mean(),
                    right[hit].mean(),
                    1 - np.trace(found.joint),
                    (asked.answers.predicted == _corrected(changed, labels, found.faces[: 2 * n])).mean(),
                ]
            )
    print(f"accuracy with the labels planted in the last draw {(asked.answers.predicted == changed).mean():.1%}")
    print(f"{n} labels of {len(labels):,} are planted wrong ({options.share:.0%}); means of {options.seeds} draws")
    first = (f"precision@{n}", f"recall@{2 * n}", f"precision@{2 * n}")
    heads = ("queue", "recall", "precision", *first, "suggestion", "said wrong", "accuracy")
    print(f"{'':12}" + " ".join(f"{head:>15}" for head in heads))
    for way, values in rows.items():
        table = np.array(values)
        print(f"{way:12}" + " ".join(f"{value:15.3g}" for value in table.mean(0)))
        ends = zip(table.min(0), table.max(0), strict=True)
        print(f"{'':12}" + " ".join(f"{f'{low:.3g} to {high:.3g}':>15}" for low, high in ends))


if __name__ == "__main__":
    main()
