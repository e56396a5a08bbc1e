"""Whether probabilities mean what they say: log loss, Brier score, calibration error, temperature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Labels = NDArray[np.integer[Any]]

LEAST = float(np.finfo(np.float32).eps)
"""Probabilities below are counted as this much, 1.2e-7: networks answer in float32. scikit-learn's `log_loss` does
the same for float32."""

_COLDEST, _HOTTEST = 0.05, 20.0
"""Range in which a temperature is sought; a network that needs more is not one that a temperature mends."""


def log_losses(probabilities: Floats, labels: Labels) -> Floats:
    """-ln of the probability that each label was given, float64 `[N]`, 0 to 15.9 nats.

    >>> log_losses(np.array([[.5, .5]]), np.array([0])).round(4).tolist()
    [0.6931]
    """
    own = np.take_along_axis(probabilities, labels[:, None].astype(np.int64), axis=1)[:, 0]
    losses: Floats = -np.log(np.clip(own, LEAST, 1 - LEAST))
    return losses


def brier_scores(probabilities: Floats, truth: Floats) -> Floats:
    """Squared distance of each row of probabilities from the truth, float64 `[N]`, 0 to 2.

    Brier, Mon. Weather Rev. 78 (1950) 1, over all classes and not halved.

    Args:
        probabilities: float `[N, K]`.
        truth: float `[N, K]`: 1 for the label's class, or the shares of the raters' votes.
    """
    scores: Floats = ((probabilities - truth) ** 2).sum(1)
    return scores


@dataclass(frozen=True)
class Bin:
    """Faces whose greatest probability lies in one range.

    Attributes:
        low: Lower edge, exclusive (but for 0).
        high: Upper edge, inclusive.
        n: Faces in it.
        confidence: Their mean greatest probability.
        accuracy: Share of them that is right.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def reliability(confidence: Floats, correct: NDArray[np.bool_], bins: int, *, equal_mass: bool = False) -> list[Bin]:
    """Faces by how sure the network was of its answer.

    Args:
        confidence: float `[N]`, the greatest probability of each face, 0 to 1.
        correct: bool `[N]`, whether the answer is right.
        bins: How many ranges.
        equal_mass: Ranges with equally many faces instead of equally wide ones.

    Returns:
        The ranges that hold a face, from unsure to sure.
    """
    edges = np.linspace(0, 1, bins + 1)
    if equal_mass:
        edges = np.unique(np.concatenate([[0.0], np.quantile(confidence, edges[1:-1]), [1.0]]))
    # Ranges are open below and closed above, as Guo et al. have them.
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, len(edges) - 2)
    n = np.bincount(place, minlength=len(edges) - 1)
    sure = np.bincount(place, confidence, len(edges) - 1)
    right = np.bincount(place, correct, len(edges) - 1)
    return [
        Bin(float(edges[at]), float(edges[at + 1]), int(n[at]), float(sure[at] / n[at]), float(right[at] / n[at]))
        for at in np.flatnonzero(n)
    ]


def calibration_error(bins: list[Bin]) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over the ranges, weighted by faces, 0 to 1.

    With equally wide ranges Naeini et al., AAAI 2015, and Guo et al., ICML 2017; with equally full ones Nguyen and
    O'Connor, EMNLP 2015.

    >>> calibration_error([Bin(0, 0.5, 1, 0.4, 0.0), Bin(0.5, 1, 3, 0.8, 1.0)])
    0.25
    """
    total = sum(one.n for one in bins)
    return round(sum(one.n * abs(one.confidence - one.accuracy) for one in bins) / total, 12) if total else float("nan")


def chance_error(confidence: Floats, bins: int, seed: int, *, draws: int = 100) -> float:
    """The calibration error that a perfectly calibrated network would show on so few faces, by chance alone.

    Answers are drawn right with the probability the network gives them (the consistency resampling of Bröcker and
    Smith, Weather Forecast. 22 (2007) 651); the mean error over the draws. It is not 0, since a distance never is.

    Args:
        confidence: float `[N]`.
        bins: How many equally wide ranges.
        seed: Of the draws.
        draws: How many.
    """
    random = np.random.default_rng(seed)
    errors = [
        calibration_error(reliability(confidence, random.random(len(confidence)) < confidence, bins))
        for _ in range(draws)
    ]
    return float(np.mean(errors))


def tempered(probabilities: Floats, temperature: float) -> Floats:
    """Probabilities with logits divided by a temperature: pᵢ^(1/T) / Σ pⱼ^(1/T). Above 1 it makes them less sure.

    >>> tempered(np.array([[0.8, 0.2]]), 2.0).round(4).tolist()
    [[0.6667, 0.3333]]
    """
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)) / temperature
    powers = np.exp(logits - logits.max(1, keepdims=True))
    result: Floats = powers / powers.sum(1, keepdims=True)
    return result


def fit_temperature(probabilities: Floats, labels: Labels) -> float:
    """The temperature with the least log loss (Guo et al., ICML 2017), 0.05 to 20.

    The log loss is convex in 1 / T, so its slope is followed to zero by halving.

    Args:
        probabilities: float `[N, K]` of faces that nothing else is measured on.
        labels: int `[N]`.
    """
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    own = np.take_along_axis(logits, labels[:, None].astype(np.int64), axis=1)[:, 0]
    low, high = 1 / _HOTTEST, 1 / _COLDEST
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        slope = float(((tempered(probabilities, 1 / middle) * logits).sum(1) - own).mean())
        low, high = (middle, high) if slope < 0 else (low, middle)
    return 2 / (low + high)
