"""How a network is trained where its recipe is not the defaults; light, so that a call is checked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_PAPER = {
    "epochs": 120,
    "learning_rate": 0.01,
    "schedule": "plateau",
    "early_stopping": True,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "vote_share": 0.0,
    "mixup": 0.0,
    "rotation": 10.0,
    "zoom": 0.1,
    "shift": 3.0,
    "erasing": 0.0,
    "ema": 0.0,
}
"""What the paper says of its training: SGD at 0.01, decayed as it goes on; random transformations; stopping when
validation accuracy falls and validation loss rises. It gives no strengths of these: they are milder here than the
defaults, under which networks without normalisation learn slowly. What it does not say is left at the defaults."""

RECIPES: dict[str, Mapping[str, Any]] = {"paper": _PAPER, "lenet5": _PAPER}
"""Architecture -> settings of `fit` that differ from the defaults."""


def recipe(architecture: str) -> Mapping[str, Any]:
    """The settings that an architecture brings; none for one that trains by the defaults, as a user's own does."""
    return RECIPES.get(architecture, {})
