"""What is said of faces by FiftyOne's definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from evaluate.app.scores import hardness, mistakenness, principal, uniqueness


@pytest.fixture
def probabilities() -> np.ndarray:
    """Answers of a network of seven classes on 50 faces."""
    return np.random.default_rng(0).dirichlet(np.full(7, 0.3), 50)


def test_hardness_is_the_entropy(probabilities: np.ndarray) -> None:
    """As SciPy has it, which FiftyOne's brain asks."""
    np.testing.assert_allclose(hardness(probabilities), entropy(probabilities, axis=1))


def test_a_sure_error_is_a_mistaken_label() -> None:
    """(1 + e^-H) / 2 with H = 0.9·ln(1/0.9) + 0.1·ln 10 = 0.325083 for another answer, (1 - e^-H) / 2 for the label."""
    answer = np.array([[0.9, 0.1], [0.9, 0.1]])
    np.testing.assert_allclose(mistakenness(answer, np.array([1, 0])), [0.861234, 0.138766], atol=1e-6)


def test_principal_components() -> None:
    """scikit-learn's, but for the direction of the axes."""
    vectors = np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32) * [5, 3, 1, 1, 1, 1]
    ours = principal(vectors.astype(np.float32), 2)
    theirs = PCA(2).fit_transform(vectors.astype(np.float32))
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-4)


def test_uniqueness_by_brute_force() -> None:
    """0.6, 0.3 and 0.1 of the distances to the three nearest that scikit-learn finds, over the greatest."""
    points = np.random.default_rng(2).normal(size=(2_100, 3))
    distances = NearestNeighbors(n_neighbors=4, algorithm="brute").fit(points).kneighbors(points)[0][:, 1:]
    expected = distances @ [0.6, 0.3, 0.1]
    np.testing.assert_allclose(uniqueness(points), expected / expected.max(), atol=1e-6)


def test_few_faces_are_all_unique() -> None:
    """Three faces have no three neighbours."""
    assert uniqueness(np.zeros((3, 2))).tolist() == [1, 1, 1]
