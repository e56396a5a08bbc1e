"""What a network says of faces, as far as the audit needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workspace.backend import load_keras

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

Answers = Callable[["NDArray[np.uint8]"], "NDArray[np.intp]"]
"""Faces uint8 `[N, 48, 48]` -> the likeliest expression of each, a place in `schemas.emotion.NAMES`, int `[N]`."""


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
    from workspace.saved import probabilities, saved

    model = saved(path).model
    return lambda faces: probabilities(model, faces).argmax(axis=1)
