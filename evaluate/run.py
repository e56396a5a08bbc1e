"""An evaluation from end to end: faces, answers, figures."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluate.answers import answers
from evaluate.assess import assess
from evaluate.chosen import AUTO, choose, chosen, known, probabilities, some_known
from evaluate.protocol import protocol
from evaluate.remarks import remarks
from evaluate.robustness import robustness
from schemas.emotion import NAMES
from workspace.faceset import FaceSet, copies_of_training

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from evaluate.model import Model
    from evaluate.result import Answers, Result
    from schemas.settings import EvaluateSettings, PredictSettings
    from workspace.store import Workspace


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

    asked = chosen(call.data, call.split)
    model = open_model(call.model, asked.faces.pixels, call.predict, asked.cache, asked.faces.labels)
    return measure(call, model, asked.everything, asked.split, asked.workspace)


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
    _, asked = choose(faces, split)
    fit = some_known(model, asked)
    measured = asked.where(fit)
    leaked = copies_of_training(faces)[faces.split == split][fit] if split in AUTO else None
    said = answers(measured, probabilities(model, measured), leaked, workspace)
    result = assess(said, call.settings, _validation(model, faces, split, workspace))
    unknown = {name: int((asked.labels == at).sum()) for at, name in enumerate(NAMES) if at in asked.labels[~fit]}
    result = dataclasses.replace(
        result,
        robustness=robustness(model, measured.pixels, said.labels, said.groups, call.settings.robustness_faces),
        left_out={**faces.left_out, **{f"label {name}, unknown to the network": n for name, n in unknown.items()}},
        remarks=tuple(remarks(result, split, model.classes, unknown, call.settings.small_slice)),
    )
    return Evaluation(
        model.name, result, said, measured.pixels, workspace, protocol(call, faces, split, model, workspace)
    )


def _validation(model: Model, faces: FaceSet, split: str, workspace: Workspace | None) -> Answers | None:
    """Answers on the validation split, to fit a temperature on; None where it is not there, or is what is evaluated."""
    if split != "test" or not (faces.split == "validation").any():
        return None
    others = faces.of("validation")
    others = others.where(known(model, others))
    return answers(others, probabilities(model, others), None, workspace) if len(others) else None
