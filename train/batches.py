"""What the network is shown: batches made on the fly from uint8 faces, and the targets that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from schemas.emotion import NAMES
from train.augmentation import augment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schemas.settings import FitSettings


def targets(
    labels: NDArray[np.integer[Any]], shares: NDArray[np.float32], settings: FitSettings
) -> NDArray[np.float32]:
    """The probability of each expression that the network is asked to give.

    (1 - s) ((1 - v) label + v shares) + s / 7 with s = `label_smoothing` and v = `vote_share`.

    Args:
        labels: FER-2013's class numbers, int [N].
        shares: The raters' distributions, float32 [N, 7]; the label itself for a face without.
        settings: For `label_smoothing` and `vote_share`.

    Returns:
        float32 [N, 7]; each row sums to 1.

    >>> from schemas.settings import FitSettings
    >>> shares = np.array([[0, 0, 0.5, 0, 0, 0.5, 0]], np.float32)
    >>> targets(np.array([2]), shares, FitSettings(vote_share=0.5, label_smoothing=0.0)).tolist()
    [[0.0, 0.0, 0.75, 0.0, 0.0, 0.25, 0.0]]
    """
    result = np.eye(len(NAMES), dtype=np.float32)[labels]
    result = (1 - settings.vote_share) * result + settings.vote_share * shares
    smoothed = (1 - settings.label_smoothing) * result + settings.label_smoothing / len(NAMES)
    return np.asarray(smoothed, dtype=np.float32)


WORKERS = 2
"""Threads that make batches beforehand. With one, Keras hands TensorFlow a data set that tunes itself. Its tuner wakes
after 10 ms, then after twice as long each time, up to a minute, and the end of an epoch was often seen to wait for that
(TensorFlow 2.21): epochs of 5.5, 58 and 110 seconds took 10.2, 82 and 142."""


@dataclass(frozen=True)
class Sample:
    """What is trained on.

    Attributes:
        pixels: Faces, uint8 [N, H, W].
        targets: float32 [N, 7].
        weights: float32 [N]; mean 1 over the training set.
    """

    pixels: NDArray[np.uint8]
    targets: NDArray[np.float32]
    weights: NDArray[np.float32]


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """One epoch of training: each batch depends on seed, epoch and its number alone, whoever makes it and when."""

    def __init__(self, sample: Sample, settings: FitSettings, epoch: int) -> None:
        """One epoch of a sample.

        Args:
            sample: What is trained on.
            settings: Batch size, augmentation, mixup and seed.
            epoch: Which epoch, from 0.
        """
        super().__init__(workers=WORKERS, use_multiprocessing=False, max_queue_size=8)
        self._sample = sample
        self._settings = settings
        self._epoch = epoch
        self._order = np.random.default_rng([settings.seed, epoch]).permutation(len(sample.pixels))

    def __len__(self) -> int:
        """Steps of an epoch; faces left over when the set is no multiple of the batch wait for the next order."""
        return max(1, len(self._order) // self._settings.batch)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Batch `index`: faces float32 [B, crop, crop, 1], targets [B, 7], weights [B]."""
        size = self._settings.batch
        chosen = self._order[index * size : (index + 1) * size]
        random = np.random.default_rng([self._settings.seed, self._epoch, index])
        faces = augment(self._sample.pixels[chosen], self._settings, random)
        wanted = self._sample.targets[chosen]
        if self._settings.mixup:
            share = np.float32(random.beta(self._settings.mixup, self._settings.mixup))
            faces = share * faces + (1 - share) * faces[::-1]
            wanted = share * wanted + (1 - share) * wanted[::-1]
        return faces, wanted, self._sample.weights[chosen]


def class_weights(labels: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """N / (7 n_c) of each class, scikit-learn's "balanced"; 0 for a class without a face.

    >>> [round(float(weight), 3) for weight in class_weights(np.array([0, 0, 0, 1]))][:2]
    [0.19, 0.571]
    """
    counts = np.bincount(labels, minlength=len(NAMES))
    return np.where(counts, len(labels) / (len(NAMES) * np.maximum(counts, 1)), 0).astype(np.float32)
