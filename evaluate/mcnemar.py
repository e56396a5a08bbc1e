"""Two networks on the same faces, and several pairs at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Comparison:
    """McNemar's test of two networks on the same faces.

    Attributes:
        n: Faces.
        both: Faces that both recognise.
        first_only: Faces that only the first recognises.
        second_only: Faces that only the second recognises.
        neither: Faces that neither recognises.
        difference: Accuracy of the first less that of the second, -1 to 1.
        exact_p: Two-sided exact conditional p-value.
        mid_p: Two-sided mid-p value, which is less timid.
    """

    n: int
    both: int
    first_only: int
    second_only: int
    neither: int
    difference: float
    exact_p: float
    mid_p: float


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Comparison:
    """Tests whether two networks recognise equally many faces.

    Only the faces that one of them alone recognises tell: were the networks equally good, each such face would go
    to either with probability 1/2. McNemar, Psychometrika 12 (1947) 153; mid-p as in Fagerland, Lydersen and Laake,
    BMC Med. Res. Methodol. 13 (2013) 91.

    Args:
        first: bool `[N]`, which faces the first recognises.
        second: bool `[N]`, which of the same faces the second does.

    >>> bentur = mcnemar(np.array([True] * 8 + [False]), np.array([False] * 7 + [True] * 2))
    >>> bentur.first_only, bentur.second_only, round(bentur.exact_p, 4), round(bentur.mid_p, 4)
    (7, 1, 0.0703, 0.0391)
    """
    if first.shape != second.shape:
        raise ValueError(f"two networks on the same faces: {first.shape} and {second.shape} answers")
    both, one, other = int((first & second).sum()), int((first & ~second).sum()), int((~first & second).sum())
    n = len(first)
    exact, mid = _two_sided(one, other)
    return Comparison(n, both, one, other, n - both - one - other, (one - other) / n if n else math.nan, exact, mid)


def _two_sided(one: int, other: int) -> tuple[float, float]:
    """Exact and mid-p values of so many successes and failures, each as likely as the other."""
    n, fewer = one + other, min(one, other)
    ways = np.array([math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(fewer + 1)])
    chances = np.exp(ways - n * math.log(2))
    if one == other:
        return 1.0, 1 - 0.5 * float(chances[-1]) if n else 1.0
    exact = min(1.0, 2 * float(chances.sum()))
    return exact, exact - float(chances[-1])


def holm(p_values: list[float]) -> list[float]:
    """Corrects p-values of several tests, so that the chance of any false finding stays below the level.

    Holm, Scand. J. Stat. 6 (1979) 65: the k-th smallest of m is multiplied by m - k + 1, and none is less than the
    one before it; at most 1.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    corrected = [1.0] * len(p_values)
    least = 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda one: p_values[one])):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[at]))
        corrected[at] = least
    return corrected
