"""How far the figures of several trainings lie apart."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Spread:
    """Several figures in four.

    Attributes:
        n: How many there are.
        mean: Their mean.
        sd: Their standard deviation (n - 1).
        low: Lower end of the mean's 95 % t-interval, at least 0.
        high: Upper end, at most 1.
    """

    n: int
    mean: float
    sd: float
    low: float
    high: float


def spread(values: Sequence[float], tested_by_trained: float = 0.0) -> Spread:
    """Mean, standard deviation and the mean's 95 % interval, mean ± t(n - 1) · sd · √(1/n + r).

    With r = 0 it is Student's. The folds of a cross-validation share most of what they are trained on, which makes
    Student's too narrow; Nadeau and Bengio ('Inference for the generalization error', Machine Learning 52 (2003),
    239-281) put r = tested / trained faces of a fold, 1 / (n - 1) for n folds. An end beyond 0 or 1, which two or three
    values far apart give, is drawn there: no share lies beyond.

    Args:
        values: Shares from 0 to 1, at least two.
        tested_by_trained: r.

    Scores of 70, 72 and 74 % have sd 2, and t(2) is 4.303:

    >>> found = spread([0.70, 0.72, 0.74])
    >>> round(found.mean, 4), round(found.sd, 4), round(found.high - found.mean, 4)
    (0.72, 0.02, 0.0497)
    >>> spread([0.0, 0.25]).low
    0.0
    """
    from scipy.special import stdtrit

    n, mean, sd = len(values), statistics.fmean(values), statistics.stdev(values)
    half = float(stdtrit(n - 1, 0.975)) * sd * math.sqrt(1 / n + tested_by_trained)
    return Spread(n, mean, sd, max(0.0, mean - half), min(1.0, mean + half))


def in_words(found: Spread, what: str) -> str:
    """The spread of shares for people.

    >>> in_words(Spread(3, 0.72, 0.02, 0.6703, 0.7697), "seeds")
    '72.0 ± 2.0 % (mean ± sd of 3 seeds; 95 % interval of the mean 67.0 to 77.0 %)'
    """
    return (
        f"{100 * found.mean:.1f} ± {100 * found.sd:.1f} % (mean ± sd of {found.n} {what}; "
        f"95 % interval of the mean {100 * found.low:.1f} to {100 * found.high:.1f} %)"
    )
