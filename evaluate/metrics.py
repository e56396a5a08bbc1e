"""Metrics of a confusion matrix and of probabilities.

Everything that a confusion matrix decides takes matrices `[..., K, K]`, rows the labels and columns the
predictions, and works over the leading axes at once, so that a thousand resampled matrices cost one call.

What cannot be told (the recall of a class without faces, say) is NaN, never 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.integer[Any]] | NDArray[np.float64]


def confusion_matrix(labels: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]], classes: int) -> Any:
    """Counts the faces of each label by what was predicted.

    Args:
        labels: int `[N]`, 0 to `classes` - 1.
        predicted: int `[N]`, the same.
        classes: How many there are, K.

    Returns:
        int64 `[K, K]`; rows are labels, columns predictions.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    cells = np.bincount(labels.astype(np.int64) * classes + predicted, minlength=classes**2)
    return cells.astype(np.int64).reshape(classes, classes)


def normalised(matrix: Counts, axis: int) -> Floats:
    """Shares within each row (axis -1) or column (axis -2); NaN where it holds no face."""
    return ratio(matrix, np.sum(matrix, axis=axis, keepdims=True))


def accuracy(matrix: Counts) -> Floats:
    """Share of faces on the diagonal; also the micro average of precision, recall and F1."""
    return ratio(_hits(matrix).sum(-1), np.sum(matrix, axis=(-2, -1)))


def recall(matrix: Counts) -> Floats:
    """Of the faces with each label, the share that was recognised: `[..., K]`; NaN for a class without faces."""
    return ratio(_hits(matrix), np.sum(matrix, axis=-1))


def precision(matrix: Counts) -> Floats:
    """Of the predictions of each class, the share that is right: `[..., K]`; NaN for a class never predicted."""
    return ratio(_hits(matrix), np.sum(matrix, axis=-2))


def f1(matrix: Counts) -> Floats:
    """Harmonic mean of precision and recall, 2·tp / (labelled + predicted): `[..., K]`.

    NaN for a class that neither has faces nor was predicted.
    """
    return ratio(2 * _hits(matrix), np.sum(matrix, axis=-1) + np.sum(matrix, axis=-2))


def balanced_accuracy(matrix: Counts) -> Floats:
    """Mean recall over the classes that have faces."""
    return _mean(recall(matrix))


def macro_precision(matrix: Counts) -> Floats:
    """Mean precision over the classes that have faces or were predicted; 0 for one that was never predicted."""
    return _mean(np.where(np.isnan(f1(matrix)), np.nan, np.nan_to_num(precision(matrix))))


def macro_f1(matrix: Counts) -> Floats:
    """Mean F1 over the classes that have faces or were predicted."""
    return _mean(f1(matrix))


def weighted_f1(matrix: Counts) -> Floats:
    """Mean F1 over the classes, each weighted by its faces."""
    faces = np.sum(matrix, axis=-1)
    return ratio((np.nan_to_num(f1(matrix)) * faces).sum(-1), faces.sum(-1))


def cohen_kappa(matrix: Counts) -> Floats:
    """Agreement beyond what the two margins give by chance, (p - e) / (1 - e).

    Cohen, Educ. Psychol. Meas. 20 (1960) 37. NaN where label and prediction are one and the same class throughout.
    """
    total = np.sum(matrix, axis=(-2, -1))
    chance = ratio((np.sum(matrix, axis=-1) * np.sum(matrix, axis=-2)).sum(-1), np.asarray(total, np.float64) ** 2)
    return ratio(accuracy(matrix) - chance, 1 - chance)


def matthews(matrix: Counts) -> Floats:
    """Matthews' correlation coefficient for K classes, -1 to 1.

    Gorodkin, Comput. Biol. Chem. 28 (2004) 367. 0 where one class alone is labelled or predicted, as
    scikit-learn has it.
    """
    table = np.asarray(matrix, np.float64)
    total, labelled, predicted = table.sum((-2, -1)), table.sum(-1), table.sum(-2)
    shared = _hits(table).sum(-1) * total - (labelled * predicted).sum(-1)
    spread = (total**2 - (labelled**2).sum(-1)) * (total**2 - (predicted**2).sum(-1))
    return np.where(total > 0, np.where(spread > 0, ratio(shared, np.sqrt(spread)), 0.0), np.nan)


def reweighted_accuracy(matrix: Counts, mix: Floats) -> Floats:
    """Accuracy that the same recalls would give on another mix of classes: Σ share · recall.

    Args:
        matrix: `[..., K, K]`.
        mix: float `[K]`, share of each class; sums to 1.

    Returns:
        `[...]`; NaN where a class of the mix has no face to measure its recall by.
    """
    recalls = recall(matrix)
    missing = (np.isnan(recalls) & (mix > 0)).any(-1)
    return np.where(missing, np.nan, (np.nan_to_num(recalls) * mix).sum(-1))


SCORES: dict[str, Callable[[Counts], Floats]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "macro_precision": macro_precision,
    "macro_f1": macro_f1,
    "weighted_f1": weighted_f1,
    "cohen_kappa": cohen_kappa,
    "matthews": matthews,
}
"""Name -> the metric of a confusion matrix as one number."""


def top_k(probabilities: Floats, labels: NDArray[np.integer[Any]], k: int) -> NDArray[np.bool_]:
    """Whether each label is among the k likeliest classes; of equal ones the first counts as likelier.

    Args:
        probabilities: float `[N, K]`.
        labels: int `[N]`.
        k: How many guesses there are.

    Returns:
        bool `[N]`.

    >>> top_k(np.array([[.5, .3, .2], [.5, .3, .2]]), np.array([1, 2]), 2).tolist()
    [True, False]
    """
    own = np.take_along_axis(probabilities, labels[:, None].astype(np.int64), axis=1)
    before = np.arange(probabilities.shape[1]) < labels[:, None]
    likelier = (probabilities > own) | ((probabilities == own) & before)
    result: NDArray[np.bool_] = likelier.sum(1) < k
    return result


def _hits(matrix: Counts) -> Floats:
    return np.diagonal(np.asarray(matrix, np.float64), axis1=-2, axis2=-1)


def ratio(above: Any, below: Any) -> Floats:
    """The quotient, element by element; NaN where there is nothing below.

    >>> ratio([1.0, 1.0], [2.0, 0.0]).tolist()
    [0.5, nan]
    """
    above, below = np.broadcast_arrays(np.asarray(above, np.float64), np.asarray(below, np.float64))
    quotient: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
    return quotient


def _mean(values: Floats) -> Floats:
    """Mean over the last axis of what is not NaN; NaN where all is."""
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0).sum(-1), known.sum(-1))
