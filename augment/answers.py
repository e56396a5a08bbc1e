"""What a network says of faces, as far as the audit needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from workspace.backend import load_keras

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Answers = Callable[["NDArray[np.uint8]"], "NDArray[np.intp]"]
"""Faces uint8 `[N, 48, 48]` -> the likeliest expression of each, a place in `schemas.emotion.NAMES`, int `[N]`."""

_BATCH = 256


def keras_answers(path: Path) -> Answers:
    """Opens a `.keras` file that `train` wrote; a stranger's network is for `evaluate`, which opens all kinds.

    Args:
        path: The network, its card beside it.

    Returns:
        A function of faces.

    Raises:
        InputError: It has no such card, or takes other pictures.
        MissingPartError: Keras is not installed.
    """
    load_keras()
    from workspace.saved import saved

    model = saved(path).model

    def answer(faces: NDArray[np.uint8]) -> NDArray[np.intp]:
        parts = [
            np.asarray(model.predict_on_batch(faces[at : at + _BATCH, ..., None].astype(np.float32)))
            for at in range(0, len(faces), _BATCH)
        ]
        return np.asarray(np.argmax(np.concatenate(parts), axis=1))

    return answer
