"""What a training is asked for, and what it reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.errors import InputError
from workspace.faceset import check, copies_of_training, read, soft_labels, without_copies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.settings import DistilSettings
    from workspace.faceset import FaceSet, Report


@dataclass(frozen=True)
class Faces:
    """Labelled faces that a training reads.

    Attributes:
        pixels: uint8 [N, H, W].
        labels: FER-2013's class numbers, int [N].
        shares: The raters' distributions, float32 [N, 7]; the label itself for a face without.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.integer[Any]]
    shares: NDArray[np.float32]


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
        samples: Whether a workspace that `augment balance` has balanced is learnt from as balanced.
        whole: Whether a training that is stopped (Ctrl-C) leaves a checkpoint alone, not a network.
        teachers: Networks whose answers are learnt beside the labels.
        distil: How they teach; None without teachers.
    """

    data: Sequence[Path]
    out: Path
    architecture: str
    votes: Path | None = None
    keep_copies: bool = False
    resume: bool = False
    start: Path | None = None
    samples: bool = True
    whole: bool = False
    teachers: Sequence[Path] = ()
    distil: DistilSettings | None = None


@dataclass(frozen=True)
class Data:
    """What a training reads, and what a report must say of it.

    Attributes:
        sets: Each source as it is.
        checks: What was found in each.
        training: Faces learnt from.
        validation: Faces chosen on.
        copied: bool [N]: which validation faces are copies of a training face, learnt from or dropped.
        dropped: Training faces left out as copies, for each source.
        samples: Samples of `augment balance` among the faces of each source.
        start_sha256: Of the file whose weights are started from; empty without.
    """

    sets: Sequence[FaceSet]
    checks: Sequence[Report]
    training: Faces
    validation: Faces
    copied: NDArray[np.bool_]
    dropped: Sequence[int]
    samples: Sequence[int]
    start_sha256: str = ""


def gather(order: Order) -> Data:
    """Reads all data and puts them together.

    Raises:
        InputError: A source cannot be read, or one of the sets is empty.
    """
    found = [read(path, None if place else order.votes) for place, path in enumerate(order.data)]
    sets = [_balanced(path, faces) if order.samples else faces for path, faces in zip(order.data, found, strict=True)]
    kept = [faces if order.keep_copies else without_copies(faces, *sets) for faces in sets]
    if len(sets) == 1:
        training, validation = ([kept[0].of(split)] for split in ("train", "validation"))
    else:
        training, validation = (
            [faces.where(faces.split == split) for faces in kept] for split in ("train", "validation")
        )
    return Data(
        sets=sets,
        checks=[check(faces) for faces in found],
        training=_together(training),
        validation=_together(validation),
        copied=np.concatenate([copies_of_training(faces, *sets)[faces.split == "validation"] for faces in sets]),
        dropped=[len(before) - len(after) for before, after in zip(sets, kept, strict=True)],
        samples=[len(set(faces.places) - set(before.places)) for faces, before in zip(sets, found, strict=True)],
        start_sha256=_sha256(order.start) if order.start else "",
    )


def _balanced(path: Path, faces: FaceSet) -> FaceSet:
    """A workspace's faces with the samples that `augment balance` has planned; any other source as it is."""
    if faces.form != "workspace":
        return faces
    from workspace.augmented.samples import with_samples

    return with_samples(path, faces)


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "give the .keras file to start from") from error


def _together(parts: Sequence[FaceSet]) -> Faces:
    labels = np.concatenate([part.labels for part in parts]).astype(np.int64)
    shares = np.concatenate([soft_labels(part) for part in parts])
    # One source, the usual case, is not copied.
    pixels = parts[0].pixels if len(parts) == 1 else np.concatenate([part.pixels for part in parts])
    return Faces(pixels, labels, shares)
