"""A network asked about labelled faces, and nothing reckoned from it yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evaluate.answers import answers
from evaluate.given import user_cache
from evaluate.model import open_model
from evaluate.run import choose
from schemas.emotion import NAMES
from schemas.errors import InputError
from workspace.console import progress
from workspace.faceset import FaceSet, read
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from evaluate.model import Model
    from evaluate.result import Answers
    from schemas.settings import PredictSettings

_BATCH = 1024


@dataclass(frozen=True)
class Said:
    """What a network says of labelled faces.

    Attributes:
        model: The network.
        split: train, validation, test or all: which faces were asked about.
        faces: Those of the split that bear a label the network knows.
        answers: What it says of each of them.
        everything: The faces of all splits.
        workspace: Where they come from, or None.
        cache: Folder of converted networks.
    """

    model: Model
    split: str
    faces: FaceSet
    answers: Answers
    everything: FaceSet
    workspace: Workspace | None
    cache: Path


def said(source: str, data: Path, wanted: str, settings: PredictSettings) -> Said:
    """Asks a network about labelled faces.

    Args:
        source: The network, as in `evaluate.model.open_model`.
        data: A workspace, FER-2013's file, or a folder with a folder for each class.
        wanted: train, validation, test, all, or auto: test where there is one, else validation, else all.
        settings: Of the network.

    Raises:
        InputError: The model or the faces cannot be used, or none bears a label that the network knows.
        UsageError: What must be known of the model and is not.
    """
    workspace = Workspace.open(data) if (data / "workspace.toml").is_file() else None
    everything = read(data)
    split, chosen = choose(everything, wanted)
    cache = user_cache() if workspace is None else workspace.path / "cache" / "models"
    model = open_model(source, chosen.pixels, settings, cache, chosen.labels)
    faces = chosen.where(np.isin(chosen.labels, [NAMES.index(name) for name in model.classes if name in NAMES]))
    if not len(faces):
        what = f"none of the {len(chosen):,} faces has a label among the network's classes"
        raise InputError(what, f"its classes are {', '.join(model.classes)}; give other faces, or correct its card")
    probabilities = _probabilities(model, faces)
    return Said(model, split, faces, answers(faces, probabilities, None, workspace), everything, workspace, cache)


def _probabilities(model: Model, faces: FaceSet) -> NDArray[np.float32]:
    batches = (faces.pixels[start : start + _BATCH] for start in range(0, len(faces), _BATCH))
    found: list[NDArray[np.float32]] = []

    def counted() -> Iterator[int]:
        for answer in model.batches(batches):
            found.append(answer)
            yield len(answer)

    for _ in progress(counted(), text="predicting", total=len(faces), unit="faces"):
        pass
    return np.concatenate(found)
