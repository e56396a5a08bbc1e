"""Intervals by resampling faces: what else would have come out, had other faces been drawn."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_AT_ONCE = 20_000_000
"""Numbers drawn at once, 160 MB of them."""


def clusters(
    rows: NDArray[np.float64], of: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Adds up the parts of faces that are drawn together, since they come from one source.

    Args:
        rows: float64 `[P, D]`, the parts of the different kinds of face.
        of: int64 `[N]`, the kind of each face.
        groups: int64 `[N]`, from 0: faces with one number are drawn together.

    Returns:
        float64 `[C, D]`, sums over groups, and int64 `[C]`, how many groups each of them stands for. Groups of one
        face and one kind are told apart by nothing, and are one row.
    """
    members = np.bincount(groups)
    alone = members[groups] == 1
    kinds = np.bincount(of[alone], minlength=len(rows))
    used = kinds > 0
    number = np.cumsum(members > 1) - 1
    together = np.zeros((int((members > 1).sum()), rows.shape[1]))
    np.add.at(together, number[groups[~alone]], rows[of[~alone]])
    times = np.concatenate([kinds[used], np.ones(len(together), np.int64)])
    return np.concatenate([rows[used], together]), times


def intervals(
    sums: NDArray[np.float64],
    times: NDArray[np.int64],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *,
    replicates: int,
    seed: int = 0,
) -> NDArray[np.float64]:
    """95 % bootstrap intervals of functions of sums over faces: bias-corrected and accelerated (BCa).

    B. Efron, "Better bootstrap confidence intervals", Journal of the American Statistical Association 82 (1987).
    Drawing faces and adding them up is drawing how often each kind of face comes, from a multinomial distribution.

    Args:
        sums: float64 `[C, D]`, the sums of each kind of group of faces.
        times: int64 `[C]`, how many groups are of that kind.
        statistic: From totals `[B, D]` to figures `[B, F]`.
        replicates: How many samples are drawn.
        seed: The same one gives the same intervals.

    Returns:
        float64 `[F, 2]`, lower and upper end; not a number where a figure is not defined, or where there are fewer
        than two groups.
    """
    total = times @ sums
    value = statistic(total[None])[0]
    if times.sum() < 2:
        return np.full((len(value), 2), np.nan)
    random = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // len(times))
    drawn = np.concatenate(
        [
            statistic(random.multinomial(int(times.sum()), times / times.sum(), min(step, replicates - at)) @ sums)
            for at in range(0, replicates, step)
        ]
    )
    left_out = statistic(total - sums)
    return np.array([_bca(value[at], drawn[:, at], left_out[:, at], times) for at in range(len(value))])


def _bca(
    value: float, drawn: NDArray[np.float64], left_out: NDArray[np.float64], times: NDArray[np.int64]
) -> tuple[float, float]:
    """One figure's interval, from its values in the samples and with one group left out at a time."""
    drawn = drawn[np.isfinite(drawn)]
    known = np.isfinite(left_out)
    if not np.isfinite(value) or not len(drawn):
        return np.nan, np.nan
    normal = NormalDist()
    # Samples that gave the very value count half: in few faces many do.
    below = (np.count_nonzero(drawn < value) + 0.5 * np.count_nonzero(drawn == value)) / len(drawn)
    bias = normal.inv_cdf(min(max(below, 0.5 / len(drawn)), 1 - 0.5 / len(drawn)))
    weights = times[known]
    away = np.average(left_out[known], weights=weights) - left_out[known] if known.any() else np.zeros(1)
    spread = float((weights * away**2).sum()) if known.any() else 0.0
    acceleration = float((weights * away**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    ends = []
    for share in (0.025, 0.975):
        reach = bias + normal.inv_cdf(share)
        ends.append(normal.cdf(bias + reach / (1 - acceleration * reach)))
    low, high = np.quantile(drawn, ends)
    return float(low), float(high)
