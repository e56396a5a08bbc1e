"""A workspace that `augment balance` has balanced, as training data."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from augment.balance import balance
from schemas.settings import BalanceSettings
from train.order import Order, gather

if TYPE_CHECKING:
    from workspace.store import Workspace

# The workspace of nine faces lies with the tests of the samples; folders of tests are no packages.
_PLACE = Path(__file__).parents[1] / "workspace" / "augmented" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("nine_faces", _PLACE)
assert _SPEC is not None
assert _SPEC.loader is not None
_NINE_FACES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_NINE_FACES)
faces = _NINE_FACES.faces


def test_training_has_the_samples_and_validation_none(faces: Workspace) -> None:
    """Seven originals and five samples, four of each class; one face to choose on."""
    balance(faces, BalanceSettings())
    data = gather(Order([faces.path], Path("cnn.keras"), "lenet5"))
    assert np.bincount(data.training.labels).tolist() == [0, 0, 4, 4, 4]
    assert len(data.validation.pixels) == 1
    assert list(data.samples) == [5]
    assert data.checks[0].faces == 9
    assert not [told for told in data.checks[0].sentences() if "equal" in told]


def test_samples_can_be_left_out(faces: Workspace) -> None:
    """So that a comparison needs no second workspace."""
    balance(faces, BalanceSettings())
    data = gather(Order([faces.path], Path("cnn.keras"), "lenet5", samples=False))
    assert np.bincount(data.training.labels).tolist() == [0, 0, 1, 4, 2]
    assert list(data.samples) == [0]
