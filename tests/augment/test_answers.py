"""Networks that the audit may open, and those it may not."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from augment.answers import keras_answers
from schemas import card as cards
from schemas.card import Input, ModelCard
from schemas.emotion import NAMES
from schemas.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

CARD = ModelCard(classes=NAMES, input=Input(height=48, width=48, channels=1))


def write(folder: Path, data: bytes, card: ModelCard | None) -> Path:
    """A model file, and its card."""
    path = folder / "cnn.keras"
    path.write_bytes(data)
    if card:
        (folder / "cnn.card.json").write_bytes(cards.to_json(card))
    return path


def test_a_network_without_a_card_is_not_opened(tmp_path: Path) -> None:
    """A stranger's file may hold code."""
    with pytest.raises(InputError, match=r"cannot read .*cnn\.card\.json"):
        keras_answers(write(tmp_path, b"x", None))


@pytest.mark.parametrize("sha256", ["", "0" * 64])
def test_a_card_of_another_file_does_not_count(tmp_path: Path, sha256: str) -> None:
    """It must name this file's digest."""
    with pytest.raises(InputError, match="is not the card of this") as caught:
        keras_answers(write(tmp_path, b"x", dataclasses.replace(CARD, sha256=sha256)))
    assert "fetch both again" in caught.value.fix


def test_a_network_of_other_pictures(tmp_path: Path) -> None:
    """The audit shows 48×48 grey faces of 0 to 255."""
    card = dataclasses.replace(
        CARD, input=Input(height=64, width=64, channels=3), sha256=hashlib.sha256(b"x").hexdigest()
    )
    with pytest.raises(InputError, match="answers angry") as caught:
        keras_answers(write(tmp_path, b"x", card))
    assert "of 48 × 48 grey levels" in caught.value.fix


def test_answers_are_places_in_our_order(tmp_path: Path) -> None:
    """A network that calls bright faces angry, the first class, and dark ones neutral, the last."""
    import keras

    inputs = keras.Input((48, 48, 1))
    mean = keras.layers.GlobalAveragePooling2D()(inputs)
    dense = keras.layers.Dense(7, activation="softmax", name="out")
    model = keras.Model(inputs, dense(mean))
    weights = np.zeros((1, 7), np.float32)
    weights[0, 0] = 0.1
    bias = np.zeros(7, np.float32)
    bias[6] = 10
    dense.set_weights([weights, bias])
    path = tmp_path / "cnn.keras"
    model.save(path)
    card = dataclasses.replace(CARD, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    answer = keras_answers(write(tmp_path, path.read_bytes(), card))
    faces = np.stack([np.full((48, 48), level, np.uint8) for level in (250, 20)])
    assert [NAMES[number] for number in answer(faces)] == ["angry", "neutral"]
