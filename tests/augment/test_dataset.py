"""A balanced workspace as a Keras data set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from augment.balance import balance
from schemas.errors import WorkspaceError
from schemas.settings import BalanceSettings
from workspace.augmented.samples import with_samples
from workspace.faceset import read

if TYPE_CHECKING:
    from workspace.store import Workspace


def test_it_gives_the_same_samples_as_a_training_reads(faces: Workspace) -> None:
    """All twelve faces of training, each once an epoch, in another order each time; never one of another split."""
    from augment.dataset import BalancedSet

    balance(faces, BalanceSettings(policy="strong"))
    learnt = with_samples(faces.path, read(faces.path)).of("train")
    wanted = sorted(pixels.tobytes() for pixels in learnt.pixels)
    dataset = BalancedSet(faces.path, batch=5, seed=3)
    assert len(dataset) == 3
    orders = []
    for _ in range(2):
        batches = [dataset[at] for at in range(len(dataset))]
        shown = np.concatenate([batch for batch, _ in batches])
        assert shown.shape == (12, 48, 48, 1)
        assert sorted(face.astype(np.uint8).tobytes() for face in shown) == wanted
        assert np.concatenate([targets for _, targets in batches]).sum(axis=0).tolist() == [0, 0, 4, 4, 4, 0, 0]
        orders.append(shown.tobytes())
        dataset.on_epoch_end()
    assert orders[0] != orders[1]
    again = BalancedSet(faces.path, batch=5, seed=3)
    late = np.concatenate([again[at][0] for at in (2, 1, 0)][::-1])
    assert late.tobytes() == orders[0]


def test_a_workspace_that_is_not_balanced(faces: Workspace) -> None:
    """The command that does it is named."""
    from augment.dataset import BalancedSet

    with pytest.raises(WorkspaceError, match="is not balanced") as caught:
        BalancedSet(faces.path)
    assert caught.value.fix == "run `augment balance`"
