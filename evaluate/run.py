"""An evaluation from end to end: faces, answers, figures."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.answers import answers
from evaluate.assess import assess
from evaluate.protocol import protocol
from evaluate.remarks import remarks
from evaluate.robustness import robustness
from schemas.emotion import NAMES
from schemas.errors import InputError
from workspace.console import progress
from workspace.faceset import FaceSet, copies_of_training, read
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from evaluate.model import Model
    from evaluate.result import Answers, Result
    from schemas.settings import EvaluateSettings, PredictSettings

_BATCH = 1024
AUTO = ("test", "validation")
"""Splits that are evaluated where none is named: the first that is there, else all faces."""


@dataclass(frozen=True)
class Call:
    """What is to be evaluated.

    Attributes:
        model: A file, or `pretrained`.
        data: A workspace, FER-2013's file, or a folder with a folder for each class.
        split: train, validation, test, all, or auto: test where there is one, else validation, else all.
        settings: Of the figures.
        predict: Of the network.
    """

    model: str
    data: Path
    split: str
    settings: EvaluateSettings
    predict: PredictSettings


@dataclass(frozen=True)
class Evaluation:
    """All that report, tables and App are made of.

    Attributes:
        name: What the network is called.
        result: The figures.
        answers: What the network said of each face; `result.confusions` has places in it.
        pixels: uint8 `[N, 48, 48]`, the faces as the network saw them.
        workspace: Where they come from, or None; the names of the answers are its face_ids then.
        protocol: What the figures rest on.
    """

    name: str
    result: Result
    answers: Answers
    pixels: NDArray[np.uint8]
    workspace: Workspace | None
    protocol: dict[str, Any]


def run(call: Call) -> Evaluation:
    """Evaluates a network on labelled faces.

    Args:
        call: What on what.

    Raises:
        InputError: The model or the faces cannot be used, or there is no labelled face.
        UsageError: What must be known of the model and is not.
    """
    from evaluate.model import open_model

    workspace = Workspace.open(call.data) if (call.data / "workspace.toml").is_file() else None
    faces = read(call.data)
    split, chosen = choose(faces, call.split)
    cache = None if workspace is None else workspace.path / "cache" / "models"
    model = open_model(call.model, chosen.pixels, call.predict, cache, chosen.labels)
    return measure(call, model, faces, split, workspace)


def measure(call: Call, model: Model, faces: FaceSet, split: str, workspace: Workspace | None) -> Evaluation:
    """Evaluates an open network.

    Args:
        call: What was asked for.
        model: The network.
        faces: All splits together.
        split: The one to be evaluated, or `all`.
        workspace: Where the faces come from, or None.

    Raises:
        InputError: No face bears a label that the network knows.
    """
    _, chosen = choose(faces, split)
    known = _known(model, chosen)
    if not known.any():
        what = f"none of the {len(chosen):,} faces has a label among the network's classes"
        raise InputError(what, f"its classes are {', '.join(model.classes)}; give other faces, or correct its card")
    measured = chosen.where(known)
    leaked = copies_of_training(faces)[faces.split == split][known] if split in AUTO else None
    said = answers(measured, _predict(model, measured), leaked, workspace)
    result = assess(said, call.settings, _validation(model, faces, split, workspace))
    unknown = {name: int((chosen.labels == at).sum()) for at, name in enumerate(NAMES) if at in chosen.labels[~known]}
    result = dataclasses.replace(
        result,
        robustness=robustness(model, measured.pixels, said.labels, said.groups, call.settings.robustness_faces),
        left_out={**faces.left_out, **{f"label {name}, unknown to the network": n for name, n in unknown.items()}},
        remarks=tuple(remarks(result, split, model.classes, unknown, call.settings.small_slice)),
    )
    return Evaluation(
        model.name, result, said, measured.pixels, workspace, protocol(call, faces, split, model, workspace)
    )


def choose(faces: FaceSet, wanted: str) -> tuple[str, FaceSet]:
    """The split that is evaluated, by name, and its faces.

    Args:
        faces: All splits together.
        wanted: train, validation, test, all or auto.

    Raises:
        InputError: There is no such face.
    """
    if not len(faces):
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in faces.left_out.items())
        what = f"{faces.source} has no labelled face{f' ({reasons})' if reasons else ''}"
        raise InputError(what, "label some with `annotate push`, or ingest a list that declares labels")
    if wanted == "auto":
        wanted = next((name for name in AUTO if (faces.split == name).any()), "all")
    return wanted, faces if wanted == "all" else faces.of(wanted)


def _known(model: Model, faces: FaceSet) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = np.isin(faces.labels, [NAMES.index(name) for name in model.classes if name in NAMES])
    return known


def _predict(model: Model, faces: FaceSet) -> NDArray[np.float32]:
    batches = (faces.pixels[start : start + _BATCH] for start in range(0, len(faces), _BATCH))
    found: list[NDArray[np.float32]] = []

    def counted() -> Iterator[int]:
        for answer in model.batches(batches):
            found.append(answer)
            yield len(answer)

    for _ in progress(counted(), text="predicting", total=len(faces), unit="faces"):
        pass
    return np.concatenate(found)


def _validation(model: Model, faces: FaceSet, split: str, workspace: Workspace | None) -> Answers | None:
    """Answers on the validation split, to fit a temperature on; None where it is not there, or is what is evaluated."""
    if split != "test" or not (faces.split == "validation").any():
        return None
    others = faces.of("validation")
    others = others.where(_known(model, others))
    return answers(others, _predict(model, others), None, workspace) if len(others) else None
