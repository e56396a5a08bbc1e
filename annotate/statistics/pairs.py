"""Raters two by two: on the faces that both answered, how often they agree, and how far beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annotate.statistics.ratings import Ratings


@dataclass(frozen=True)
class Pairs:
    """Pairs of raters who have a face in common.

    Attributes:
        first: int64 `[P]`, index of the one rater.
        second: int64 `[P]`, index of the other, greater than the first.
        tables: int64 `[P, K, K]`, faces to which the first gave the answer of the row, the second that of the column.
        observed: float64 `[P]`, share of these faces on which they agree.
        kappa: float64 `[P]`, Cohen's κ (Educational and Psychological Measurement 20, 1960).
        error: float64 `[P]`, its standard error for large samples (Fleiss, Cohen and Everitt, Psychological
            Bulletin 72, 1969).
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    tables: NDArray[np.int64]
    observed: NDArray[np.float64]
    kappa: NDArray[np.float64]
    error: NDArray[np.float64]


def pairs(ratings: Ratings) -> Pairs:
    """Compares raters two by two.

    Args:
        ratings: Of any faces; the cost grows with the pairs of answers to one face, not with those of raters.
    """
    number, options = len(ratings.raters), len(ratings.options)
    order = np.lexsort((ratings.rater, ratings.face))
    face, rater, answer = ratings.face[order], ratings.rater[order], ratings.answer[order]
    keys = np.zeros(0, np.int64)
    counts = np.zeros(0, np.int64)
    apart = 1
    while apart < len(face) and (same := face[apart:] == face[:-apart]).any():
        pair = rater[:-apart][same] * number + rater[apart:][same]
        key = (pair * options + answer[:-apart][same]) * options + answer[apart:][same]
        found, times = np.unique(key, return_counts=True)
        keys, counts = np.concatenate([keys, found]), np.concatenate([counts, times])
        apart += 1
    names, place = np.unique(keys // options**2, return_inverse=True)
    cells = np.zeros((len(names), options**2), np.int64)
    np.add.at(cells, (place, keys % options**2), counts)
    tables = cells.reshape(-1, options, options)
    return Pairs(names // number, names % number, tables, *cohen(tables))


def cohen(tables: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Observed agreement, Cohen's κ and its standard error.

    Args:
        tables: int64 `[..., K, K]`, counts of the one's answers by the other's; one of a single count or more.

    Returns:
        Each float64 `[...]`; κ and error are not a number where both always gave one and the same answer.

    >>> [round(float(value), 4) for value in cohen(np.array([[20, 5], [10, 15]]))]
    [0.7, 0.4, 0.127]
    """
    total = tables.sum(axis=(-2, -1))
    shares = tables / total[..., None, None]
    rows, columns = shares.sum(axis=-1), shares.sum(axis=-2)
    diagonal = np.einsum("...kk->...k", shares)
    observed = diagonal.sum(axis=-1)
    chance = (rows * columns).sum(axis=-1)
    beyond = np.where(chance < 1 - 1e-12, 1 - chance, np.nan)
    kappa = (observed - chance) / beyond
    # Fleiss, Cohen and Everitt's equation 13; the second term runs over the cells off the diagonal.
    scale = (1 - kappa)[..., None]
    on = (diagonal * (1 - (rows + columns) * scale) ** 2).sum(axis=-1)
    crossed = shares * (columns[..., :, None] + rows[..., None, :]) ** 2
    off = crossed.sum(axis=(-2, -1)) - np.einsum("...kk->...", crossed)
    variance = on + (1 - kappa) ** 2 * off - (kappa - chance * (1 - kappa)) ** 2
    return observed, kappa, np.sqrt(np.maximum(variance, 0) / total) / beyond
