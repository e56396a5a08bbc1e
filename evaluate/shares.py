"""A share of faces with its Wilson interval, which minds that faces of one picture are no independent witnesses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.result import Estimate
from workspace.interval import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray


def share(right: NDArray[np.bool_], groups: NDArray[np.integer[Any]] | None = None) -> Estimate:
    """Share of faces for which something holds.

    Where faces share a picture the interval is that of as many independent faces as would be as telling: n over the
    design effect (Kish, Survey Sampling, 1965), which is the variance between groups over that of independent
    faces, and at least 1. Dean and Pagano, J. Surv. Stat. Methodol. 3 (2015) 484, find Wilson's interval with that
    n to keep its coverage. Where all or none are right the variance says nothing, and a group counts once.

    Args:
        right: bool `[N]`.
        groups: int `[N]`; faces of one number belong together. None: no two do.

    >>> found = share(np.array([True] * 337 + [False] * 59))
    >>> [round(100 * figure, 2) for figure in (found.value, found.low, found.high)]
    [85.1, 81.26, 88.27]
    """
    n, hits = len(right), int(right.sum())
    if not n:
        return Estimate(math.nan)
    effective = float(n) if groups is None else _effective(right, groups)
    scale = effective / n
    # Wilson's formula holds for any n; scaling keeps the share as it is.
    low, high = wilson(hits * scale, n * scale)
    return Estimate(hits / n, low, high, "wilson")


def _effective(right: NDArray[np.bool_], groups: NDArray[np.integer[Any]]) -> float:
    """How many independent faces would be as telling."""
    _, place = np.unique(groups, return_inverse=True)
    count, n, mean = int(place.max()) + 1, len(right), right.mean()
    if count in (n, 1) or mean in (0, 1):
        return float(count)
    apart = np.bincount(place, right - mean)
    between = count / (count - 1) * float((apart**2).sum()) / n**2
    return n / max(1.0, float(between / (mean * (1 - mean) / n)))
