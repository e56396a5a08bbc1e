"""A network that `train` wrote, opened again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schemas import card as cards
from schemas.card import Input
from schemas.emotion import NAMES
from schemas.errors import InputError
from train.architectures import architecture
from train.batches import probabilities
from train.network import load_weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import keras
    from numpy.typing import NDArray

    from schemas.card import ModelCard

_INPUT = Input(height=48, width=48, channels=1)


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


def saved(path: Path, *, whole_faces: bool = False) -> Saved:
    """Opens a network: the architecture that its card names is built and given the file's weights.

    Nothing but the weights is read, so the file can run nothing.

    Args:
        path: A `.keras` file with its card beside it.
        whole_faces: Build it for 48×48 alone, even where it takes any size.

    Raises:
        InputError: File or card cannot be read or do not fit each other, or the network has other classes or inputs.
        UsageError: Nobody knows the architecture.
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
    if card.sha256 and card.sha256 != sha256:
        raise InputError(f"{place} is the card of another file than {path.name}", "fetch both again")
    if card.classes != NAMES or card.input != _INPUT:
        what = f"{path} answers {', '.join(card.classes)} to pictures of {card.input.low:g} to {card.input.high:g}"
        fix = f"give a network that `train` wrote: {', '.join(NAMES)}, of 48 × 48 grey levels from 0 to 255"
        raise InputError(what, fix)
    entry = architecture(card.architecture)
    model = entry.build((None if entry.any_size and not whole_faces else 48,) * 2 + (1,))
    load_weights(model, path, entry)
    return Saved(path, model, card, sha256)


def ensemble(models: Sequence[keras.Model], pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The mean of several networks' probabilities.

    Args:
        models: At least one.
        pixels: uint8 [N, 48, 48].

    Returns:
        float32 [N, 7].
    """
    mean: NDArray[np.float32] = np.mean([probabilities(model, pixels) for model in models], axis=0)
    return mean
