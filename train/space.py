"""What `train tune` may search, and between which values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.errors import UsageError
from schemas.settings import unknown

if TYPE_CHECKING:
    from optuna.trial import Trial

WIDTH = "width"
"""What the architecture's widths are multiplied by; all else are settings of `fit`."""


@dataclass(frozen=True)
class Span:
    """A number between two.

    Attributes:
        low: Least.
        high: Most.
        log: Whether its logarithm is drawn evenly.
    """

    low: float
    high: float
    log: bool = False

    def suggest(self, trial: Trial, name: str) -> float:
        """The value a trial tries."""
        return trial.suggest_float(name, self.low, self.high, log=self.log)

    @property
    def grid(self) -> tuple[float, ...]:
        """Both ends and the middle.

        >>> [round(value, 4) for value in Span(0.01, 0.25, log=True).grid], Span(0.0, 0.2).grid
        ([0.01, 0.05, 0.25], (0.0, 0.1, 0.2))
        """
        middle = math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2
        return (self.low, middle, self.high)


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    grid: tuple[float | int, ...]

    def suggest(self, trial: Trial, name: str) -> Any:
        """The value a trial tries."""
        return trial.suggest_categorical(name, self.grid)


SPACE: dict[str, Span | Choice] = {
    "learning_rate": Span(0.01, 0.3, log=True),
    "weight_decay": Span(1e-5, 2e-3, log=True),
    "label_smoothing": Span(0.0, 0.2),
    "mixup": Span(0.0, 0.4),
    "erasing": Span(0.0, 0.5),
    "rotation": Span(0.0, 20.0),
    "zoom": Span(0.0, 0.3),
    "vote_share": Span(0.0, 1.0),
    "crop": Choice((40, 44, 48)),
    "batch": Choice((64, 128, 256)),
    "ema": Choice((0.0, 0.99, 0.998)),
    WIDTH: Choice((0.5, 0.75, 1.0, 1.25, 1.5)),
}
"""Name -> values. The spans hold the defaults and what the recipes for FER-2013 that we know of use."""


def space(searched: str, *, scalable: bool, any_size: bool) -> dict[str, Span | Choice]:
    """The quantities that are named, by commas, in the order of `SPACE`.

    Args:
        searched: Their names.
        scalable: Whether the architecture's widths can be multiplied; `width` is left out where not.
        any_size: Whether it takes crops; `crop` is left out where not.

    Raises:
        UsageError: A name is unknown, or none is left.

    >>> list(space("width, rotation", scalable=False, any_size=True))
    ['rotation']
    """
    names = {name.strip() for name in searched.split(",") if name.strip()}
    for name in sorted(names):
        if name not in SPACE:
            raise unknown("quantity to search", name, SPACE)
    names -= set() if scalable else {WIDTH}
    names -= set() if any_size else {"crop"}
    if not names:
        raise UsageError("there is nothing to search", f"name some with --searched: {', '.join(SPACE)}")
    return {name: values for name, values in SPACE.items() if name in names}
