"""`train repeat`: the same training from several seeds."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas import card as cards
from schemas.errors import InputError, UsageError
from train import history
from train.order import gather
from train.run import run
from train.spread import Spread, in_words, spread
from workspace.backend import load_keras
from workspace.files import write_atomically
from workspace.views import views

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.card import Metric
    from schemas.settings import FitSettings
    from train.order import Faces, Order

RESULT = "repeat.json"
_FIGURES = {
    "accuracy": "best epoch",
    "mirrored": "best epoch, each face and its mirror image",
    "last_accuracy": "last epoch",
}
"""What is measured of each seed -> what it is called."""


def repeat(order: Order, seeds: int, settings: FitSettings) -> dict[str, Any]:
    """Trains a network from several seeds, each as `train fit` does.

    Run again after a kill, it goes on with the epoch that was under way.

    Args:
        order: `out` is a folder: the networks become `seed-0.keras` and so on.
        seeds: How many, at least 2; they are counted from the recipe's.
        settings: The recipe.

    Returns:
        A row for each seed, the accuracies' mean, standard deviation and interval, and the accuracy of the mean of
        all networks' probabilities; `mirrored` is that of the mean over each face and its mirror image, as
        `evaluate run --test-time mirror` asks.

    Raises:
        UsageError: There are fewer than two seeds, or the folder holds networks of other data or settings.
        InputError: The data cannot be used.
    """
    if seeds < 2:
        raise UsageError(f"{seeds} seeds have no spread", "give --seeds 2 at least; 3 and 5 are usual")
    data = gather(order)
    digests = [faces.sha256 for faces in data.sets]
    rows = []
    for seed in range(settings.seed, settings.seed + seeds):
        recipe = dataclasses.replace(settings, seed=seed)
        own = dataclasses.replace(order, out=order.out / f"seed-{seed}.keras", resume=True, whole=True)
        if not _finished(own, recipe, digests):
            run(own, recipe)
        rows.append(_row(own.out, seed))
    mirrored, ensemble = _asked([order.out / row["model"] for row in rows], data.validation)
    rows = [{**row, "mirrored": accuracy} for row, accuracy in zip(rows, mirrored, strict=True)]
    result = {
        "architecture": order.architecture,
        "seeds": rows,
        **{name: dataclasses.asdict(spread([row[name] for row in rows])) for name in _FIGURES},
        "ensemble": ensemble,
        "written": str(order.out / RESULT),
    }
    write_atomically(order.out / RESULT, json.dumps(result, indent=2).encode())
    return result


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    lines = [f"{'seed':>6} {'best epoch':>16} {'mirrored too':>13} {'last epoch':>11}"]
    lines += [
        f"{row['seed']:>6} {row['accuracy']:>10.2%} ({row['best_epoch']:>3}) {row['mirrored']:>13.2%}"
        f" {row['last_accuracy']:>11.2%}"
        for row in result["seeds"]
    ]
    first = result["seeds"][0]
    lines.append(f"on {first['set']} ({first['n']:,} faces), on which each epoch was chosen:")
    lines += [f"{words} {in_words(Spread(**result[name]), 'seeds')}" for name, words in _FIGURES.items()]
    together = result["ensemble"]
    lines.append(
        f"all networks together {together['accuracy']:.2%} (95 % interval {together['low']:.2%} to "
        f"{together['high']:.2%}), mirrored too {together['mirrored']:.2%}"
    )
    return "\n".join([*lines, f"wrote {result['written']}"])


def _finished(order: Order, settings: FitSettings, digests: list[str]) -> bool:
    """Whether a seed's network is written, with all that belongs to it."""
    place = order.out.with_suffix(cards.SUFFIX)
    if order.out.with_suffix(".checkpoint").exists() or not place.exists():
        return False
    card = _card(place)
    learnt = [source.sha256 for source in card.data if source.source != "FER+"]
    if card.settings != dataclasses.asdict(settings) or card.architecture != order.architecture or learnt != digests:
        what = f"{order.out} was trained with other data, architecture or settings"
        raise UsageError(what, "give what it was begun with, or another --out")
    return True


def _row(path: Path, seed: int) -> dict[str, Any]:
    card = _card(path.with_suffix(cards.SUFFIX))
    place = path.with_suffix(".history.csv")
    rows = history.read(place.read_bytes(), str(place))
    first = card.metrics[0]
    return {
        "seed": seed,
        "model": path.name,
        "set": first.set,
        "n": first.n,
        "accuracy": first.accuracy,
        "best_epoch": card.best_epoch,
        "last_accuracy": rows[-1]["validation_accuracy"],
        "epochs": len(rows),
    }


def _asked(paths: Sequence[Path], faces: Faces) -> tuple[list[float], dict[str, float]]:
    """Each network's accuracy with mirror images asked too, and what all together know."""
    load_keras()
    from train.measures import measure
    from workspace.saved import probabilities, saved

    def measured(said: Sequence[NDArray[np.floating[Any]]]) -> Metric:
        return measure("validation", np.mean(said, axis=0), faces.labels, selected=True)

    said = []
    for path in paths:
        network = saved(path).model
        said.append([probabilities(network, view) for view in views(faces.pixels, "mirror")])
    together = measured([plain for plain, _ in said])
    ensemble = {
        "accuracy": together.accuracy,
        "low": together.low,
        "high": together.high,
        "mirrored": measured([view for both in said for view in both]).accuracy,
    }
    return [measured(both).accuracy for both in said], ensemble


def _card(place: Path) -> cards.ModelCard:
    try:
        return cards.read(place.read_bytes(), str(place))
    except OSError as error:
        raise InputError(f"cannot read {place}: {error.strerror}", "check its permissions") from error
