"""Sharpness of a 48×48 face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from curate.faces.sharpness import sharpness

FACE = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8), (0, 0), 1.5)


def test_an_even_face_has_none() -> None:
    """No detail, no contrast, no division by nought."""
    assert sharpness(np.full((48, 48), 90, np.uint8)) == 0


def test_contrast_and_brightness_do_not_count() -> None:
    """Half the contrast and 60 levels brighter is as sharp, but for rounding."""
    assert sharpness((FACE // 2 + 60).astype(np.uint8)) == pytest.approx(sharpness(FACE), rel=0.1)


def test_a_wave_has_its_known_sharpness() -> None:
    """The Laplacian of cos(wx) is -2 (1 - cos w) cos(wx); a period of 8 pixels gives (2 - sqrt 2)² = 0.343."""
    wave = np.rint(127.5 + 120 * np.cos(2 * np.pi * np.arange(65) / 8))
    face = np.tile(wave, (65, 1)).astype(np.uint8)
    assert sharpness(face) == pytest.approx(0.343, rel=0.05)


def test_blur_takes_it_away() -> None:
    """A Gaussian of 1.5 pixels leaves a small part."""
    assert sharpness(cv2.GaussianBlur(FACE, (0, 0), 1.5)) < 0.4 * sharpness(FACE)
