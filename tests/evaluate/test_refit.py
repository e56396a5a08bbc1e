"""The last layer, fitted anew."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression

from evaluate.refit import refit, regression


def test_regression_is_scikit_learns() -> None:
    """The same least, with C = 0.01: weights and bias less their mean over the classes, which no answer depends on."""
    random = np.random.default_rng(3)
    vectors, labels = random.normal(size=(200, 5)), random.integers(0, 3, 200)
    vectors[np.arange(200), labels] += 2
    found = regression(vectors, labels, 3)
    theirs = LogisticRegression(C=0.01, tol=1e-10, max_iter=1000).fit(vectors, labels)
    expected = np.concatenate([theirs.coef_.T, theirs.intercept_[None]])
    np.testing.assert_allclose(
        found - found.mean(1, keepdims=True), expected - expected.mean(1, keepdims=True), atol=1e-4
    )


def test_no_face_is_judged_by_its_own_label() -> None:
    """Each face and its twin have a number of their own that nobody else has: all faces of a fold look the same."""
    vectors = np.repeat(np.eye(20, dtype=np.float32), 2, axis=0)
    labels = np.random.default_rng(0).integers(0, 3, 40)
    found = refit(vectors, labels, np.repeat(np.arange(20), 2), 4, 3)
    assert len(np.unique(found.round(9), axis=0)) <= 4
    np.testing.assert_allclose(found.sum(1), 1)


def test_what_can_be_learnt_is_learnt() -> None:
    """Two clusters, one of whose faces bears the other's label: it gets its own cluster's class."""
    vectors = np.concatenate([np.zeros((40, 2)), np.ones((40, 2))]).astype(np.float32)
    labels = np.repeat([0, 1], 40)
    labels[7] = 1
    found = refit(vectors, labels, np.arange(80), 5, 2)
    assert (found.argmax(1) == np.repeat([0, 1], 40)).all()
