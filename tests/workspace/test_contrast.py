"""Contrast of the grey faces."""

from __future__ import annotations

import numpy as np
import pytest

from workspace.contrast import normalise

FACE = np.random.default_rng(0).normal(120, 20, (48, 48)).clip(40, 200).astype(np.uint8)


def test_none_leaves_every_pixel() -> None:
    """The default changes nothing."""
    assert np.array_equal(normalise(FACE, "none"), FACE)


def test_minmax_stretches_to_the_whole_range() -> None:
    """100 in 50…150 is in the middle: 127.5, rounded up."""
    assert normalise(np.array([[50, 100, 150]], np.uint8), "minmax").tolist() == [[0, 128, 255]]


def test_histogram_makes_all_grey_levels_equally_frequent() -> None:
    """Four levels of equal number come to 0, 85, 170 and 255: (rank - least) / (all - least) of 255."""
    face = np.repeat(np.array([10, 20, 30, 40], np.uint8), 4).reshape(4, 4)
    assert np.unique(normalise(face, "histogram")).tolist() == [0, 85, 170, 255]


def test_clahe_raises_local_contrast() -> None:
    """A dim half gains contrast that a global stretch cannot give it."""
    face = FACE.copy()
    face[:, :24] = FACE[:, :24] // 8
    assert normalise(face, "clahe")[:, 4:20].std() > 1.5 * normalise(face, "minmax")[:, 4:20].std()


@pytest.mark.parametrize("contrast", ["none", "minmax"])
def test_an_even_face_stays_even(contrast: str) -> None:
    """There is nothing to stretch."""
    assert np.unique(normalise(np.full((48, 48), 7, np.uint8), contrast)).tolist() == [7]
