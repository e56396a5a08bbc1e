"""The network that is asked about faces: its file is checked at once, and opened when there is the first face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evaluate.first_look import ENOUGH
from evaluate.given import given
from evaluate.model import open_model
from schemas.emotion import NAMES
from schemas.errors import UsageError
from workspace.console import note

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evaluate.model import Model
    from schemas.settings import PredictSettings


class Network:
    """A network of which only faces show how exactly it is computed.

    Attributes:
        name: What it is called.
        notes: What whoever reads its answers must know; none before it has seen a face.
    """

    def __init__(self, source: str, settings: PredictSettings) -> None:
        """Checks the model file without opening it.

        Args:
            source: As in `evaluate.model.open_model`.
            settings: As there.

        Raises:
            InputError: The file holds no model, or its card is damaged.
            UsageError: int8, which takes its ranges from many faces.
            MissingPartError: `pretrained` is not there.
        """
        if settings.arithmetic == "int8":
            what = "int8 takes its ranges from hundreds of faces, and a photograph has few"
            raise UsageError(what, "leave --arithmetic at float32 for photographs and videos")
        self.name = given(source, settings).name
        self.notes: tuple[str, ...] = ()
        self._source, self._settings = source, settings
        self._model: Model | None = None

    def probabilities(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What it says of faces.

        Args:
            crops: uint8 `[N, 48, 48]`; N may be 0.

        Returns:
            float32 `[N, 7]` in the order of `schemas.emotion.NAMES`.

        Raises:
            InputError: The file is not what mien opens, or gives what are no probabilities.
            UsageError: Scaling or order of the labels are not known.
        """
        if not len(crops):
            return np.zeros((0, len(NAMES)), np.float32)
        if self._model is None:
            self._model = open_model(self._source, _sample(crops), self._settings)
            self.notes = self._model.notes
            for text in self.notes:
                note(text)
        return self._model.predict(crops)


def _sample(crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Faces to hold the converted network against Keras on: shifted ones where there are few.

    With fewer than `ENOUGH` the next photograph with more faces would have it converted anew.
    """
    turns = -(-ENOUGH // len(crops))
    return np.concatenate([np.roll(crops, (shift, -shift), axis=(1, 2)) for shift in range(turns)])
