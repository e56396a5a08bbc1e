"""A network asked about labelled faces, and nothing reckoned from it yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluate.answers import answers
from evaluate.chosen import chosen, probabilities, some_known
from evaluate.given import user_cache
from evaluate.model import open_model

if TYPE_CHECKING:
    from pathlib import Path

    from evaluate.model import Model
    from evaluate.result import Answers
    from schemas.settings import PredictSettings
    from workspace.faceset import FaceSet
    from workspace.store import Workspace


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
    asked = chosen(data, wanted)
    cache = asked.cache or user_cache()
    model = open_model(source, asked.faces.pixels, settings, cache, asked.faces.labels)
    faces = asked.faces.where(some_known(model, asked.faces))
    given = answers(faces, probabilities(model, faces), None, asked.workspace)
    return Said(model, asked.split, faces, given, asked.everything, asked.workspace, cache)
