"""A network that `train` wrote, opened again and asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras
import numpy as np

from schemas import card as cards
from schemas.card import Input
from schemas.emotion import NAMES
from schemas.errors import InputError
from workspace.untrusted.archive import check_archive

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.card import ModelCard

_INPUT = Input(height=48, width=48, channels=1)
_FIX = f"give a network that `train` wrote: {', '.join(NAMES)}, of 48 × 48 grey levels from 0 to 255"
_MOST_BYTES = 2**30
"""That a file may unpack to; 250 million weights."""


@dataclass(frozen=True)
class Saved:
    """A network and what its card says.

    Attributes:
        path: Its file.
        model: The network; takes grey levels from 0 to 255.
        card: The card beside the file.
        sha256: Of the file.
    """

    path: Path
    model: keras.Model
    card: ModelCard
    sha256: str


def saved(path: Path) -> Saved:
    """Opens a network after a look at its file, which may be a stranger's: nothing in it is run.

    Args:
        path: A `.keras` file with its card beside it.

    Raises:
        InputError: File or card cannot be read or do not fit each other, or the network has other classes or inputs.
    """
    place = path.with_suffix(cards.SUFFIX)
    try:
        data = path.read_bytes()
        with place.open("rb") as file:
            card = cards.read(file.read(cards.MOST_BYTES + 1), str(place))
    except OSError as error:
        what = f"cannot read {error.filename}: {error.strerror}"
        raise InputError(what, "give a .keras file that `train` wrote, with its card beside it") from error
    sha256 = hashlib.sha256(data).hexdigest()
    if card.sha256 != sha256:
        raise InputError(f"{place} is not the card of this {path.name}: it names another SHA-256", "fetch both again")
    if card.classes != NAMES or card.input != _INPUT:
        what = f"{path} answers {', '.join(card.classes)} to pictures of {card.input.low:g} to {card.input.high:g}"
        raise InputError(what, _FIX)
    check_archive(path, _MOST_BYTES)
    model = keras.models.load_model(path, compile=False, safe_mode=True)
    if model.output_shape != (None, len(NAMES)) or model.input_shape[-1:] != (1,) or len(model.input_shape) != 4:
        raise InputError(f"{path} gives {model.output_shape} of {model.input_shape}", _FIX)
    return Saved(path, model, card, sha256)


def probabilities(model: keras.Model, pixels: NDArray[np.uint8], batch: int = 256) -> NDArray[np.float32]:
    """What a model says of faces, without a float copy of them all.

    Args:
        model: Takes [N, H, W, 1] of 0 to 255.
        pixels: uint8 [N, H, W].
        batch: Faces at once.

    Returns:
        float32 [N, 7].
    """
    parts = (pixels[start : start + batch, ..., None] for start in range(0, len(pixels), batch))
    return np.concatenate([np.asarray(model.predict_on_batch(part.astype(np.float32))) for part in parts])
