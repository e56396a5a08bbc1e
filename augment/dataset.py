"""The balanced training set for a training of one's own: `model.fit(dataset(...))`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import keras
import numpy as np

from schemas.emotion import NAMES
from workspace.augmented.render import render
from workspace.augmented.samples import Parents, check_current, samples
from workspace.faceset import read, soft_labels
from workspace.store import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class BalancedSet(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """Originals and samples in an order of each epoch's own.

    A sample is rendered when it is first asked for, by whichever of Keras' threads does, and kept: 2,304 bytes each.
    What a batch holds depends on workspace, seed, epoch and its number alone.
    """

    def __init__(self, path: Path, *, batch: int = 128, seed: int = 0, soft: bool = False, workers: int = 2) -> None:
        """Of a workspace that `augment balance` has balanced.

        Args:
            path: The workspace.
            batch: Faces in one step.
            seed: Of the order.
            soft: Whether the targets are the raters' distributions, where a face has one, and not its label.
            workers: Threads of Keras that make batches beforehand.

        Raises:
            WorkspaceError: It is not balanced, or its samples cannot be rendered with what is installed.
            InputError: Its training split is another than the one that was balanced.
        """
        super().__init__(workers=workers, use_multiprocessing=False, max_queue_size=8)
        workspace = Workspace.open(path)
        rows = samples(workspace)
        faces = read(path)
        shown = np.flatnonzero(check_current(workspace, faces) & (faces.split == "train"))
        place = {face_id: at for at, face_id in enumerate(faces.places)}
        of_samples = np.array([place[face_id] for face_id in rows["face_id"]], np.int64)
        chosen = np.concatenate([shown, of_samples])
        self._parents = Parents(workspace)
        self._parent_ids = rows["face_id"].tolist()
        self._recipes = rows["recipe"].tolist()
        self._originals = len(shown)
        self._pixels = np.zeros((len(chosen), *faces.pixels.shape[1:]), np.uint8)
        self._pixels[: len(shown)] = faces.pixels[shown]
        self._there = np.arange(len(chosen)) < len(shown)
        self._targets = (
            soft_labels(faces)[chosen] if soft else np.eye(len(NAMES), dtype=np.float32)[faces.labels[chosen]]
        )
        self._batch, self._seed, self._epoch = batch, seed, 0
        self._order = self._shuffled()

    def __len__(self) -> int:
        """Batches of an epoch; the last may be smaller."""
        return math.ceil(len(self._pixels) / self._batch)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Batch `index`: faces float32 `[B, 48, 48, 1]` of 0 to 255, targets float32 `[B, 7]`."""
        chosen = self._order[index * self._batch : (index + 1) * self._batch]
        for at in chosen[~self._there[chosen]]:
            number = at - self._originals
            crop, view = self._parents.crop(self._parent_ids[number])
            self._pixels[at] = render(crop, self._recipes[number], view)
            self._there[at] = True
        return self._pixels[chosen, ..., None].astype(np.float32), self._targets[chosen]

    def on_epoch_end(self) -> None:
        """Draws the next epoch's order."""
        self._epoch += 1
        self._order = self._shuffled()

    def _shuffled(self) -> NDArray[np.int64]:
        return np.random.default_rng([self._seed, self._epoch]).permutation(len(self._pixels))
