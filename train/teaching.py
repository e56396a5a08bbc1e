"""Teachers: what a student is asked for instead of labels alone.

Hinton, Vinyals and Dean, 'Distilling the knowledge in a neural network' (2015, arXiv:1503.02531), with the teachers
seeing the very pictures that the student sees, as Beyer et al., 'Knowledge distillation: a good teacher is patient and
consistent' (CVPR 2022), found to matter most.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from schemas.emotion import NAMES
from train.batches import WORKERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CLASSES = len(NAMES)


@dataclass(frozen=True)
class Teaching:
    """How a student is taught.

    Attributes:
        teachers: Networks that take what the student takes.
        temperature: T, at which all probabilities are softened: p^(1/T) / Σ p^(1/T).
        label_share: a, share of the loss that is against the labels.
    """

    teachers: Sequence[keras.Model]
    temperature: float
    label_share: float

    def batches(self, batches: keras.utils.PyDataset) -> keras.utils.PyDataset:
        """The same batches with the teachers' answers beside the targets: `[B, 14]`."""
        return _Taught(batches, self)

    def answers(self, faces: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean of the teachers' softened probabilities, float32 [B, 7], of faces [B, H, W, 1]."""
        said = [softened(np.asarray(teacher.predict_on_batch(faces)), self.temperature) for teacher in self.teachers]
        mean: NDArray[np.float32] = np.mean(said, axis=0)
        return mean

    def loss(self, wanted: Any, given: Any) -> Any:
        """(1 - a) T² KL(teachers ‖ student), both softened by T, + a cross-entropy against the targets; [B].

        T² keeps the gradients as large as at T = 1 (Hinton et al., section 2).
        """
        least = keras.config.epsilon()
        target, taught = wanted[:, :_CLASSES], wanted[:, _CLASSES:]
        logarithm = ops.log(ops.maximum(given, least))
        soft = ops.log_softmax(logarithm / self.temperature, axis=-1)
        apart = ops.sum(taught * (ops.log(ops.maximum(taught, least)) - soft), axis=-1)
        against_labels = -ops.sum(target * logarithm, axis=-1)
        return (1 - self.label_share) * self.temperature**2 * apart + self.label_share * against_labels


def accuracy(wanted: Any, given: Any) -> Any:
    """Whether the likeliest class is that of the targets, [B]; the teachers' answers beside them do not count."""
    return ops.cast(ops.equal(ops.argmax(wanted[:, :_CLASSES], -1), ops.argmax(given, -1)), "float32")


def softened(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities at a temperature: p^(1/T) / Σ p^(1/T), the softmax of the logits divided by T.

    >>> softened(np.array([[0.64, 0.32, 0.04]]), 2.0).round(3).tolist()
    [[0.511, 0.361, 0.128]]
    """
    raised = probabilities ** np.float32(1 / temperature)
    soft: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return soft


class _Taught(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Batches whose targets carry the teachers' answers."""

    def __init__(self, batches: keras.utils.PyDataset, teaching: Teaching) -> None:
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=8)
        self._batches = batches
        self._teaching = teaching
        self._one_at_a_time = Lock()  # Keras builds a model's predict function at its first call, unguarded

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        faces, wanted, weights = self._batches[index]
        with self._one_at_a_time:
            said = self._teaching.answers(faces)
        return faces, np.concatenate([wanted, said], axis=1), weights
