"""Coefficients of all raters together, and of each expression, with bootstrap intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annotate.agreement.figures import figure, number
from annotate.statistics.bootstrap import clusters, intervals
from annotate.statistics.coefficients import coefficients, summands, sums
from annotate.statistics.distance import squared_distances
from annotate.statistics.patterns import patterns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annotate.statistics.coefficients import Coefficients
    from annotate.statistics.ratings import Ratings
    from schemas.settings import AgreementSettings

SINGLE = ("observed", "fleiss", "ac1", "alpha", "alpha_distance")
_EACH = ("kappa_for_each", "agreement_for_each")


def overall(ratings: Ratings, groups: NDArray[np.int64], settings: AgreementSettings) -> dict[str, Any]:
    """The coefficients.

    Args:
        ratings: Of expressions alone: `unusable` is none of the options.
        groups: int64 `[N]`, from 0: faces with one number come from one source, and are drawn together.
        settings: How many samples the intervals are from.

    Returns:
        `coefficients`: name -> figure; `chance`; `classes`: a list of each expression's answers, share, agreement and
        κ; `pairs`: a list of two expressions each, the most confused first.
    """
    options = len(ratings.options)
    squared = squared_distances(ratings.options)
    found = patterns(ratings.counts())
    rows = summands(found.counts)

    def figures(totals: NDArray[np.float64]) -> Coefficients:
        return coefficients(sums(totals, options), squared)

    def statistic(totals: NDArray[np.float64]) -> NDArray[np.float64]:
        every = figures(totals)
        single = np.stack([getattr(every, name) for name in SINGLE], axis=-1)
        return np.concatenate([single, *(getattr(every, name) for name in _EACH)], axis=-1)

    totals = found.faces @ rows
    values = statistic(totals[None])[0]
    ends = intervals(
        *clusters(rows, found.of, groups),
        statistic,
        replicates=settings.agreement_resamples,
        seed=settings.agreement_seed,
    )
    answers = found.faces @ found.counts
    kappa, agreement = (range(len(SINGLE) + at * options, len(SINGLE) + (at + 1) * options) for at in (0, 1))
    return {
        "coefficients": {name: figure(values[at], ends[at]) for at, name in enumerate(SINGLE)},
        "chance": number(float(figures(totals).chance)),
        "classes": [
            {
                "name": name,
                "answers": int(answers[at]),
                "share": number(answers[at] / max(1, answers.sum())),
                "agreement": figure(values[agreement[at]], ends[agreement[at]]),
                "kappa": figure(values[kappa[at]], ends[kappa[at]]),
            }
            for at, name in enumerate(ratings.options)
        ],
        "pairs": _pairs(ratings.options, found.counts, found.faces, sums(totals, options).coincidences),
    }


def _pairs(
    options: tuple[str, ...], counts: NDArray[np.int64], faces: NDArray[np.int64], together: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """Two expressions each: on how many faces raters split between them, most first."""
    compared = faces * (counts.sum(axis=1) >= 2)
    given = (counts > 0).astype(np.int64)
    both = (given * compared[:, None]).T @ given
    each = np.diag(both)
    total = together.sum()
    expected = np.outer(together.sum(axis=1), together.sum(axis=1)) / max(1.0, total - 1)
    pairs = [
        {
            "first": options[one],
            "second": options[other],
            "split": int(both[one, other]),
            "either": int(each[one] + each[other] - both[one, other]),
            "times_chance": number(together[one, other] / expected[one, other]) if expected[one, other] else None,
        }
        for one in range(len(options))
        for other in range(one + 1, len(options))
    ]
    return sorted(pairs, key=lambda pair: -pair["split"])
