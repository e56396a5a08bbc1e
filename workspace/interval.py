"""How sure a share is: the Wilson score interval."""

from __future__ import annotations

import math
from statistics import NormalDist


def wilson(right: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of a share of independent trials, without continuity correction.

    With p = right / n and z the normal quantile of (1 + confidence) / 2 its ends are
    (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n).
    Unlike p ± z √(p(1 - p)/n) it keeps its coverage for small n and never leaves 0 to 1.

    Source: E. B. Wilson, 'Probable inference, the law of succession, and statistical inference', Journal of the
    American Statistical Association 22 (1927), 209-212; recommended by Brown, Cai and DasGupta, 'Interval estimation
    for a binomial proportion', Statistical Science 16 (2001), 101-133.

    Args:
        right: How many trials came out, 0 to n.
        n: How many there were, or how many independent ones would tell as much. Of none nothing is known: the
            interval is 0 to 1.
        confidence: Share of such intervals that hold the true share; above 0 and below 1.

    Returns:
        Lower and upper end, from 0 to 1.

    Raises:
        ValueError: `right` does not lie between 0 and `n`.

    The natural-state faces of Majeed, Naeem and Saeed, 337 of 396 right:

    >>> [round(100 * end, 2) for end in wilson(337, 396)]
    [81.26, 88.27]
    """
    if not 0 <= right <= n:
        raise ValueError(f"{right} of {n} trials cannot have come out")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = right / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    # At 0 and n one end is 0 or 1 exactly; rounding would leave it a hair off.
    low = 0.0 if right == 0 else (middle - half) / whole
    high = 1.0 if right == n else (middle + half) / whole
    return low, high
