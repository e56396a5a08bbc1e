"""What a network's answers on a labelled set come to: accuracy, the confusion matrix, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.card import Metric
from schemas.errors import InputError
from workspace.interval import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST = 1e-7
"""Smallest probability in the cross-entropy, `keras.config.epsilon()`: one sure and wrong answer is not infinite."""

Confusion = tuple[tuple[int, ...], ...]
"""Faces by label (row) and likeliest class (column)."""


def measure(
    name: str,
    probabilities: NDArray[np.float32],
    labels: NDArray[np.integer[Any]],
    *,
    selected: bool,
    note: str = "",
) -> Metric:
    """How well the answers fit the labels.

    Args:
        name: Of the set.
        probabilities: float32 `[N, K]`, a row for each face, a column for each class; rows sum to 1.
        labels: int `[N]`, 0 to K - 1; faces with a negative label have none and are left out.
        selected: Whether epoch, recipe or network were chosen on this set.
        note: Whatever else must be known of the set.

    Returns:
        Accuracy with its 95 % Wilson interval, mean cross-entropy, confusion matrix. Of equally likely classes the
        first counts.

    Raises:
        InputError: No face has a label, or an answer is no number.

    >>> said = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]], np.float32)
    >>> metric = measure("four faces", said, np.array([0, 1, 1, -1]), selected=False)
    >>> metric.n, round(metric.accuracy, 4), metric.confusion
    (3, 0.6667, ((1, 0), (1, 1)))
    """
    labelled = labels >= 0
    said, wanted = probabilities[labelled].astype(np.float64), labels[labelled].astype(np.int64)
    if not len(wanted):
        raise InputError(f"no face of {name} has a label", "give a set with labels")
    if not np.isfinite(said).all():
        raise InputError(f"the network gives {name} answers that are no numbers", "train it anew with a lower rate")
    classes = said.shape[1]
    counts = np.bincount(wanted * classes + said.argmax(1), minlength=classes**2).reshape(classes, classes)
    right = int(np.trace(counts))
    low, high = wilson(right, len(wanted))
    chosen = np.maximum(said[np.arange(len(wanted)), wanted], LEAST)
    return Metric(
        set=name,
        n=len(wanted),
        accuracy=right / len(wanted),
        low=low,
        high=high,
        loss=max(0.0, float(-np.log(chosen).mean())),
        selected=selected,
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        note=note,
    )


@dataclass(frozen=True)
class Share:
    """So many of so many, with the 95 % Wilson interval.

    Attributes:
        right: How many.
        n: Of how many.
    """

    right: int
    n: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of none."""
        return self.right / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Its ends, from 0 to 1."""
        return wilson(self.right, self.n)


@dataclass(frozen=True)
class OfClass:
    """How one class fares.

    Attributes:
        name: Its name.
        recall: Of the faces with this label, those that are answered with it.
        precision: Of the answers with this class, those that are right.
    """

    name: str
    recall: Share
    precision: Share

    @property
    def f1(self) -> float | None:
        """2 right / (labels + answers), the harmonic mean of the two; None where the class does not occur."""
        both = self.recall.n + self.precision.n
        return 2 * self.recall.right / both if both else None


@dataclass(frozen=True)
class Mistake:
    """One way of being wrong.

    Attributes:
        label: What the faces are labelled as.
        answer: What they are taken for.
        share: How many, of all with that label.
    """

    label: str
    answer: str
    share: Share


def by_class(confusion: Confusion, classes: Sequence[str]) -> list[OfClass]:
    """Recall and precision of each class, in the classes' order.

    >>> first, _ = by_class(((8, 2), (1, 9)), ["sad", "happy"])
    >>> first.recall.value, first.precision.n, round(first.f1 or 0, 4)
    (0.8, 9, 0.8421)
    """
    return [
        OfClass(
            name,
            Share(confusion[at][at], sum(confusion[at])),
            Share(confusion[at][at], sum(row[at] for row in confusion)),
        )
        for at, name in enumerate(classes)
    ]


def balanced_accuracy(confusion: Confusion) -> float:
    """The mean recall of the classes that occur, from 0 to 1: what accuracy would be if they were equally common.

    >>> balanced_accuracy(((90, 10), (5, 5)))
    0.7
    """
    recalls = [row[at] / sum(row) for at, row in enumerate(confusion) if sum(row)]
    return sum(recalls) / len(recalls)


def mistakes(confusion: Confusion, classes: Sequence[str], most: int) -> list[Mistake]:
    """The most frequent ways of being wrong, the most faces first; of equal ones the first in the matrix.

    >>> [(one.label, one.answer, one.share.right) for one in mistakes(((8, 2), (1, 9)), ["sad", "happy"], 1)]
    [('sad', 'happy', 2)]
    """
    found = [
        Mistake(classes[row], classes[column], Share(count, sum(counts)))
        for row, counts in enumerate(confusion)
        for column, count in enumerate(counts)
        if row != column and count
    ]
    return sorted(found, key=lambda one: -one.share.right)[:most]
