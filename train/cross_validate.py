"""`train cross-validate`: each training face is tested once, by a network that has not learnt it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.errors import UsageError
from train.order import Faces
from train.spread import in_words, spread
from workspace.backend import load_keras
from workspace.faceset import read, soft_labels, without_copies
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from schemas.settings import FitSettings
    from train.order import Order
    from train.several import Task

RESULT = "cross-validation.json"


def cross_validate(order: Order, folds: int, settings: FitSettings) -> dict[str, Any]:
    """Trains a network on all folds of the training split but one, for each fold, and tests it on that one.

    Faces that are equal in every pixel are in one fold. Validation and test are not looked at, but copies of theirs
    are left out as `train fit` leaves them out. Run again after a kill, it goes on in the epoch where it was.

    Args:
        order: `out` is the folder of the figures; `resume`, `start` and `samples` are not heeded.
        folds: How many, at least 2.
        settings: The recipe.

    Returns:
        A row for each fold, and mean, standard deviation and interval of the accuracy after the last epoch.

    Raises:
        UsageError: There are more folds than different faces, or the folder holds another cross-validation.
        InputError: The data cannot be used.
    """
    sets = [read(path, None if place else order.votes) for place, path in enumerate(order.data)]
    kept = [faces if order.keep_copies else without_copies(faces, *sets) for faces in sets]
    parts = [faces.of("train") for faces in kept]
    groups = np.concatenate([part.groups for part in parts])
    faces = Faces(
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.labels for part in parts]).astype(np.int64),
        np.concatenate([soft_labels(part) for part in parts]),
    )
    number = fold_of(groups, faces.labels, folds, settings.seed)
    load_keras()
    from train.architectures import architecture
    from train.several import several

    network = architecture(order.architecture)
    run = {"data": [one.sha256 for one in sets], "keep_copies": order.keep_copies, "folds": folds}
    rows = several(_tasks(faces, number, folds, settings), network, order.out, run)
    figures = {
        name: dataclasses.asdict(spread([row[name] for row in rows], 1 / (folds - 1)))
        for name in ("accuracy", "best_accuracy")
    }
    result = {"architecture": network.name, "folds": rows, **figures, "written": str(order.out / RESULT)}
    write_atomically(order.out / RESULT, json.dumps(result, indent=2).encode())
    return result


def fold_of(groups: NDArray[np.int64], labels: NDArray[np.integer[Any]], folds: int, seed: int) -> NDArray[np.int64]:
    """Deals faces to folds: equal ones together, each class as evenly as that allows.

    Args:
        groups: int64 [N]; equal faces have one number.
        labels: int [N]; a group is dealt by its first face's label.
        folds: How many.
        seed: Of the order in which groups are dealt.

    Returns:
        int64 [N], 0 to folds - 1.

    Raises:
        UsageError: There are fewer different faces than folds, or fewer than two folds.
    """
    _, first, members = np.unique(groups, return_index=True, return_inverse=True)
    if not 2 <= folds <= len(first):
        what = f"{len(first):,} different faces cannot be dealt to {folds:,} folds"
        raise UsageError(what, "--folds goes from 2 to the number of different training faces; 5 and 10 are usual")
    order = np.random.default_rng(seed).permutation(len(first))
    # Class after class, round and round: no class and no sum of them differs by more than one group.
    order = order[np.argsort(labels[first[order]], kind="stable")]
    dealt = np.empty(len(first), np.int64)
    dealt[order] = np.arange(len(first)) % folds
    return dealt[members]


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    from train.spread import Spread

    lines = [f"{'fold':>6} {'learnt':>7} {'tested':>7} {'accuracy':>9} {'best epoch':>11}"]
    lines += [
        f"{row['name'].removeprefix('fold-'):>6} {row['trained_on']:>7,} {row['tested_on']:>7,} "
        f"{row['accuracy']:>9.2%} {row['best_accuracy']:>7.2%} ({row['best_epoch']})"
        for row in result["folds"]
    ]
    lines.append(f"after the last epoch {in_words(Spread(**result['accuracy']), 'folds')}")
    lines.append(f"at each fold's best epoch, chosen on it, {100 * result['best_accuracy']['mean']:.1f} %")
    return "\n".join([*lines, f"wrote {result['written']}"])


def _tasks(faces: Faces, number: NDArray[np.int64], folds: int, settings: FitSettings) -> Iterator[Task]:
    from train.several import Task

    for fold in range(folds):
        tested = number == fold
        yield Task(f"fold-{fold + 1}", settings, _where(faces, ~tested), _where(faces, tested))


def _where(faces: Faces, chosen: NDArray[np.bool_]) -> Faces:
    return Faces(faces.pixels[chosen], faces.labels[chosen], faces.shares[chosen])
