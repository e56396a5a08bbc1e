"""The state of a training between two epochs, on disk: whatever kills the process, the last finished epoch is whole."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.errors import InputError, UsageError
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

Arrays = list["NDArray[Any]"]


@dataclass
class State:
    """A training after some epochs.

    Attributes:
        epoch: Epochs that are finished.
        weights: The model's weights, in its own order.
        optimizer: The optimizer's variables: step, momenta, running means of the weights.
        best: The weights that are kept: those of the best epoch so far (running means, where they are used).
        rate_scale: What the plateau schedule has multiplied the rate by.
        history: A row an epoch.
    """

    epoch: int = 0
    weights: Arrays = field(default_factory=list)
    optimizer: Arrays = field(default_factory=list)
    best: Arrays = field(default_factory=list)
    rate_scale: float = 1.0
    history: list[dict[str, Any]] = field(default_factory=list)


class Checkpoint:
    """A folder that holds the last finished epoch of one training."""

    def __init__(self, folder: Path, run: Mapping[str, Any]) -> None:
        """The checkpoint of a run.

        Args:
            folder: Where it lies.
            run: All that decides the result: settings, architecture, digests of the data.
        """
        self.folder = folder
        self._run = hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()

    @property
    def exists(self) -> bool:
        """Whether an unfinished training lies there."""
        return self._file.exists()

    @property
    def _file(self) -> Path:
        return self.folder / "state.npz"

    def save(self, state: State) -> None:
        """Writes the state; the one before it stays until this one is on the disk.

        Raises:
            StorageError: The disk refused it.
        """
        groups = {"weights": state.weights, "optimizer": state.optimizer, "best": state.best}
        arrays: dict[str, Any] = {
            f"{name}_{index:04}": array for name, group in groups.items() for index, array in enumerate(group)
        }
        said = {"run": self._run, "epoch": state.epoch, "rate_scale": state.rate_scale, "history": state.history}
        file = io.BytesIO()
        arrays["said"] = np.frombuffer(json.dumps(said).encode(), dtype=np.uint8)
        np.savez(file, allow_pickle=False, **arrays)
        write_atomically(self._file, file.getvalue())

    def load(self) -> State:
        """Reads the state.

        Raises:
            UsageError: It is of another run: other settings, data or architecture.
            InputError: It cannot be read.
        """
        fix = f"give the same data, architecture and settings, or delete {self.folder} to start anew"
        try:
            with np.load(io.BytesIO(self._file.read_bytes()), allow_pickle=False) as file:
                said = json.loads(file["said"].tobytes())
                groups = {name: _group(file, name) for name in ("weights", "optimizer", "best")}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"the checkpoint {self._file} cannot be read: {error}", fix) from error
        if said["run"] != self._run:
            raise UsageError(f"the unfinished training in {self.folder} is another one than is asked for", fix)
        return State(epoch=said["epoch"], rate_scale=said["rate_scale"], history=said["history"], **groups)

    def clear(self) -> None:
        """Removes it, once the model is written."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _group(file: Mapping[str, NDArray[Any]], name: str) -> Arrays:
    names: Sequence[str] = sorted(entry for entry in file if entry.startswith(f"{name}_"))
    return [file[entry] for entry in names]
