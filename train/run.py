"""`train fit`: from data on disk to a model and all that is written beside it."""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.errors import UsageError
from train.architectures import architecture
from train.batches import shares_of_votes
from train.checkpoint import Checkpoint
from train.fit import Faces, fit
from workspace.console import note
from workspace.faceset import copies_of_training, read, without_copies
from workspace.files import disk_errors, write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras
    from numpy.typing import NDArray

    from schemas.settings import FitSettings
    from train.architectures import Architecture
    from train.fit import Trained
    from workspace.faceset import FaceSet


@dataclass(frozen=True)
class Order:
    """What `train fit` is asked for.

    Attributes:
        data: FER-2013 files, folders by class, workspaces; all together are one set.
        out: Where the model goes; its neighbours are named after it.
        architecture: Name of one of `ARCHITECTURES`, or `module:function`.
        votes: FER+'s CSV, joined to the first data by row; None without.
        keep_copies: Whether training faces that also stand in validation or test are learnt from.
        resume: Whether an unfinished training is taken up.
        start: A model of the same architecture to start from; None for random weights.
    """

    data: Sequence[Path]
    out: Path
    architecture: str
    votes: Path | None = None
    keep_copies: bool = False
    resume: bool = False
    start: Path | None = None


@dataclass(frozen=True)
class Data:
    """What a training reads, and what a report must say of it.

    Attributes:
        sets: Each source as it is.
        training: Faces learnt from.
        validation: Faces chosen on.
        copied: bool [N]: which validation faces are copies of a training face, kept or dropped.
        dropped: Training faces left out as copies, for each source.
    """

    sets: list[FaceSet]
    training: Faces
    validation: Faces
    copied: NDArray[np.bool_]
    dropped: list[int]


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
        StorageError: The disk refused a file; one that was there before is whole.
    """
    if order.out.suffix != ".keras":
        raise UsageError(f"`{order.out.name}` is no name of a Keras file", "let --out end with .keras")
    network = architecture(order.architecture)
    data = gather(order)
    said = {
        "architecture": order.architecture,
        "settings": dataclasses.asdict(settings),
        "data": [faces.sha256 for faces in data.sets],
        "keep_copies": order.keep_copies,
        "start": str(order.start or ""),
    }
    checkpoint = Checkpoint(order.out.with_suffix(".checkpoint"), said)
    if checkpoint.exists and not order.resume:
        raise UsageError(
            f"an unfinished training lies in {checkpoint.folder}",
            "add --resume to take it up, or delete that folder to start anew",
        )
    note(f"{len(data.training.pixels):,} faces to learn from, {len(data.validation.pixels):,} to choose on")
    trained = _train(network, settings, data, checkpoint)
    write_atomically(order.out, model_bytes(trained.model))
    checkpoint.clear()
    return {"model": str(order.out), "best_epoch": trained.best_epoch}


def gather(order: Order) -> Data:
    """Reads all data and puts them together.

    Raises:
        InputError: A source cannot be read, or one of the sets is empty.
    """
    sets = [read(path) for path in order.data]
    kept = [faces if order.keep_copies else without_copies(faces) for faces in sets]
    validation = [faces.where(faces.split == "validation") for faces in kept]
    return Data(
        sets=sets,
        training=_together([faces.where(faces.split == "train") for faces in kept]),
        validation=_together(validation),
        copied=np.concatenate([copies_of_training(faces)[faces.split == "validation"] for faces in sets]),
        dropped=[len(before) - len(after) for before, after in zip(sets, kept, strict=True)],
    )


def _together(parts: Sequence[FaceSet]) -> Faces:
    shares = [_shares(part) for part in parts]
    if len(parts) == 1:
        return Faces(parts[0].pixels, parts[0].labels.astype(np.int64), shares[0])
    filled = [
        np.full((len(part), 7), np.nan, np.float32) if share is None else share
        for part, share in zip(parts, shares, strict=True)
    ]
    return Faces(
        np.concatenate([part.pixels for part in parts]),
        np.concatenate([part.labels for part in parts]).astype(np.int64),
        np.concatenate(filled) if any(share is not None for share in shares) else None,
    )


def _shares(faces: FaceSet) -> NDArray[np.float32] | None:
    if faces.probabilities is not None:
        return faces.probabilities
    return None if faces.votes is None else shares_of_votes(faces.votes)


def _train(network: Architecture, settings: FitSettings, data: Data, checkpoint: Checkpoint) -> Trained:
    from tqdm import tqdm

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
            tell=tell,
        )


def model_bytes(model: keras.Model) -> bytes:
    """A model as the bytes of a `.keras` file, without any optimiser's state."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        with disk_errors(path):
            model.save(path)
        return path.read_bytes()
