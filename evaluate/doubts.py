"""Labels that are likely wrong, by confident learning (Northcutt, Jiang and Chuang 2021, arXiv:1911.00068).

The probabilities must come from a network that has not learnt from these faces: one that has knows the wrong labels by
heart, and doubts none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Doubts:
    """What confident learning says of labels.

    Attributes:
        thresholds: float64 `[K]`: from which probability on a face is counted to a class: the mean probability of the
            class on the faces that bear its label. NaN where no face does.
        counts: int64 `[K, K]`, the confident joint: faces by label (row) and class they are counted to (column).
        joint: float64 `[K, K]`, the estimated share of all faces with a label (row) and a true class (column); sums
            to 1.
        faces: int64 `[M]`, places of the doubtful faces: the one whose label has the least probability first.
        suggested: int64 `[M]`, the class each of them is counted to.
    """

    thresholds: NDArray[np.float64]
    counts: NDArray[np.int64]
    joint: NDArray[np.float64]
    faces: NDArray[np.int64]
    suggested: NDArray[np.int64]


def doubts(probabilities: NDArray[np.float64], labels: NDArray[np.int64]) -> Doubts:
    """Finds labels that are likely wrong.

    A face is counted to a class if its probability reaches the class's threshold; of several such classes to the
    likeliest; to none if none is reached. So a class that the network is generally unsure of needs less, and faces
    of which it knows nothing are not doubted. The rows of the counts, scaled to the faces with each label, estimate
    the joint distribution of labels and true classes (equations 1 to 3 of the paper). Doubtful are the faces that are
    counted to another class than their label's, unless the label is the likeliest class all the same (as cleanlab,
    the authors' program, has it), ranked by self-confidence, the probability of the label.

    Args:
        probabilities: float64 `[N, K]`, rows of a sum of 1, of a network that has not learnt from these faces.
        labels: int64 `[N]`, 0 to K - 1.

    Examples:
        >>> found = doubts(np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9]]), np.array([0, 0, 0, 1]))
        >>> found.thresholds.round(2).tolist(), found.counts.tolist(), found.faces.tolist(), found.suggested.tolist()
        ([0.6, 0.9], [[2, 0], [0, 1]], [], [])
    """
    classes = probabilities.shape[1]
    rows = np.arange(len(labels))
    faces_of = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=probabilities[rows, labels], minlength=classes)
    thresholds = np.where(faces_of > 0, sums / np.maximum(faces_of, 1), np.nan)
    reached = probabilities >= thresholds - _SLACK  # never where the threshold is NaN
    guess = np.where(reached, probabilities, -1.0).argmax(axis=1)
    counted = reached.any(axis=1)
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (labels[counted], guess[counted]), 1)
    doubtful = np.flatnonzero(counted & (guess != labels) & (probabilities[rows, labels] < probabilities.max(axis=1)))
    faces = doubtful[np.argsort(probabilities[doubtful, labels[doubtful]], kind="stable")]
    return Doubts(thresholds, counts, _joint(counts, faces_of), faces, guess[faces])


_SLACK = 1e-6
"""A class whose faces all have the same probability reaches its mean in spite of the sum's rounding."""


def _joint(counts: NDArray[np.int64], faces_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Rows scaled to the faces with each label; a class nobody was counted to is taken at its word."""
    trusted = counts + np.diag((counts.sum(axis=1) == 0).astype(np.int64))
    scaled = trusted / trusted.sum(axis=1, keepdims=True) * faces_of[:, None]
    joint: NDArray[np.float64] = scaled / max(float(scaled.sum()), 1.0)
    return joint
