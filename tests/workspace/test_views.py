"""The views of a face over which probabilities are averaged."""

from __future__ import annotations

import numpy as np
import pytest

from workspace.views import VIEWS, views

NUMBERS = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3)
"""123 / 456 / 789."""


def test_ten_crops() -> None:
    """The face and its four neighbours one pixel off, edges repeated, each followed by its mirror image."""
    found = [view[0].tolist() for view in views(NUMBERS, "ten-crop")]
    plain = [
        [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        [[1, 1, 2], [1, 1, 2], [4, 4, 5]],
        [[2, 3, 3], [2, 3, 3], [5, 6, 6]],
        [[4, 4, 5], [7, 7, 8], [7, 7, 8]],
        [[5, 6, 6], [8, 9, 9], [8, 9, 9]],
    ]
    assert found[::2] == plain
    assert found[1::2] == [[row[::-1] for row in crop] for crop in plain]


@pytest.mark.parametrize("way", VIEWS)
def test_cost_is_what_is_said(way: str) -> None:
    """As many views as the note counts."""
    assert len(list(views(NUMBERS, way))) == VIEWS[way]
