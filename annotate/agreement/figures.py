"""Figures with their intervals, as plain values: what is not defined is None."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def number(value: float) -> float | None:
    """A plain number, or None for what is not defined.

    >>> number(0.5), number(float("nan"))
    (0.5, None)
    """
    return float(value) if math.isfinite(value) else None


def figure(value: float, ends: NDArray[np.float64] | tuple[float, float]) -> dict[str, Any]:
    """A figure and its interval."""
    low, high = (number(float(end)) for end in ends)
    return {"value": number(float(value)), "low": low, "high": high}
