"""From a network's answers to all figures about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evaluate import calibration as calibrated, metrics
from evaluate.bootstrap import interval, resample
from evaluate.confusions import confusions
from evaluate.raters import raters
from evaluate.result import (
    Answers,
    Calibration,
    ClassScores,
    Estimate,
    ReliabilityBin,
    Result,
    Temperature,
    Variant,
)
from evaluate.shares import share
from evaluate.slices import slices
from schemas.emotion import FER2013_COUNTS, NAMES
from workspace.interval import wilson

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from schemas.settings import EvaluateSettings

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Resampling:
    """How intervals are drawn."""

    resamples: int
    seed: int

    def of_matrix(self, answers: Answers, statistic: Callable[[Floats], Floats]) -> list[Estimate]:
        """Figures of the confusion matrix with their intervals."""
        classes = len(answers.classes)
        cells = np.zeros((len(answers.labels), classes**2))
        cells[np.arange(len(cells)), answers.labels * classes + answers.predicted] = 1

        def of_sums(sums: Floats) -> Floats:
            return statistic(sums.reshape(*sums.shape[:-1], classes, classes))

        resampled = resample(cells, answers.groups, self.resamples, self.seed)
        low, high = interval(resampled, of_sums)
        values = of_sums(resampled.total)
        return [_estimate(*ends) for ends in zip(values, low, high, strict=True)]

    def of_mean(self, values: Floats, groups: NDArray[np.int64]) -> Estimate:
        """A mean over faces with its interval."""
        table = np.stack([values, np.ones(len(values))], axis=1)

        def mean(sums: Floats) -> Floats:
            return metrics.ratio(sums[..., :1], sums[..., 1:])

        low, high = interval(resample(table, groups, self.resamples, self.seed), mean)
        return _estimate(float(values.mean()), low[0], high[0])


def assess(answers: Answers, settings: EvaluateSettings, validation: Answers | None = None) -> Result:
    """Measures a network.

    Args:
        answers: What it said of the evaluated faces; at least one.
        settings: Resamples, seed, ranges, size of a small slice.
        validation: What it said of other faces, to fit a temperature on; the same classes.
    """
    drawing = _Resampling(settings.resamples, settings.evaluate_seed)
    matrix = metrics.confusion_matrix(answers.labels, answers.predicted, len(answers.classes))
    scores, per_class = _of_matrix(answers, matrix, drawing)
    return Result(
        classes=answers.classes,
        n=len(answers.labels),
        groups=len(np.unique(answers.groups)),
        accuracy=share(answers.correct, answers.groups),
        top_2=share(metrics.top_k(answers.probabilities, answers.labels, 2), answers.groups),
        majority=float(matrix.sum(1).max() / matrix.sum()),
        scores=scores,
        per_class=per_class,
        matrix=tuple(tuple(int(count) for count in row) for row in matrix),
        variants=_variants(answers, drawing),
        calibration=_calibration(answers, answers.probabilities, settings, drawing),
        temperature=_temperature(answers, validation, settings, drawing),
        raters=raters(answers, drawing.of_mean),
        slices=slices(answers, matrix, settings.small_slice),
        confusions=confusions(answers),
    )


def _of_matrix(
    answers: Answers, matrix: NDArray[np.int64], drawing: _Resampling
) -> tuple[dict[str, Estimate], tuple[ClassScores, ...]]:
    names = [name for name in metrics.SCORES if name != "accuracy"]
    count = len(answers.classes)

    def all_figures(matrices: Floats) -> Floats:
        single = np.stack([metrics.SCORES[name](matrices) for name in names], axis=-1)
        per_class = [metrics.precision(matrices), metrics.recall(matrices), metrics.f1(matrices)]
        return np.concatenate([single, *per_class], axis=-1)

    figures = drawing.of_matrix(answers, all_figures)
    precision, recall, f1 = (figures[len(names) + part * count :][:count] for part in range(3))
    groups = answers.groups
    per_class = tuple(
        ClassScores(
            name=name,
            faces=int(matrix[at].sum()),
            predicted=int(matrix[:, at].sum()),
            precision=_or_wilson(precision[at], answers.predicted == at, answers),
            recall=_or_wilson(recall[at], answers.labels == at, answers),
            f1=_f1_or_wilson(f1[at], matrix, at, groups[(answers.labels == at) | (answers.predicted == at)]),
        )
        for at, name in enumerate(answers.classes)
    )
    return dict(zip(names, figures[: len(names)], strict=True)), per_class


def _or_wilson(estimate: Estimate, chosen: NDArray[np.bool_], answers: Answers) -> Estimate:
    """The same, with Wilson's interval where resampling shows no spread, as for a class with no error."""
    if estimate.method or not chosen.any():
        return estimate
    return share(answers.correct[chosen], answers.groups[chosen])


def _f1_or_wilson(estimate: Estimate, matrix: NDArray[np.int64], at: int, groups: NDArray[np.int64]) -> Estimate:
    """F1 is 2J / (1 + J) of J = tp / (tp + fp + fn), a share of faces, which has a Wilson interval."""
    if estimate.method or not len(groups):
        return estimate
    hits = matrix[at, at] / (matrix[at].sum() + matrix[:, at].sum() - matrix[at, at])
    n = len(np.unique(groups))
    low, high = (2 * end / (1 + end) for end in wilson(round(hits * n), n))
    return Estimate(estimate.value, low, high, "wilson")


def _variants(answers: Answers, drawing: _Resampling) -> tuple[Variant, ...]:
    found = [_variant(answers, np.ones(len(answers.labels), bool), "all", "all evaluated faces", drawing)]
    _, first = np.unique(answers.groups, return_index=True)
    once = np.isin(np.arange(len(answers.labels)), first)
    clean = once if answers.leaked is None else once & ~answers.leaked
    if answers.leaked is not None and answers.leaked.any():
        meaning = "without faces of which a copy is among those to be trained on"
        found.append(_variant(answers, ~answers.leaked, "without_leaks", meaning, drawing))
    if not once.all():
        leaks = "" if (clean == once).all() else ", and without copies of training faces"
        meaning = f"each group of faces once{leaks}"
        found.append(_variant(answers, clean, "each_once", meaning, drawing))
    reweighted = _reweighted(answers, drawing)
    return (*found, reweighted) if reweighted else tuple(found)


def _variant(answers: Answers, chosen: NDArray[np.bool_], name: str, meaning: str, drawing: _Resampling) -> Variant:
    part = select(answers, chosen)
    if not len(part.labels):
        return Variant(name, meaning, 0, Estimate(np.nan), Estimate(np.nan))
    balanced = drawing.of_matrix(part, lambda matrices: metrics.balanced_accuracy(matrices)[..., None])[0]
    return Variant(name, meaning, len(part.labels), share(part.correct, part.groups), balanced)


def _reweighted(answers: Answers, drawing: _Resampling) -> Variant | None:
    """Accuracy on FER-2013's mix of classes; None where the network has other classes."""
    if not set(NAMES) <= set(answers.classes):
        return None
    counts = dict(zip(NAMES, FER2013_COUNTS["PrivateTest"], strict=True))
    mix = np.array([counts.get(name, 0) for name in answers.classes]) / sum(counts.values())
    estimates = drawing.of_matrix(
        answers,
        lambda matrices: np.stack(
            [metrics.reweighted_accuracy(matrices, mix), metrics.balanced_accuracy(matrices)], axis=-1
        ),
    )
    meaning = "the same recalls on FER-2013's mix of classes (PrivateTest)"
    return Variant("fer2013_mix", meaning, len(answers.labels), estimates[0], estimates[1])


def _calibration(
    answers: Answers, probabilities: Floats, settings: EvaluateSettings, drawing: _Resampling
) -> Calibration:
    truth = np.eye(len(answers.classes))[answers.labels]
    confidence, correct = probabilities.max(1), answers.correct
    bins = calibrated.reliability(confidence, correct, settings.calibration_bins)
    full = calibrated.reliability(confidence, correct, settings.calibration_bins, equal_mass=True)
    return Calibration(
        log_loss=drawing.of_mean(calibrated.log_losses(probabilities, answers.labels), answers.groups),
        brier=drawing.of_mean(calibrated.brier_scores(probabilities, truth), answers.groups),
        ece=calibrated.calibration_error(bins),
        ece_equal_mass=calibrated.calibration_error(full),
        ece_by_chance=calibrated.chance_error(confidence, settings.calibration_bins, settings.evaluate_seed),
        bins=tuple(
            ReliabilityBin(
                one.low,
                one.high,
                one.n,
                one.confidence,
                Estimate(one.accuracy, *wilson(round(one.accuracy * one.n), one.n), "wilson"),
            )
            for one in bins
        ),
    )


def _temperature(
    answers: Answers, validation: Answers | None, settings: EvaluateSettings, drawing: _Resampling
) -> Temperature | None:
    if validation is None or not len(validation.labels):
        return None
    value = calibrated.fit_temperature(validation.probabilities, validation.labels)
    mended = calibrated.tempered(answers.probabilities, value)
    return Temperature(value, len(validation.labels), _calibration(answers, mended, settings, drawing))


def select(answers: Answers, chosen: NDArray[np.bool_]) -> Answers:
    """Some of the faces."""
    return Answers(
        classes=answers.classes,
        names=tuple(name for name, kept in zip(answers.names, chosen, strict=True) if kept),
        labels=answers.labels[chosen],
        probabilities=answers.probabilities[chosen],
        groups=answers.groups[chosen],
        votes=None if answers.votes is None else answers.votes[chosen],
        shares=None if answers.shares is None else answers.shares[chosen],
        leaked=None if answers.leaked is None else answers.leaked[chosen],
        columns={name: np.asarray(values)[chosen] for name, values in answers.columns.items()},
    )


def _estimate(value: float, low: float, high: float) -> Estimate:
    known = not (np.isnan(low) or np.isnan(high))
    return Estimate(float(value), float(low), float(high), "bca" if known else "")
