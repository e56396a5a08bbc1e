"""A network's last layer fitted anew to other faces, each face judged by a layer that has not seen it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DECAY = 100.0
"""Weight of half the squared weights beside the summed losses: scikit-learn's C = 0.01. With 256 numbers a face and a
thousand faces, 0.003 to 0.03 do about as well (`benchmarks/doubts.py` fits it on natural faces)."""


def refit(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], groups: NDArray[np.int64], folds: int, classes: int
) -> Floats:
    """The probabilities that layers fitted to the labels of the other faces give each face.

    The faces are dealt to folds, each class evenly, faces of one group together. A fold is judged by a softmax
    regression on the embedding, fitted to the others, standardised by them.

    Args:
        vectors: float32 `[N, D]`, the network's embedding.
        labels: int64 `[N]`.
        groups: int64 `[N]`; faces of one number are related.
        folds: At least 2, at most the number of groups.
        classes: K.

    Returns:
        float64 `[N, K]`, rows of a sum of 1.
    """
    found = np.empty((len(labels), classes))
    fold = _folds(labels, groups, folds)
    for number in range(folds):
        own = fold == number
        mean, deviation = vectors[~own].mean(0, dtype=np.float64), vectors[~own].std(0, dtype=np.float64)
        scaled = (vectors - mean) / np.where(deviation > 0, deviation, 1.0)
        found[own] = _soft(
            scaled[own] @ (weights := regression(scaled[~own], labels[~own], classes))[:-1] + weights[-1]
        )
    return found


def regression(vectors: Floats, labels: NDArray[np.int64], classes: int) -> Floats:
    """Softmax regression: least summed cross-entropy plus `DECAY` / 2 times the squared weights; the bias is free.

    Args:
        vectors: float64 `[N, D]`.
        labels: int64 `[N]`.
        classes: K.

    Returns:
        float64 `[D + 1, K]`: the weights, and below them the bias.
    """
    from scipy.optimize import minimize

    wanted = np.eye(classes)[labels]
    size = vectors.shape[1]

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(size + 1, classes)
        given = _soft(vectors @ weights[:-1] + weights[-1])
        entropy = -np.log(np.maximum(given[np.arange(len(labels)), labels], np.finfo(float).tiny)).sum()
        wrong = given - wanted
        slope = np.concatenate([vectors.T @ wrong + DECAY * weights[:-1], wrong.sum(0, keepdims=True)])
        return float(entropy + DECAY / 2 * (weights[:-1] ** 2).sum()), slope.ravel()

    best = minimize(loss, np.zeros((size + 1) * classes), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    weights: Floats = best.x.reshape(size + 1, classes)
    return weights


def _folds(labels: NDArray[np.int64], groups: NDArray[np.int64], folds: int) -> NDArray[np.int64]:
    """Face -> its fold: groups shuffled, sorted by the label of their first face, and dealt round."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(first))
    order = order[np.argsort(labels[first[order]], kind="stable")]
    dealt = np.empty(len(first), dtype=np.int64)
    dealt[order] = np.arange(len(first)) % folds
    return dealt[group]


def _soft(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    soft: Floats = raised / raised.sum(axis=1, keepdims=True)
    return soft
