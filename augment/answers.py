"""What a network says of faces, as far as the audit needs it: networks of mien's own, known by their card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from schemas import card as cards
from schemas.emotion import NAMES
from schemas.errors import InputError
from workspace.backend import load_keras

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Answers = Callable[["NDArray[np.uint8]"], "NDArray[np.intp]"]
"""Faces uint8 `[N, 48, 48]` -> the likeliest expression of each, a place in `schemas.emotion.NAMES`, int `[N]`."""

_BATCH = 256


def keras_answers(path: Path) -> Answers:
    """Opens a `.keras` file that `train` wrote.

    A Keras file may hold code. So it is opened only where a card lies beside it that names its SHA-256, in Keras' safe
    mode; a stranger's network is for `evaluate`, which looks into the file first.

    Args:
        path: The network, 48×48 grey in, seven expressions out.

    Returns:
        A function of faces.

    Raises:
        InputError: It has no such card, or takes other pictures.
        MissingPartError: Keras is not installed.
    """
    place = path.with_suffix(cards.SUFFIX)
    try:
        data, told = path.read_bytes(), place.read_bytes()
    except OSError as error:
        what = f"{error.filename} cannot be read: {error.strerror}"
        raise InputError(what, "give a .keras file that `train` wrote, with its card beside it") from error
    card = cards.read(told, str(place))
    if path.suffix != ".keras" or card.sha256 != hashlib.sha256(data).hexdigest():
        what = f"{path} is not the file that its card {place.name} describes"
        raise InputError(what, "give a .keras file as `train` wrote it; no other is opened, since it may hold code")
    shape = (card.input.height, card.input.width, card.input.channels)
    if shape != (48, 48, 1) or set(NAMES) - set(card.classes):
        raise InputError(f"{path} takes {shape} or lacks a class", "give a network of 48×48 grey faces and all seven")
    load_keras()
    import keras

    model = keras.models.load_model(path, compile=False, safe_mode=True)
    columns = [card.classes.index(name) for name in NAMES]
    scale = (card.input.high - card.input.low) / 255

    def answer(faces: NDArray[np.uint8]) -> NDArray[np.intp]:
        parts = [
            np.asarray(
                model.predict_on_batch(faces[at : at + _BATCH, ..., None].astype(np.float32) * scale + card.input.low)
            )
            for at in range(0, len(faces), _BATCH)
        ]
        return np.asarray(np.argmax(np.concatenate(parts)[:, columns], axis=1))

    return answer
