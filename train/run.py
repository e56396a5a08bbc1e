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
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from schemas.settings import FitSettings
    from train.architectures import Architecture
    from train.fit import Trained
    from train.order import Data, Faces, Order
    from train.teaching import Teaching
    from workspace.saved import Saved


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
    teachers, teaching = _teachers(order, settings)
    checkpoint = Checkpoint(order.out.with_suffix(".checkpoint"), _identity(order, settings, data, teachers))
    if checkpoint.exists and not order.resume:
        raise UsageError(
            f"an unfinished training lies in {checkpoint.folder}",
            "add --resume to take it up, or delete that folder to start anew",
        )
    for check in data.checks:
        for sentence in check.sentences():
            note(f"note: {sentence}")
    note(f"{len(data.training.pixels):,} faces to learn from, {len(data.validation.pixels):,} to choose on")
    taught_by = _measured(teachers, data.validation)
    trained = watched(
        network,
        data.training,
        data.validation,
        settings,
        checkpoint=checkpoint,
        start=order.start,
        teaching=teaching,
    )
    if order.whole and trained.ended == "stopped":
        raise KeyboardInterrupt
    outcome = Outcome(order, network, settings, data, trained, teachers)
    card, written = write(outcome)
    checkpoint.clear()
    return {
        **({"teachers": taught_by} if taught_by else {}),
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
    lines += [_said(metric) for metric in result.get("teachers", [])]
    lines += [f"wrote {path}" for path in result["written"]]
    return "\n".join(lines)


def _said(teacher: Mapping[str, Any]) -> str:
    return f"{teacher['teacher']}: {teacher['accuracy']:.2%} on the same faces"


def _teachers(order: Order, settings: FitSettings) -> tuple[Sequence[Saved], Teaching | None]:
    """The networks that teach, and how; none and nothing for a training by labels alone."""
    if order.distil is None:
        return (), None
    from train.teaching import Teaching
    from workspace.saved import saved

    if settings.logit_adjustment:
        what = "teachers' answers are learnt as they are: --logit-adjustment has nothing to add to"
        raise UsageError(what, "leave it at 0; give it to the teachers' own training")
    teachers = [saved(path) for path in order.teachers]
    for teacher in teachers:
        side = teacher.model.input_shape[1]
        if side not in (None, settings.crop):
            what = f"{teacher.path} takes {side} × {side} pixels, the student sees crops of {settings.crop}"
            raise UsageError(what, f"give --crop {side}, or teachers that take any size")
    models = [teacher.model for teacher in teachers]
    return teachers, Teaching(models, order.distil.temperature, order.distil.label_share)


def _measured(teachers: Sequence[Saved], validation: Faces) -> list[dict[str, Any]]:
    """How the teachers do on the validation faces, each and together."""
    if not teachers:
        return []
    import numpy as np

    from workspace.saved import probabilities

    said = [probabilities(teacher.model, validation.pixels) for teacher in teachers]
    named = [*zip((teacher.path.name for teacher in teachers), said, strict=True)]
    named += [("all teachers together", np.mean(said, axis=0))] if len(teachers) > 1 else []
    found = [
        {"teacher": name, "accuracy": float((answers.argmax(axis=1) == validation.labels).mean())}
        for name, answers in named
    ]
    for row in found:
        note(_said(row))
    return found


def _identity(order: Order, settings: FitSettings, data: Data, teachers: Sequence[Saved]) -> dict[str, Any]:
    """All that decides the result of a training: a checkpoint of another is not taken up."""
    taught = {}
    if order.distil is not None:
        taught = {"teachers": [one.sha256 for one in teachers], "distil": dataclasses.asdict(order.distil)}
    return {
        **taught,
        "architecture": order.architecture,
        "settings": dataclasses.asdict(settings),
        "data": [faces.sha256 for faces in data.sets],
        "keep_copies": order.keep_copies,
        "start": data.start_sha256,
    }


def watched(  # noqa: PLR0913 - as `fit`
    network: Architecture,
    training: Faces,
    validation: Faces,
    settings: FitSettings,
    *,
    checkpoint: Checkpoint,
    start: Path | None = None,
    teaching: Teaching | None = None,
    watch: Callable[[Mapping[str, Any]], None] | None = None,
) -> Trained:
    """`train.fit.fit` with a progress bar and a line an epoch; `watch` is given each epoch's row too."""
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
                if watch:
                    watch(row)

        return fit(
            network,
            training,
            validation,
            settings,
            checkpoint=checkpoint,
            start=start,
            teaching=teaching,
            tell=tell,
        )
