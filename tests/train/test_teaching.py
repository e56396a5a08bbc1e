"""A student learns what its teachers answer."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from schemas import card as cards
from schemas.errors import InputError, UsageError
from schemas.settings import DistilSettings, FitSettings
from train.architectures import Architecture
from train.checkpoint import Checkpoint
from train.fit import fit
from train.order import Faces, Order
from train.run import run, text
from train.teaching import Teaching
from workspace.saved import probabilities

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

RECIPE = FitSettings(epochs=12, batch=16, learning_rate=0.05, crop=48, rotation=0.0, zoom=0.0, shift=0.0, mirror=False)
PLAIN = dataclasses.replace(RECIPE, brightness_change=0.0, contrast_change=0.0, ema=0.0)


def student(shape: tuple[int | None, int | None, int]) -> keras.Model:
    """Rows and their brightness are all it sees."""
    inputs = keras.Input(shape)
    x = keras.layers.Rescaling(1 / 64, offset=-2)(inputs)
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D((3, 48))(x))
    return keras.Model(inputs, keras.layers.Dense(7, activation="softmax")(x))


def planted(shift: int) -> keras.Model:
    """A teacher that sees which of eight bands of six rows is brightest, and answers its number plus `shift`."""
    inputs = keras.Input((48, 48, 1))
    bands = keras.layers.Flatten()(keras.layers.AveragePooling2D((6, 48))(keras.layers.Rescaling(1 / 16)(inputs)))
    answers = keras.layers.Dense(7, activation="softmax", use_bias=False)
    model = keras.Model(inputs, answers(bands))
    kernel = np.zeros((8, 7), np.float32)
    kernel[np.arange(7), (np.arange(7) + shift) % 7] = 1
    answers.set_weights([kernel])
    return model


def faces_of(seed: int, count: int) -> Faces:
    """Noise with a bright band; labels by chance, so that they teach nothing."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 120, (count, 48, 48), dtype=np.uint8)
    for number, face in enumerate(pixels):
        band = number % 7
        face[6 * band : 6 * band + 6] = 255
    labels = random.integers(0, 7, count)
    return Faces(pixels, labels, np.eye(7, dtype=np.float32)[labels])


STUDENT = Architecture("student", student, "for tests")


def test_a_student_converges_to_its_teacher() -> None:
    """It answers as a teacher that is planted, wrong by three classes, whatever the labels say."""
    teacher, tested = planted(3), faces_of(2, 70)
    trained = fit(STUDENT, faces_of(1, 210), tested, PLAIN, teaching=Teaching([teacher], 2.0, 0.0))
    # The epoch is chosen by the labels, which say nothing: what the last one gave is looked at by the loss.
    said, taught = probabilities(trained.model, tested.pixels), probabilities(teacher, tested.pixels)
    assert (said.argmax(1) == taught.argmax(1)).mean() > 0.9
    assert trained.history[-1]["loss"] < 0.2 * trained.history[0]["loss"]


def test_labels_alone_teach_nothing_here() -> None:
    """The twin of the test above: without the teacher the same student does not answer as it."""
    tested = faces_of(2, 70)
    trained = fit(STUDENT, faces_of(1, 210), tested, PLAIN)
    taught = probabilities(planted(3), tested.pixels)
    assert (probabilities(trained.model, tested.pixels).argmax(1) == taught.argmax(1)).mean() < 0.5


def test_teachers_answer_together() -> None:
    """Two teachers that say one class each, at T = 1: half and half."""
    face = np.zeros((1, 48, 48, 1), np.float32)
    face[0, :6] = 255
    said = Teaching([planted(0), planted(2)], 1.0, 0.0).answers(face)
    assert said.round(3).tolist() == [[0.5, 0, 0.5, 0, 0, 0, 0]]


def test_loss_by_hand() -> None:
    """Teachers half and half on two classes, a student that knows nothing: KL = ln 3.5, cross-entropy ln 7."""
    wanted = keras.ops.array([[1.0, 0, 0, 0, 0, 0, 0, 0.5, 0.5, 0, 0, 0, 0, 0]], "float32")
    given = keras.ops.full((1, 7), 1 / 7)
    found = Teaching([], 2.0, 0.25).loss(wanted, given)
    assert float(found[0]) == pytest.approx(0.75 * 4 * math.log(3.5) + 0.25 * math.log(7), rel=1e-5)


def test_taught_and_resumed_is_as_never_interrupted(tmp_path: Path) -> None:
    """Killed in the second epoch: the same weights to the bit."""
    few, recipe = faces_of(1, 70), dataclasses.replace(RECIPE, epochs=3)
    teaching = Teaching([planted(1)], 2.0, 0.5)
    checkpoint = Checkpoint(tmp_path / "run", {})

    def kill(done: int, total: int, row: Any) -> None:
        if done == 6:
            raise SystemExit

    with pytest.raises(SystemExit):
        fit(STUDENT, few, few, recipe, checkpoint=checkpoint, teaching=teaching, tell=kill)
    resumed = fit(STUDENT, few, few, recipe, checkpoint=checkpoint, teaching=teaching)
    whole = fit(STUDENT, few, few, recipe, teaching=teaching)
    weights = zip(resumed.model.get_weights(), whole.model.get_weights(), strict=True)
    assert all((one == other).all() for one, other in weights)


@pytest.fixture(scope="module")
def teacher(striped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A teacher that `train fit` wrote."""
    out = tmp_path_factory.mktemp("teacher") / "teacher.keras"
    run(Order([striped], out, "lenet5"), dataclasses.replace(RECIPE, epochs=1))
    return out


def test_distil_from_files_to_files(teacher: Path, striped: Path, tmp_path: Path) -> None:
    """Teachers' digests stand in the card, their accuracies in the result, the command says both."""
    recipe = dataclasses.replace(RECIPE, epochs=1)
    order = Order(
        [striped], tmp_path / "student.keras", "lenet5", teachers=[teacher, teacher], distil=DistilSettings(4.0, 0.2)
    )
    result = run(order, recipe)
    card = cards.read((tmp_path / "student.card.json").read_bytes(), "")
    assert hashlib.sha256(teacher.read_bytes()).hexdigest() in card.protocol.note
    assert card.settings["temperature"] == 4.0
    assert card.command.startswith("train distil --teacher teacher.keras --teacher teacher.keras --data fer2013.csv")
    assert "--temperature 4.0 --label-share 0.2" in card.command
    assert [row["teacher"] for row in result["teachers"]] == ["teacher.keras"] * 2 + ["all teachers together"]
    assert len({row["accuracy"] for row in result["teachers"]}) == 1
    assert "all teachers together" in text(result)


@pytest.mark.parametrize("kind", ["missing", "no card", "other classes", "another's card", "no weights"])
def test_a_teacher_that_does_not_fit(kind: str, teacher: Path, striped: Path, tmp_path: Path) -> None:
    """Said before the first epoch, with what to give."""
    path, place = tmp_path / "odd.keras", tmp_path / "odd.card.json"
    card = cards.read(teacher.with_suffix(".card.json").read_bytes(), "")
    if kind != "missing":
        path.write_bytes(b"no zip" if kind == "no weights" else teacher.read_bytes())
    if kind == "other classes":
        card = dataclasses.replace(card, classes=(*card.classes, "contempt"), metrics=())
    if kind == "another's card":
        card = dataclasses.replace(card, sha256="0" * 64)
    if kind == "no weights":
        card = dataclasses.replace(card, sha256="")
    if kind != "no card":
        place.write_bytes(cards.to_json(card))
    order = Order([striped], tmp_path / "s.keras", "lenet5", teachers=[path], distil=DistilSettings())
    with pytest.raises(InputError) as caught:
        run(order, RECIPE)
    assert caught.value.fix
    assert not (tmp_path / "s.keras").exists()


def test_a_teacher_of_whole_faces_and_crops(teacher: Path, striped: Path, tmp_path: Path) -> None:
    """LeNet-5 takes 48 × 48: a student that sees 40 × 40 cannot be taught by it."""
    order = Order([striped], tmp_path / "s.keras", "vgg-compact@0.1", teachers=[teacher], distil=DistilSettings())
    with pytest.raises(UsageError, match="crops of 40") as caught:
        run(order, dataclasses.replace(RECIPE, crop=40))
    assert "--crop 48" in caught.value.fix
