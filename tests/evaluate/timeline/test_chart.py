"""Probabilities over time as a picture."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from evaluate.colours import COLOURS
from evaluate.timeline.chart import Course, averaged, chart

CROP = np.zeros((48, 48), np.uint8)


def course(times: list[float], *shares: tuple[float, ...]) -> Course:
    """A face with its answers."""
    return Course(1, np.array(times), np.array(shares, np.float32), CROP)


def test_means_over_groups_of_frames() -> None:
    """Frames 0 to 4 in groups of two; the face is in 0, 1 and 4: mean of two, nothing, one."""
    happy, sad = (0, 0, 0, 1, 0, 0, 0), (0, 0, 0, 0, 1, 0, 0)
    found = averaged(course([0.0, 0.2, 0.8], happy, sad, sad), np.array([0.0, 0.2, 0.4, 0.6, 0.8]), 2)
    assert found[0].tolist() == [0, 0, 0, 0.5, 0.5, 0, 0]
    assert np.isnan(found[1]).all()
    assert found[2].tolist() == list(sad)


def test_a_face_is_drawn_where_it_was_seen() -> None:
    """Happy in the first half of the frames: its colour covers about half of the strip, and no other does."""
    times = np.arange(10) * 0.2
    happy = (0.0, 0, 0, 1, 0, 0, 0)
    data = chart([course(times[:5].tolist(), *[happy] * 5)], "film", times, 0.2)
    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    counts = {
        name: int((pixels == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2).sum())
        for name, colour in COLOURS.items()
    }
    drawn = counts.pop("happy")
    assert drawn > 20 * max(counts.values())  # the others stand in the legend alone


def test_no_face() -> None:
    """A picture all the same, and the same bytes each time."""
    assert chart([], "film", np.array([0.0]), 0.2) == chart([], "film", np.array([0.0]), 0.2)
