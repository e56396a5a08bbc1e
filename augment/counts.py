"""How many pictures each class shall have: the strategies' arithmetic, over counts alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.settings import BalanceSettings


def targets(counts: Sequence[float], settings: BalanceSettings) -> list[float]:
    """What each class is brought to.

    - `equal`: the largest count, or `target`. A class that has more keeps them.
    - `undersample`: the smallest count of a class that has any, or `target`. A class that has fewer keeps them.
    - `effective-number`: n pictures of a class are worth E(n) = (1 - beta^n) / (1 - beta) (Cui et al. 2019,
      "Class-Balanced Loss Based on Effective Number of Samples", eq. 2), and are shown E(N) / E(n) times, N being the
      largest count: n E(N) / E(n), rounded.

    Args:
        counts: Pictures of each class; with soft labels these need not be whole.
        settings: Strategy, target and beta.

    Returns:
        A number for each class; 0 stays 0, since nothing can be made of no picture.

    >>> from schemas.settings import BalanceSettings
    >>> targets([10, 4, 0], BalanceSettings())
    [10, 10, 0]
    >>> targets([10, 4, 0], BalanceSettings(strategy="undersample"))
    [4, 4, 0]
    >>> targets([10, 1, 0], BalanceSettings(strategy="effective-number", beta=0.9))  # E(10) = 6.51, E(1) = 1
    [10, 7, 0]
    """
    some = [count for count in counts if count > 0]
    if settings.strategy == "effective-number":
        largest = effective(max(some), settings.beta)
        return [
            max(count, math.floor(count * largest / effective(count, settings.beta) + 0.5)) if count > 0 else 0
            for count in counts
        ]
    if settings.strategy == "undersample":
        least = settings.target or min(some)
        return [min(count, least) for count in counts]
    most = settings.target or max(some)
    return [max(count, most) if count > 0 else 0 for count in counts]


def effective(count: float, beta: float) -> float:
    """The effective number of samples, (1 - beta^n) / (1 - beta)."""
    return float((1 - beta**count) / (1 - beta))


def to_collect(count: float, target: float, cap: int) -> int:
    """Further originals without which a class stays short of its target, none of them shown more than `cap` times.

    Args:
        count: Originals that there are.
        target: Pictures wanted.
        cap: Most times that each is shown; 0: no limit.

    >>> to_collect(4, 100, 10), to_collect(40, 100, 10), to_collect(0, 100, 0)
    (6, 0, 1)
    """
    needed = math.ceil(target / cap - 1e-9) if cap else 1
    return max(0, math.ceil(needed - count))
