"""Confident learning."""

from __future__ import annotations

import numpy as np

from evaluate.doubts import doubts

PROBABILITIES = np.array(
    [
        [0.8, 0.1, 0.1],
        [0.7, 0.2, 0.1],
        [0.2, 0.7, 0.1],
        [0.5, 0.3, 0.2],
        [0.1, 0.8, 0.1],
        [0.2, 0.6, 0.2],
        [0.6, 0.3, 0.1],
        [0.1, 0.45, 0.45],
        [0.1, 0.1, 0.8],
        [0.2, 0.2, 0.6],
        [0.15, 0.8, 0.05],
        [0.4, 0.3, 0.3],
    ]
)
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])


def test_cleanlab_says_the_same() -> None:
    """What cleanlab 2.9.0 gives for these twelve faces.

    `get_confident_thresholds`, `compute_confident_joint(calibrate=False)`, `estimate_joint` of it, and
    `find_label_issues(filter_by="confident_learning", return_indices_ranked_by="self_confidence")`. Cleanlab rounds
    the joint to whole faces; the exact rows are the counts' shares of a third.
    """
    found = doubts(PROBABILITIES, LABELS)
    np.testing.assert_allclose(found.thresholds, [0.55, 0.5375, 0.4375])
    assert found.counts.tolist() == [[2, 1, 0], [1, 2, 1], [0, 1, 2]]
    joint = [[0.25, 1 / 12, 0.0], [1 / 12, 1 / 6, 1 / 12], [0.0, 1 / 12, 0.25]]
    np.testing.assert_allclose(found.joint, np.array([[8, 4, 0], [3, 6, 3], [0, 4, 8]]) / 36)
    assert np.abs(found.joint - joint).max() <= 0.5 / 12
    assert found.faces.tolist() == [10, 2, 6]
    assert found.suggested.tolist() == [1, 1, 0]


def test_a_class_without_faces_suggests_nothing() -> None:
    """Nobody is labelled the third class: it has no threshold, and no face is counted to it."""
    found = doubts(np.array([[0.2, 0.1, 0.7], [0.6, 0.2, 0.2], [0.1, 0.3, 0.6]]), np.array([0, 0, 1]))
    assert np.isnan(found.thresholds[2])
    assert found.counts[:, 2].tolist() == [0, 0, 0]
    assert found.joint.sum() == 1


def test_a_network_that_knows_nothing_doubts_nothing() -> None:
    """It gives every face the same: each label is as likely as any class."""
    assert doubts(np.full((4, 2), 0.5), np.array([0, 1, 0, 1])).faces.tolist() == []
