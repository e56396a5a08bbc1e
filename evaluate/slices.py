"""Accuracy of parts of the faces, told apart by what is known of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.metrics import recall
from evaluate.result import Slice
from evaluate.shares import share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evaluate.result import Answers

_PARTS = 4
"""Numbers are cut into quarters of equally many faces."""
_VALUES = 12
"""Commonest texts that are told one by one; the rest are one slice."""
UNKNOWN = "unknown"


def slices(answers: Answers, matrix: NDArray[np.int64], least: int) -> tuple[Slice, ...]:
    """Cuts the faces by each column.

    A slice may do better only because it holds more of the easy classes; `expected`, the accuracy that the recalls
    over all faces would give on its mix of classes, tells that apart (indirect standardisation).

    Args:
        answers: With `columns`.
        matrix: int64 `[K, K]`, the confusion matrix over all faces.
        least: Faces below which a slice is small.

    Returns:
        Column by column; columns with a single value say nothing and are left out.
    """
    expected = recall(matrix)[answers.labels]
    correct = answers.correct
    found = []
    for column, values in answers.columns.items():
        parts = list(_parts(np.asarray(values)))
        if len(parts) < 2:
            continue
        for value, chosen in parts:
            n = int(chosen.sum())
            estimate = share(correct[chosen], answers.groups[chosen])
            found.append(Slice(column, value, n, estimate, float(expected[chosen].mean()), n < least))
    return tuple(found)


def _parts(values: NDArray[Any]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if np.issubdtype(values.dtype, np.floating):
        yield from _ranges(values)
        return
    texts = values.astype(str)
    distinct, counts = np.unique(texts, return_counts=True)
    # `unknown` is no value: it stands last however common it is.
    order = sorted(range(len(distinct)), key=lambda at: (distinct[at] == UNKNOWN, -counts[at], distinct[at]))
    shown = [distinct[at] for at in order]
    kept = shown if len(shown) <= _VALUES else shown[: _VALUES - 1]
    for value in kept:
        yield str(value), texts == value
    if len(kept) < len(shown):
        yield f"{len(shown) - len(kept):,} more", ~np.isin(texts, kept)


def _ranges(values: NDArray[np.floating[Any]]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    known = np.isfinite(values)
    if known.any():
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, _PARTS + 1)))
        digits = _digits(float(edges[-1] - edges[0]))
        place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, max(len(edges) - 2, 0))
        for at in range(max(len(edges) - 1, 1)):
            chosen = known & (place == at)
            if chosen.any():
                yield f"{edges[at]:,.{digits}f} to {edges[min(at + 1, len(edges) - 1)]:,.{digits}f}", chosen
    if not known.all():
        yield UNKNOWN, ~known


def _digits(width: float) -> int:
    """Decimals that show a hundredth of a range.

    >>> _digits(356), _digits(33.8), _digits(1.49), _digits(0.0)
    (0, 1, 2, 2)
    """
    return 2 if width <= 0 else max(0, 2 - math.floor(math.log10(width)))
