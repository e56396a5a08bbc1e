"""Several trainings one after the other, each taken up where a kill left it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.errors import InputError, UsageError
from train.checkpoint import Checkpoint
from train.run import watched
from workspace.console import note
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from schemas.settings import FitSettings
    from train.architectures import Architecture
    from train.order import Faces


@dataclass(frozen=True)
class Task:
    """One of them.

    Attributes:
        name: Of its files: `fold-1`.
        settings: The recipe.
        training: Faces it learns from.
        validation: Faces it is measured on.
    """

    name: str
    settings: FitSettings
    training: Faces
    validation: Faces


def several(tasks: Iterable[Task], network: Architecture, folder: Path, run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Trains one network after the other; of a finished one its figures are kept, `NAME.json`.

    Args:
        tasks: What is trained; taken one by one.
        network: The architecture of all.
        folder: Where figures and checkpoints lie.
        run: What decides the results beside the recipes: digests of the data.

    Returns:
        For each its `name`, `trained_on`, `tested_on` (faces), `accuracy` after the last epoch, `best_accuracy` and
        `best_epoch` (chosen on the very faces it is measured on), `epochs`, `ended`, `seconds`.

    Raises:
        UsageError: The folder holds trainings of other settings or data.
        InputError: Figures in it cannot be read.
        DivergedError: A loss became infinite or not a number in the first epoch.
        StorageError: The disk refused a file.
    """
    return [_one(task, network, folder, run) for task in tasks]


def _one(task: Task, network: Architecture, folder: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    identity = {**run, "architecture": network.name, "settings": dataclasses.asdict(task.settings), "name": task.name}
    path = folder / f"{task.name}.json"
    kept = _kept(path, identity)
    if kept is not None:
        note(f"{task.name}: {kept['accuracy']:.2%}, from before")
        return kept
    checkpoint = Checkpoint(folder / f"{task.name}.checkpoint", identity)
    note(f"{task.name}: {len(task.training.pixels):,} faces to learn from, {len(task.validation.pixels):,} to test on")
    trained = watched(network, task.training, task.validation, task.settings, checkpoint=checkpoint)
    if trained.ended == "stopped":
        raise KeyboardInterrupt
    result = {
        "name": task.name,
        "trained_on": len(task.training.pixels),
        "tested_on": len(task.validation.pixels),
        "accuracy": trained.history[-1]["validation_accuracy"],
        "best_accuracy": trained.history[trained.best_epoch - 1]["validation_accuracy"],
        "best_epoch": trained.best_epoch,
        "epochs": len(trained.history),
        "ended": trained.ended,
        "seconds": round(trained.seconds, 1),
    }
    write_atomically(path, json.dumps({"run": _digest(identity), "result": result}, indent=2).encode())
    checkpoint.clear()
    return result


def _kept(path: Path, identity: Mapping[str, Any]) -> dict[str, Any] | None:
    """The figures of a training that is finished; None of one that is not."""
    try:
        said = json.loads(path.read_bytes())
        run, result = said["run"], dict(said["result"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path} cannot be read: {error}", "delete it; that training is then done again") from error
    if run != _digest(identity):
        what = f"{path} is of a training with other data, architecture or settings"
        raise UsageError(what, "give what it was begun with, or another --out")
    return result


def _digest(identity: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
