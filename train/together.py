"""`train curves`: several runs in one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas import card as cards
from schemas.errors import InputError
from train import history
from train.curves import Curve, curves
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_BYTES = 10_000_000
"""Largest history that is read; a row has some 100 bytes."""


def together(models: Sequence[Path], out: Path) -> dict[str, Any]:
    """Draws the histories that lie beside models into one picture.

    Args:
        models: Model files; each is known by its name, its history and its card lie beside it. The card marks the
            kept epoch, and may be missing. The model file itself is not opened.
        out: Where the PNG goes.

    Returns:
        The file, and for each run its name, epochs, kept epoch and that epoch's validation accuracy.

    Raises:
        InputError: A history is missing, or one file or another is no history or no card.
        StorageError: The disk refused the picture.
    """
    runs = [_run(model) for model in models]
    write_atomically(out, curves(runs))
    return {"written": str(out), "runs": [_facts(run) for run in runs]}


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    lines = [
        f"{run['name']}: {run['epochs']} epochs"
        + (f", {100 * run['accuracy']:.1f} % after epoch {run['best_epoch']}" if run["accuracy"] is not None else "")
        for run in result["runs"]
    ]
    return "\n".join([*lines, f"wrote {result['written']}"])


def _run(model: Path) -> Curve:
    path = model.with_suffix(".history.csv")
    rows = history.read(_bytes(path, MOST_BYTES), str(path))
    place = model.with_suffix(cards.SUFFIX)
    best = cards.read(_bytes(place, cards.MOST_BYTES), str(place)).best_epoch if place.exists() else None
    return Curve(model.stem, rows, best)


def _bytes(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror or error}"
        raise InputError(what, "give models by name, as cnn.keras; what `train` wrote must lie beside them") from error
    if len(data) > most:
        raise InputError(f"{path} has more than {most:,} bytes", "it is no file that `train` wrote")
    return data


def _facts(run: Curve) -> dict[str, Any]:
    accuracy = next((row["validation_accuracy"] for row in run.history if row["epoch"] == run.best), None)
    return {"name": run.name, "epochs": len(run.history), "best_epoch": run.best, "accuracy": accuracy}
