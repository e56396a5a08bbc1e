"""What is written beside a model: its card for machines and for people, its history, curves, samples and page."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import platform
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from schemas import card as cards
from schemas.card import Input, Metric, ModelCard, Protocol, Source
from schemas.emotion import FER2013_COUNTS, NAMES
from train import history
from train.augmentation import augment
from train.cost import multiply_adds, parameters
from train.curves import Curve, curves
from train.measures import measure
from train.model_card import model_card
from train.page import Check, page
from train.recipes import recipe
from train.samples import samples, sheet
from train.sources import licence
from workspace.faceset import SPLITS
from workspace.files import disk_errors, write_atomically
from workspace.lineage import VERSION
from workspace.saved import probabilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from schemas.settings import DistilSettings, FitSettings
    from train.architectures import Architecture
    from train.fit import Trained
    from train.order import Data, Order
    from workspace.faceset import Report
    from workspace.saved import Saved

_FER2013 = "FER-2013"


@dataclass(frozen=True)
class Outcome:
    """A training and what came of it.

    Attributes:
        order: What was asked for.
        network: The architecture.
        settings: The recipe.
        data: What was read.
        trained: The best network and how it came about.
        teachers: Networks that taught it.
    """

    order: Order
    network: Architecture
    settings: FitSettings
    data: Data
    trained: Trained
    teachers: Sequence[Saved] = ()


def write(outcome: Outcome) -> tuple[ModelCard, list[Path]]:
    """Writes the model and its neighbours, each whole or not at all.

    Args:
        outcome: Of the training.

    Returns:
        The card, and the files in the order they were written: the model first.

    Raises:
        StorageError: The disk refused one; what was there before under that name is whole.
    """
    out = outcome.order.out
    model = model_bytes(outcome.trained.model)
    card = _card(outcome, hashlib.sha256(model).hexdigest())
    rows = outcome.trained.history
    training = outcome.data.training
    drawn = samples(
        training.pixels,
        training.labels,
        NAMES,
        lambda pixels, random: augment(pixels, outcome.settings, random),
        outcome.settings.seed,
    )
    files = {
        out: model,
        out.with_suffix(cards.SUFFIX): cards.to_json(card),
        out.with_suffix(".md"): model_card(card),
        out.with_suffix(".history.csv"): history.to_csv(rows),
        out.with_suffix(".curves.png"): curves([Curve(out.stem, rows, card.best_epoch)]),
        out.with_suffix(".samples.png"): sheet(drawn),
        out.with_suffix(".html"): page(card, rows, _checks(outcome.data), drawn),
    }
    for path, content in files.items():
        write_atomically(path, content)
    return card, list(files)


def model_bytes(model: keras.Model) -> bytes:
    """A model as the bytes of a `.keras` file, without any optimiser's state."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        with disk_errors(path):
            model.save(path)
        return path.read_bytes()


def _card(outcome: Outcome, sha256: str) -> ModelCard:
    data, order, trained = outcome.data, outcome.order, outcome.trained
    sources = _sources(data, order)
    fixed = outcome.network.build((48, 48, 1))
    return ModelCard(
        name=order.out.stem,
        architecture=outcome.network.name,
        classes=NAMES,
        input=Input(height=48, width=48, channels=1),
        parameters=parameters(fixed),
        multiply_adds=multiply_adds(fixed),
        settings=dataclasses.asdict(outcome.settings) | (dataclasses.asdict(order.distil) if order.distil else {}),
        seed=outcome.settings.seed,
        epochs=len(trained.history),
        best_epoch=trained.best_epoch,
        command=_command(outcome),
        data=sources,
        protocol=Protocol(
            selection=selection(data),
            copies="learnt from (--keep-copies)"
            if order.keep_copies
            else "training faces that are equal to a validation or test face in every pixel were left out of training",
            splits="train is learnt from, validation chooses the epoch, test is not looked at",
            note="; ".join(_notes(outcome)),
        ),
        versions=versions(),
        metrics=tuple(metrics(probabilities(trained.model, data.validation.pixels), data)),
        licence=licence(dict.fromkeys(source.source for source in sources)),
        sha256=sha256,
    )


def versions(*libraries: str) -> dict[str, str]:
    """Of mien, Python, Keras with its backend, numpy, and of further libraries."""
    return {
        "mien": VERSION,
        "python": platform.python_version(),
        "backend": keras.backend.backend(),
        **{name: importlib.metadata.version(name) for name in ("keras", "numpy", _backend(), *libraries)},
    }


def _notes(outcome: Outcome) -> Iterator[str]:
    data, order = outcome.data, outcome.order
    for teacher in outcome.teachers:
        yield f"taught by {teacher.path.name} ({teacher.card.architecture}), SHA-256 {teacher.sha256}"
    if order.start:
        yield f"started from the weights of {order.start.name}, SHA-256 {data.start_sha256}"
    for faces, count in zip(data.sets, data.samples, strict=True):
        if count:
            yield f"{count:,} rows of {faces.source} are samples that `augment balance` made of its training faces"


def _backend() -> str:
    return {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}[keras.backend.backend()]


def metrics(said: NDArray[np.float32], data: Data) -> list[Metric]:
    """How answers to the validation faces fit the labels, those of faces without copy in training, and the votes."""
    labels, name, fresh = data.validation.labels, selection(data), ~data.copied
    found = [measure(name, said, labels, selected=True)]
    if not fresh.all() and fresh.any():
        found.append(measure(f"{name} without copies", said[fresh], labels[fresh], selected=True))
    taggers = data.validation.shares.argmax(axis=1)
    if (taggers != labels).any():
        found.append(measure(f"{name} by its votes", said, taggers, selected=True))
    return found


def selection(data: Data) -> str:
    """What the validation split is called: FER-2013's is PublicTest."""
    return "PublicTest" if all(_is_fer2013(report) for report in data.checks) else "validation"


def _is_fer2013(report: Report) -> bool:
    """Whether each split has exactly the published number of faces of each class."""
    usages = dict(zip(SPLITS, FER2013_COUNTS.values(), strict=True))
    return all(
        tuple(classes.get(name, 0) for name in NAMES) == usages[split] for split, classes in report.classes.items()
    )


def _sources(data: Data, order: Order) -> tuple[Source, ...]:
    found = []
    for faces, report, dropped in zip(data.sets, data.checks, data.dropped, strict=True):
        name = _FER2013 if _is_fer2013(report) else "mien workspace" if faces.form == "workspace" else faces.source
        left_out = {**faces.left_out, **({"equal to a validation or test face": dropped} if dropped else {})}
        found.append(Source(source=name, file=faces.source, sha256=faces.sha256, rows=len(faces), dropped=left_out))
        if faces.votes is not None and name == _FER2013:
            file = order.votes.name if order.votes and faces is data.sets[0] else faces.source
            found.append(Source(source="FER+", file=file, rows=int(faces.votes.any(axis=1).sum())))
    return tuple(found)


def _command(outcome: Outcome) -> str:
    """The command that gives this model again, with names of files in place of paths."""
    order = outcome.order
    taught = [word for path in order.teachers for word in ("--teacher", path.name)]
    parts = [
        "train",
        *(["distil", *taught] if order.distil else []),
        *(word for path in order.data for word in ("--data", path.name)),
        "--out",
        order.out.name,
    ]
    parts += ["--architecture", order.architecture]
    parts += ["--votes", order.votes.name] if order.votes else []
    parts += ["--from", order.start.name] if order.start else []
    parts += ["--keep-copies"] if order.keep_copies else []
    parts += [] if order.samples else ["--without-samples"]
    parts += _flags(outcome.settings, {**_defaults(outcome.settings), **recipe(outcome.network.name)})
    parts += _flags(order.distil, _defaults(order.distil)) if order.distil else []
    return shlex.join(parts)


def _flags(settings: FitSettings | DistilSettings, usual: Mapping[str, Any]) -> Iterator[str]:
    for name, value in dataclasses.asdict(settings).items():
        if value != usual[name]:
            flag = name.replace("_", "-")
            yield from [f"--{'' if value else 'no-'}{flag}"] if isinstance(value, bool) else [f"--{flag}", str(value)]


def _defaults(settings: FitSettings | DistilSettings) -> dict[str, Any]:
    return {item.name: item.default for item in dataclasses.fields(settings)}


def _checks(data: Data) -> Sequence[Check]:
    checks = []
    for faces, report in zip(data.sets, data.checks, strict=True):
        sentences = report.sentences()
        checks += [Check(faces.source, sentence, fine=False) for sentence in sentences]
        if not sentences:
            checks.append(Check(faces.source, "counts, copies, labels and pixels are in order"))
    return checks
