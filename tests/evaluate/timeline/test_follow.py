"""Faces followed by place."""

from __future__ import annotations

import numpy as np
import pytest

from evaluate.timeline.follow import Follower, overlaps


def boxes(*corners: tuple[float, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Boxes of 10 × 10 at corners."""
    return np.array([(x, y, x + 10, y + 10) for x, y in corners], np.float32).reshape(-1, 4)


def test_two_that_come_near_keep_their_numbers() -> None:
    """The pair that overlaps most is matched first: each moves by 3, and both would overlap the other's old place."""
    follower = Follower()
    assert follower.numbers(0.0, boxes((0, 0), (6, 0))) == [1, 2]
    assert follower.numbers(0.2, boxes((6, 0), (2, 0))) == [2, 1]


def test_a_face_that_is_hidden_for_less_than_a_second_is_the_same() -> None:
    """Seen at 0 and at 0.9 s; after 1.1 s more without it, it is another."""
    follower = Follower()
    assert follower.numbers(0.0, boxes((0, 0))) == [1]
    assert follower.numbers(0.5, boxes()) == []
    assert follower.numbers(0.9, boxes((1, 1))) == [1]
    assert follower.numbers(2.0, boxes((1, 1))) == [2]


def test_far_away_is_another() -> None:
    """A third of the area must be shared: a shift of 5 of 10 pixels shares 50 of 150, one of 6 pixels 40 of 160."""
    follower = Follower()
    assert follower.numbers(0.0, boxes((0, 0))) == [1]
    assert follower.numbers(0.2, boxes((5, 0))) == [1]
    assert follower.numbers(0.4, boxes((11, 0))) == [2]


def test_overlap_by_hand() -> None:
    """A quarter of each shared: 25 of 175. Apart: none. A box without extent: none, and no warning."""
    found = overlaps(boxes((0, 0)), np.array([[5, 5, 15, 15], [20, 20, 30, 30], [3, 3, 3, 3]], np.float32))
    assert found[0].tolist() == pytest.approx([25 / 175, 0, 0])
