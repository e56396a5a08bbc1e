"""Random transformations of faces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from schemas.settings import FitSettings
from train.augmentation import augment

STILL: dict[str, Any] = {
    "crop": 48,
    "rotation": 0.0,
    "zoom": 0.0,
    "shift": 0.0,
    "mirror": False,
    "brightness_change": 0.0,
    "contrast_change": 0.0,
    "erasing": 0.0,
}


@pytest.fixture
def faces() -> np.ndarray:
    """32 pictures that no symmetry maps onto themselves."""
    return np.random.default_rng(7).integers(0, 256, (32, 48, 48), dtype=np.uint8)


def drawn(faces: np.ndarray, seed: int = 0, **changed: Any) -> np.ndarray:
    """One random version of each, without the last axis."""
    result = augment(faces, FitSettings(**{**STILL, **changed}), np.random.default_rng(seed))
    assert result.dtype == np.float32
    return result[..., 0]


def test_nothing_asked_nothing_changed(faces: np.ndarray) -> None:
    """With all strengths at 0 the pixels are those of the face, exactly."""
    assert (drawn(faces) == faces).all()


def test_crop_without_shift_is_a_window_of_the_face(faces: np.ndarray) -> None:
    """The crop moves, it does not stretch: at whole pixels it would be one of the 81 windows of 40 × 40."""
    ramp = np.tile(np.arange(48, dtype=np.uint8), (256, 1, 1)).repeat(48, axis=1).reshape(256, 48, 48)
    result = drawn(ramp, crop=40)
    assert result.shape == (256, 40, 40)
    assert np.allclose(np.diff(result, axis=2), 1, atol=1e-3)
    assert result[:, 0, 0].min() >= 0
    assert result[:, 0, -1].max() <= 47
    assert result[:, 0, 0].min() < 0.5
    assert result[:, 0, 0].max() > 7.5


def test_mirror_gives_the_face_or_its_mirror_image(faces: np.ndarray) -> None:
    """Half of them, and nothing else."""
    result = drawn(faces, mirror=True)
    same = (result == faces).all(axis=(1, 2))
    mirrored = (result == faces[:, :, ::-1]).all(axis=(1, 2))
    assert (same ^ mirrored).all()
    assert 4 <= same.sum() <= 28


def test_a_quarter_turn_by_hand() -> None:
    """Turned by t the picture at (x, y) from the middle is that at (x cos t - y sin t, x sin t + y cos t)."""
    face = np.zeros((200, 48, 48), np.uint8)
    face[:, 4, 23:25] = 255
    result = drawn(face, rotation=90.0)
    middle = np.stack(np.meshgrid(np.arange(48) - 23.5, np.arange(48) - 23.5), -1)
    total = result.sum(axis=(1, 2))
    distance = np.linalg.norm((result[..., None] * middle).sum(axis=(1, 2)) / total[:, None], axis=1)
    assert np.allclose(distance, 19.5, atol=0.5)


def test_border_is_repeated_not_black() -> None:
    """A white face stays white whatever is done to its place: no black corner."""
    white = np.full((64, 48, 48), 255, np.uint8)
    assert (drawn(white, rotation=45.0, zoom=0.5, shift=12.0) == 255).all()


def test_brightness_and_contrast_by_hand(faces: np.ndarray) -> None:
    """Brightness adds one number to a face; contrast stretches about 128; both stay within 0 to 255."""
    grey = np.full((64, 48, 48), 128, np.uint8)
    assert np.ptp(drawn(grey, contrast_change=1.0)) < 1e-3
    shifted = drawn(grey, brightness_change=30.0)
    assert np.allclose(shifted, shifted[:, :1, :1])
    assert -30 <= shifted.min() - 128 < -20
    assert 20 < shifted.max() - 128 <= 30
    wild = drawn(faces, brightness_change=255.0, contrast_change=2.0)
    assert wild.min() >= 0
    assert wild.max() <= 255


def test_erasing_blots_out_one_rectangle(faces: np.ndarray) -> None:
    """A rectangle of one grey level, each side an eighth to three eighths of the picture's."""
    for face, result in zip(faces, drawn(faces, erasing=1.0), strict=True):
        rows, columns = np.nonzero(result != face)
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert 6 <= height <= 18
        assert 6 <= width <= 18
        blot = result[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert np.ptp(blot) == 0


def test_same_seed_same_pixels(faces: np.ndarray) -> None:
    """All chance comes from the generator that is given."""
    everything: dict[str, Any] = {"rotation": 15.0, "zoom": 0.2, "shift": 3.0, "mirror": True, "erasing": 0.5}
    assert (drawn(faces, 3, **everything) == drawn(faces, 3, **everything)).all()
    assert (drawn(faces, 3, **everything) != drawn(faces, 4, **everything)).any()
