"""Greedy suppression of boxes that lie upon each other."""

from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from workspace.detectors.detections import Detections, suppress


def test_the_best_of_two_overlapping_boxes_stays() -> None:
    """Boxes of 10×10 shifted by 5 share 50 of 150 pixels, a third."""
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10]], np.float32)
    scores = np.array([0.6, 0.9], np.float32)
    assert suppress(boxes, scores, 0.33).tolist() == [1]
    assert suppress(boxes, scores, 0.34).tolist() == [1, 0]


def test_a_box_within_another_is_measured_by_the_smaller() -> None:
    """A 5×5 box inside a 10×10 box shares a quarter of the union and all of itself."""
    boxes = np.array([[0, 0, 10, 10], [2, 2, 7, 7]], np.float32)
    scores = np.array([0.9, 0.8], np.float32)
    assert len(suppress(boxes, scores, 0.5)) == 2
    assert suppress(boxes, scores, 0.5, by_smaller=True).tolist() == [0]


def test_equal_scores_keep_the_order_of_the_input() -> None:
    """Ties are broken by place, so that the result never depends on a sort's whim."""
    boxes = np.array([[0, 0, 4, 4], [0, 0, 4, 4], [9, 9, 12, 12]], np.float32)
    assert suppress(boxes, np.full(3, 0.5, np.float32), 0.5).tolist() == [0, 2]


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(1, 20)] * 2, st.integers(0, 10)), max_size=12))
def test_no_two_boxes_that_are_kept_overlap_more_than_allowed(rows: list[tuple[int, ...]]) -> None:
    """Whatever the boxes, those kept share at most the allowed part of their union."""
    table = np.array(rows, np.float32).reshape(-1, 5)
    boxes = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:4]], axis=1)
    kept = boxes[suppress(boxes, table[:, 4], 0.4)]
    for at, one in enumerate(kept):
        for other in kept[:at]:
            wide = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
            high = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
            union = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - wide * high
            assert wide * high <= 0.4 * union + 1e-4


def test_a_picture_without_faces_has_length_0() -> None:
    """The empty result has the shapes of a full one."""
    nothing = Detections.none()
    assert len(nothing) == 0
    assert nothing.landmarks.shape == (0, 5, 2)
