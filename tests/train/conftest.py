"""A finished run, made by hand."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from schemas.card import Input, Metric, ModelCard, Protocol, Source
from schemas.emotion import NAMES
from train.checkpoint import Checkpoint
from train.page import Check
from train.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLE_III = (
    (33, 0, 3, 0, 0, 1, 0),
    (5, 10, 0, 2, 3, 0, 2),
    (0, 0, 22, 0, 1, 13, 2),
    (1, 0, 1, 134, 0, 0, 5),
    (0, 0, 2, 1, 20, 0, 7),
    (0, 0, 1, 2, 0, 39, 1),
    (1, 0, 2, 2, 1, 0, 79),
)
"""The paper's confusion matrix of its natural set."""
HOSTILE = "<img src=x onerror=alert(1)>'\"&{{7*7}}|`[a](javascript:b)\u202e\udcff"
"""A text that tries to be markup, to end an attribute, to be a template, to turn the text round, and is no UTF-8."""


@dataclass
class Run:
    """What artefacts are made from."""

    card: ModelCard
    history: list[dict[str, Any]]
    checks: list[Check]
    samples: list[Sample]


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """Lets a training end with KeyboardInterrupt once so many epochs are saved; gives the list of all that are."""

    def planned(after: int) -> list[int]:
        saves: list[int] = []
        save = Checkpoint.save

        def save_or_end(self: Checkpoint, state: Any) -> None:
            save(self, state)
            saves.append(state.epoch)
            if len(saves) == after:
                raise KeyboardInterrupt

        monkeypatch.setattr(Checkpoint, "save", save_or_end)
        return saves

    return planned


@pytest.fixture
def run() -> Run:
    """A run of four epochs whose validation answers are the paper's Table III."""
    metric = Metric(
        set="PublicTest", n=396, accuracy=337 / 396, low=0.8126, high=0.8827, selected=True, confusion=TABLE_III
    )
    card = ModelCard(
        name="cnn",
        architecture="paper",
        classes=NAMES,
        input=Input(height=48, width=48, channels=1),
        parameters=8_779_047,
        multiply_adds=73_038_848,
        settings={"learning_rate": 0.01},
        seed=1,
        epochs=4,
        best_epoch=3,
        command="train --data fer2013.csv --out cnn.keras",
        data=(Source(source="FER-2013", file="fer2013.csv", sha256="a" * 64, rows=35_887, dropped={"copies": 12}),),
        protocol=Protocol(selection="the epoch, on PublicTest"),
        versions={"keras": "3.15.0"},
        metrics=(metric,),
        licence="For research use.",
    )
    history = [
        {
            "epoch": epoch,
            "rate": 0.01,
            "loss": 2.0 / epoch,
            "accuracy": 0.2 * epoch,
            "validation_loss": 2.2 / epoch,
            "validation_accuracy": 0.15 * epoch,
            "seconds": 60.0,
        }
        for epoch in range(1, 5)
    ]
    faces = np.arange(48 * 48, dtype=np.uint16).reshape(48, 48).astype(np.uint8)
    samples = [Sample(name, faces, np.stack([faces] * 6)) for name in NAMES]
    return Run(card, history, [Check("constant pictures", "12", fine=False, places=("fer2013.csv:17",))], samples)


@pytest.fixture
def hostile(run: Run) -> Run:
    """The same run, with a stranger's text wherever a card and the checks hold text."""
    card = dataclasses.replace(
        run.card,
        name=HOSTILE,
        architecture=HOSTILE,
        settings={HOSTILE: HOSTILE},
        command=HOSTILE,
        data=(Source(source=HOSTILE, file=HOSTILE, dropped={HOSTILE: 3}),),
        protocol=Protocol(selection=HOSTILE, copies=HOSTILE, splits=HOSTILE, note=HOSTILE),
        versions={HOSTILE: HOSTILE},
        metrics=(dataclasses.replace(run.card.metrics[0], set=HOSTILE, note=HOSTILE),),
        licence=HOSTILE,
    )
    return Run(card, run.history, [Check(HOSTILE, HOSTILE, places=(HOSTILE,))], run.samples)


@pytest.fixture(scope="session")
def striped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """FER-2013's CSV of noise with a stripe whose place is the class: 70 faces of Training, 28 of PublicTest.

    The last five of Training are the first five again.
    """
    random = np.random.default_rng(5)
    labels = np.arange(98) % 7
    faces = random.integers(0, 120, (98, 48, 48))
    for face, label in zip(faces, labels, strict=True):
        face[6 * label + 3 : 6 * label + 6] = 255
    faces[65:70], labels[65:70] = faces[:5], labels[:5]
    rows = [
        f"{label},{' '.join(map(str, face.ravel()))},{'Training' if row < 70 else 'PublicTest'}"
        for row, (face, label) in enumerate(zip(faces, labels, strict=True))
    ]
    path = tmp_path_factory.mktemp("striped") / "fer2013.csv"
    path.write_text("\n".join(["emotion,pixels,Usage", *rows]) + "\n")
    return path
