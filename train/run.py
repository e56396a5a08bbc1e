"""`train fit`: from data on disk to a model and all that is written beside it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from schemas.errors import UsageError
from train.checkpoint import Checkpoint
from train.order import gather
from workspace.backend import load_keras
from workspace.console import note

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.settings import FitSettings
    from train.architectures import Architecture
    from train.fit import Trained
    from train.order import Data, Order


def run(order: Order, settings: FitSettings) -> dict[str, Any]:
    """Trains a network and writes it, its card and its pages.

    Args:
        order: What is asked for.
        settings: The recipe.

    Returns:
        What came of it, as plain values.

    Raises:
        UsageError: An unfinished training lies beside `out` and nobody said `--resume`.
        InputError: The data cannot be used.
        DivergedError: The loss became infinite or not a number in the first epoch.
        StorageError: The disk refused a file; one that was there before is whole.
    """
    if order.out.suffix != ".keras":
        raise UsageError(f"`{order.out.name}` is no name of a Keras file", "let --out end with .keras")
    data = gather(order)
    # Only now, when what a person may have got wrong has been read: Keras takes long to load on a small machine.
    load_keras()
    from train.architectures import architecture
    from train.outputs import Outcome, write

    network = architecture(order.architecture)
    checkpoint = Checkpoint(order.out.with_suffix(".checkpoint"), _identity(order, settings, data))
    if checkpoint.exists and not order.resume:
        raise UsageError(
            f"an unfinished training lies in {checkpoint.folder}",
            "add --resume to take it up, or delete that folder to start anew",
        )
    for check in data.checks:
        for sentence in check.sentences():
            note(f"note: {sentence}")
    note(f"{len(data.training.pixels):,} faces to learn from, {len(data.validation.pixels):,} to choose on")
    trained = _train(network, settings, data, checkpoint, order.start)
    outcome = Outcome(order, network, settings, data, trained)
    card, written = write(outcome)
    checkpoint.clear()
    return {
        "model": str(order.out),
        "architecture": network.name,
        "parameters": card.parameters,
        "epochs": len(trained.history),
        "best_epoch": trained.best_epoch,
        "ended": trained.ended,
        "seconds": round(trained.seconds, 1),
        "metrics": [
            {key: value for key, value in dataclasses.asdict(metric).items() if key not in ("confusion", "note")}
            for metric in card.metrics
        ],
        "written": [str(path) for path in written],
    }


def text(result: Mapping[str, Any]) -> str:
    """The result for people."""
    lines = [
        f"{metric['accuracy']:.2%} on {metric['set']} ({metric['n']:,} faces; 95 % interval {metric['low']:.2%} to "
        f"{metric['high']:.2%}{'; chosen on it' if metric['selected'] else ''})"
        for metric in result["metrics"]
    ]
    lines.append(
        f"{result['architecture']}, {result['parameters']:,} parameters: epoch {result['best_epoch']} of "
        f"{result['epochs']}, {result['seconds'] / 60:.1f} minutes; ended: {result['ended']}"
    )
    lines += [f"wrote {path}" for path in result["written"]]
    return "\n".join(lines)


def _identity(order: Order, settings: FitSettings, data: Data) -> dict[str, Any]:
    """All that decides the result of a training: a checkpoint of another is not taken up."""
    return {
        "architecture": order.architecture,
        "settings": dataclasses.asdict(settings),
        "data": [faces.sha256 for faces in data.sets],
        "keep_copies": order.keep_copies,
        "start": data.start_sha256,
    }


def _train(
    network: Architecture, settings: FitSettings, data: Data, checkpoint: Checkpoint, start: Path | None
) -> Trained:
    from tqdm import tqdm

    from train.fit import fit

    with tqdm(desc="training", unit=" steps", disable=None, dynamic_ncols=True, smoothing=0.02) as bar:

        def tell(done: int, total: int, row: Mapping[str, Any] | None) -> None:
            if bar.total is None:
                # What a checkpoint brought along took no time now.
                bar.total, bar.initial, bar.n = total, done - 1, done - 1
            bar.update(done - bar.n)
            if row:
                note(
                    f"epoch {row['epoch']}/{settings.epochs}: loss {row['loss']:.3f}, "
                    f"validation loss {row['validation_loss']:.3f}, accuracy {row['validation_accuracy']:.2%}"
                )

        return fit(
            network,
            data.training,
            data.validation,
            settings,
            checkpoint=checkpoint,
            start=start,
            tell=tell,
        )
