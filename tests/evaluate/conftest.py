"""What the tests of `evaluate` share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluate.result import Answers
from evaluate.run import Call, Evaluation, measure
from schemas.emotion import EMOTIONS, FERPLUS_VOTES, NAMES
from schemas.settings import EvaluateSettings, PredictSettings
from workspace.faceset import FaceSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

TABLE_III = np.array(
    [
        [33, 0, 3, 0, 0, 1, 0],
        [5, 10, 0, 2, 3, 0, 2],
        [0, 0, 22, 0, 1, 13, 2],
        [1, 0, 1, 134, 0, 0, 5],
        [0, 0, 2, 1, 20, 0, 7],
        [0, 0, 1, 2, 0, 39, 1],
        [1, 0, 2, 2, 1, 0, 79],
    ]
)
"""Majeed, Naeem and Saeed, Table III: labels down, predictions across, in FER-2013's order."""


@pytest.fixture
def table_iii() -> NDArray[np.int64]:
    """The published confusion matrix of 396 natural-state faces."""
    return TABLE_III.astype(np.int64)


@pytest.fixture
def answers_of() -> Callable[..., Answers]:
    """Makes the answers that a confusion matrix counts."""

    def make(matrix: NDArray[np.int64], confidence: float = 0.9, **given: Any) -> Answers:
        count = len(matrix)
        labels = np.repeat(np.repeat(np.arange(count), count), matrix.ravel())
        predicted = np.repeat(np.tile(np.arange(count), count), matrix.ravel())
        probabilities = np.full((len(labels), count), (1 - confidence) / (count - 1))
        probabilities[np.arange(len(labels)), predicted] = confidence
        names = tuple(f"face-{at:03}" for at in range(len(labels)))
        return Answers(
            NAMES[:count], names, labels, probabilities, given.pop("groups", np.arange(len(labels))), **given
        )

    return make


class Planted:
    """A network whose answers are known beforehand: what `evaluate.model.Model` offers, without a file."""

    name = "planted@0123456789ab"
    sha256 = "0123456789ab" + "0" * 52
    engine = "onnxruntime"
    card = None

    def __init__(
        self, answers: dict[bytes, NDArray[np.float32]], classes: tuple[str, ...] = NAMES, notes: tuple[str, ...] = ()
    ) -> None:
        self.answers = answers
        self.classes = classes
        self.notes = notes

    def batches(self, batches: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """The answers on each batch."""
        for batch in batches:
            yield np.stack([self.answers[face.tobytes()] for face in batch])


@pytest.fixture
def face_set() -> Callable[..., FaceSet]:
    """Makes labelled faces, no two of them alike."""

    def make(labels: list[int], split: str | list[str] = "test", **given: Any) -> FaceSet:
        count = len(labels)
        pixels = np.random.default_rng(0).integers(0, 256, (count, 48, 48), dtype=np.uint8)
        return FaceSet(
            pixels=given.get("pixels", pixels),
            labels=np.array(labels, np.int8),
            split=np.array([split] * count if isinstance(split, str) else split),
            votes=given.get("votes"),
            probabilities=given.get("probabilities"),
            places=given.get("places", [f"faces.csv:{at + 2}" for at in range(count)]),
            groups=given.get("groups", np.arange(count, dtype=np.int64)),
            source="faces.csv",
            form="csv",
            sha256="f" * 64,
            left_out=given.get("left_out", {}),
        )

    return make


@pytest.fixture
def planted() -> Callable[..., Planted]:
    """Makes a network that gives faces the named answers, each with the confidence 0.9."""

    def make(faces: FaceSet, said: list[int], **given: Any) -> Planted:
        sure = np.full((len(said), 7), 0.1 / 6, np.float32)
        sure[np.arange(len(said)), said] = 0.9
        return Planted({face.tobytes(): row for face, row in zip(faces.pixels, sure, strict=True)}, **given)

    return make


@pytest.fixture
def call() -> Call:
    """A call of `evaluate run` with few resamples."""
    return Call(
        "models/planted.keras",
        Path("faces.csv"),
        "auto",
        EvaluateSettings(resamples=100, robustness_faces=0),
        PredictSettings(),
    )


@pytest.fixture
def evaluation(
    face_set: Callable[..., FaceSet], planted: Callable[..., Planted], call: Call, table_iii: NDArray[np.int64]
) -> Evaluation:
    """Table III as an evaluation; ten votes a face, all for its label."""
    labels = np.repeat(np.repeat(np.arange(7), 7), table_iii.ravel()).tolist()
    said = np.repeat(np.tile(np.arange(7), 7), table_iii.ravel()).tolist()
    votes = np.zeros((len(labels), 10), np.uint8)
    for at, label in enumerate(labels):
        votes[at, FERPLUS_VOTES.index(EMOTIONS[label].ferplus)] = 10
    faces = face_set(labels, votes=votes)
    return measure(call, planted(faces, said), faces, "test", None)
