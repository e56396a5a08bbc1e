"""When the learning rate falls and when training ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from schemas.settings import FitSettings
    from train.checkpoint import State

PLATEAU_EPOCHS = 5
"""Epochs without a lower validation loss after which the plateau schedule lowers the rate."""
PLATEAU_FACTOR = 1 / 3
STOP_EPOCHS = 12
"""Epochs without a better validation accuracy or loss after which training stops early."""


def rate(settings: FitSettings, epoch: float) -> float:
    """The learning rate after so many epochs, parts of one included; the plateau's lowering comes on top.

    >>> from schemas.settings import FitSettings
    >>> recipe = FitSettings(epochs=10, learning_rate=0.2, warmup=1.0)
    >>> [round(rate(recipe, epoch), 4) for epoch in (0, 0.5, 5, 10)]
    [0.0, 0.0994, 0.1, 0.0]
    """
    now = settings.learning_rate * min(1.0, epoch / settings.warmup if settings.warmup else 1.0)
    if settings.schedule == "cosine":
        now *= (1 + math.cos(math.pi * epoch / settings.epochs)) / 2
    return now


def plateau(state: State) -> bool:
    """Whether the validation loss has not fallen since `PLATEAU_EPOCHS` epochs, and no lowering came since then."""
    losses = [row["validation_loss"] for row in state.history]
    lowered = max((row["epoch"] for row in state.history if row.get("lowered")), default=0)
    stale = len(losses) - 1 - int(np.argmin(losses)) >= PLATEAU_EPOCHS and state.epoch - lowered >= PLATEAU_EPOCHS
    if stale:
        state.history[-1]["lowered"] = True
    return stale


def stale(history: list[dict[str, Any]]) -> bool:
    """Whether neither validation accuracy has risen nor validation loss fallen for `STOP_EPOCHS` epochs."""
    if len(history) <= STOP_EPOCHS:
        return False
    best = int(np.argmax([row["validation_accuracy"] for row in history]))
    lowest = int(np.argmin([row["validation_loss"] for row in history]))
    return len(history) - 1 - max(best, lowest) >= STOP_EPOCHS
