"""Agreement of several raters beyond chance, from how many gave each answer to each face.

Every coefficient here is a function of sums over faces. `summands` gives each face's part, `coefficients` the figures
from the sums; so a bootstrap only has to add other faces up. Faces may have different numbers of answers. Those with
one answer tell how often answers are given, but nothing of agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Sums:
    """Sums over faces; all arrays may have further axes in front, one entry for each set of faces.

    Attributes:
        answered: Faces with an answer, `[...]`.
        compared: Faces with two answers or more.
        agreement: Sum over these of the share of pairs of raters who agree.
        shares: Sum over the answered faces of each answer's share, `[..., K]`.
        for_each: As `agreement`, when every answer but one counts as the same, `[..., K]`.
        coincidences: Krippendorff's coincidences, `[..., K, K]`: each pair of answers to a face with n answers
            counts 1 / (n - 1), both ways.
    """

    answered: NDArray[np.float64]
    compared: NDArray[np.float64]
    agreement: NDArray[np.float64]
    shares: NDArray[np.float64]
    for_each: NDArray[np.float64]
    coincidences: NDArray[np.float64]


@dataclass(frozen=True)
class Coefficients:
    """What the sums say; not a number where it is not defined. Shapes as in `Sums`.

    Attributes:
        observed: Share of pairs of raters who agree, the mean over faces with two answers or more.
        chance: What it would be if answers were drawn from the shares (Fleiss).
        fleiss: Fleiss' κ (Psychological Bulletin 76, 1971). For faces with different numbers of answers, K. Gwet's
            generalisation (Handbook of Inter-Rater Reliability, 4th ed., 2014, ch. 2): shares are means over faces.
        ac1: Gwet's AC1 (British Journal of Mathematical and Statistical Psychology 61, 2008): chance is
            Σ π (1 - π) / (q - 1), q being the number of answers that can be given.
        alpha: Krippendorff's α, nominal (Computing Krippendorff's Alpha-Reliability, 2011).
        alpha_distance: The same with squared distances between answers, as α for interval data has them.
        kappa_for_each: Fleiss' κ of each answer against all others, `[..., K]`.
        agreement_for_each: `[..., K]`: where one rater gave this answer, the share of the others who did.
    """

    observed: NDArray[np.float64]
    chance: NDArray[np.float64]
    fleiss: NDArray[np.float64]
    ac1: NDArray[np.float64]
    alpha: NDArray[np.float64]
    alpha_distance: NDArray[np.float64]
    kappa_for_each: NDArray[np.float64]
    agreement_for_each: NDArray[np.float64]


def summands(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each face's part of the sums, as one row: float64 `[N, 3 + 2 K + K²]`, to be added up and given to `sums`.

    Args:
        counts: int64 `[N, K]`, how many raters gave each answer to each face.
    """
    answers = counts.sum(axis=1)
    compared = answers >= 2
    pairs = np.where(compared, answers * (answers - 1), 1)[:, None]
    same = counts * (counts - 1) / pairs
    others = answers[:, None] - counts
    apart = (others * (others - 1) / pairs + same) * compared[:, None]
    coincidences = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1], dtype=int)
    scaled = coincidences * (compared / np.maximum(answers - 1, 1))[:, None, None]
    columns = [
        (answers > 0)[:, None],
        compared[:, None],
        same.sum(axis=1, keepdims=True),
        counts / np.maximum(answers, 1)[:, None],
        apart,
        scaled.reshape(len(counts), counts.shape[1] ** 2),
    ]
    return np.concatenate(columns, axis=1, dtype=np.float64)


def sums(totals: NDArray[np.float64], options: int) -> Sums:
    """Names the sums.

    Args:
        totals: Rows of `summands`, added up: float64 `[..., 3 + 2 K + K²]`.
        options: K, the number of answers.
    """
    return Sums(
        answered=totals[..., 0],
        compared=totals[..., 1],
        agreement=totals[..., 2],
        shares=totals[..., 3 : 3 + options],
        for_each=totals[..., 3 + options : 3 + 2 * options],
        coincidences=totals[..., 3 + 2 * options :].reshape(*totals.shape[:-1], options, options),
    )


def coefficients(found: Sums, squared: NDArray[np.float64]) -> Coefficients:
    """The coefficients of agreement.

    Args:
        found: Sums over faces.
        squared: float64 `[K, K]`, squared distances between answers, for `alpha_distance`.

    Every answer of the sums' K counts as one that can be given, whether anybody gave it or not. Only AC1 depends
    on that.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = found.agreement / found.compared
        shares = found.shares / found.answered[..., None]
        chance = (shares**2).sum(axis=-1)
        gwet = (shares * (1 - shares)).sum(axis=-1) / (shares.shape[-1] - 1)
        either = shares**2 + (1 - shares) ** 2
        return Coefficients(
            observed=observed,
            chance=chance,
            fleiss=_beyond(observed, chance),
            ac1=_beyond(observed, gwet),
            alpha=alpha(found.coincidences, 1 - np.eye(shares.shape[-1])),
            alpha_distance=alpha(found.coincidences, squared),
            kappa_for_each=_beyond(found.for_each / found.compared[..., None], either),
            agreement_for_each=np.einsum("...kk->...k", found.coincidences) / found.coincidences.sum(axis=-1),
        )


def alpha(coincidences: NDArray[np.float64], squared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Krippendorff's α: 1 - observed disagreement / disagreement expected by chance.

    Args:
        coincidences: float64 `[..., K, K]`.
        squared: float64 `[K, K]`, how much two answers disagree, 0 on the diagonal.

    >>> alpha(np.array([[4.0, 1.0], [1.0, 4.0]]), 1 - np.eye(2)).round(4).tolist()
    0.64
    """
    each = coincidences.sum(axis=-1)
    total = each.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = (coincidences * squared).sum(axis=(-2, -1)) / total
        expected = np.einsum("...k,...l,kl->...", each, each, squared) / (total * (total - 1))
        # All answers alike: nothing could disagree, and nothing is known. Rounding must not make that a number.
        return np.where(expected > 1e-12, 1 - seen / expected, np.nan)


def _beyond(observed: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(chance < 1 - 1e-12, (observed - chance) / (1 - chance), np.nan)
