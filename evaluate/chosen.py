"""The labelled faces that networks are asked about, and what one says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evaluate.given import cache_of
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

AUTO = ("test", "validation")
"""Splits that are evaluated where none is named: the first that is there, else all faces."""
_BATCH = 1024


@dataclass(frozen=True)
class Chosen:
    """Faces of one split.

    Attributes:
        workspace: Where they come from, or None.
        everything: The faces of all splits.
        split: train, validation, test or all.
        faces: Those of the split.
    """

    workspace: Workspace | None
    everything: FaceSet
    split: str
    faces: FaceSet

    @property
    def cache(self) -> Path | None:
        """The workspace's folder of converted networks; None where the faces are in none."""
        return None if self.workspace is None else cache_of(self.workspace)


def chosen(data: Path, wanted: str) -> Chosen:
    """Reads the faces that are asked for.

    Args:
        data: A workspace, FER-2013's file, or a folder with a folder for each class.
        wanted: train, validation, test, all, or auto: test where there is one, else validation, else all.

    Raises:
        InputError: The faces cannot be read, or there is no such face.
    """
    workspace = Workspace.at(data)
    everything = read(data)
    return Chosen(workspace, everything, *choose(everything, wanted))


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
        wanted = auto(faces)
    return wanted, faces if wanted == "all" else faces.of(wanted)


def auto(faces: FaceSet) -> str:
    """The split that is evaluated where none is named: the first of `AUTO` that is there, else `all`."""
    return next((name for name in AUTO if (faces.split == name).any()), "all")


def known(model: Model, faces: FaceSet) -> NDArray[np.bool_]:
    """Whether a face's label is one of the network's classes, bool `[N]`."""
    found: NDArray[np.bool_] = np.isin(faces.labels, [NAMES.index(name) for name in model.classes if name in NAMES])
    return found


def some_known(model: Model, faces: FaceSet) -> NDArray[np.bool_]:
    """As `known`.

    Raises:
        InputError: No label is.
    """
    found = known(model, faces)
    if not found.any():
        what = f"none of the {len(faces):,} faces has a label among the network's classes"
        raise InputError(what, f"its classes are {', '.join(model.classes)}; give other faces, or correct its card")
    return found


def probabilities(model: Model, faces: FaceSet) -> NDArray[np.float32]:
    """What a network says of faces, float32 `[N, 7]`, with a progress bar."""
    batches = (faces.pixels[start : start + _BATCH] for start in range(0, len(faces), _BATCH))
    found: list[NDArray[np.float32]] = []

    def counted() -> Iterator[int]:
        for answer in model.batches(batches):
            found.append(answer)
            yield len(answer)

    for _ in progress(counted(), text="predicting", total=len(faces), unit="faces"):
        pass
    return np.concatenate(found)
