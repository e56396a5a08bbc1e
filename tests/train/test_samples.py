"""Augmented faces beside those they are made of."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from train.samples import VERSIONS, samples, sheet

FACES = np.random.default_rng(0).integers(0, 256, (10, 48, 48), dtype=np.uint8)
LABELS = np.array([0, 0, 0, 1, 2, 2, -1, -1, 2, 0], np.int8)
NAMES = ["angry", "disgust", "fear", "happy"]


def unchanged(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """An augmentation that does nothing."""
    return pixels


def test_two_faces_of_each_class_or_as_many_as_there_are() -> None:
    """Disgust has one, happy has none, and a face without a label is not shown."""
    assert [one.name for one in samples(FACES, LABELS, NAMES, unchanged, 1)] == ["angry"] * 2 + ["disgust"] + [
        "fear"
    ] * 2


def test_face_is_of_its_class_and_its_versions_of_it() -> None:
    """No face stands under another's name."""
    for one in samples(FACES, LABELS, NAMES, unchanged, 1):
        places = [at for at, face in enumerate(FACES) if (face == one.original).all()]
        assert [NAMES[LABELS[at]] for at in places] == [one.name]
        assert one.versions.shape == (VERSIONS, 48, 48)
        assert (one.versions == one.original).all()


def test_same_seed_same_samples() -> None:
    """And another seed gives others."""

    def noisy(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return pixels + random.normal(size=pixels.shape)

    def drawn(seed: int) -> bytes:
        return b"".join(one.versions.tobytes() for one in samples(FACES, LABELS, NAMES, noisy, seed))

    assert drawn(1) == drawn(1) != drawn(2)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_levels_are_rounded_and_cut_off(kind: Any) -> None:
    """What an augmentation gives beyond black and white is black and white; the channel's axis is no matter."""

    def beyond(pixels: np.ndarray, random: np.random.Generator) -> np.ndarray:
        values = np.array([-20, 0.4, 0.6, 254.6, 300, 7], kind)
        return np.broadcast_to(values[:, None, None, None], (VERSIONS, 44, 44, 1))

    first = samples(FACES, LABELS, NAMES, beyond, 1)[0]
    assert first.versions[:, 0, 0].tolist() == [0, 0, 1, 255, 255, 7]
    assert first.versions.shape == (VERSIONS, 44, 44)


def test_sheet_shows_every_picture() -> None:
    """Each face and each version stands on it at twice its size, pixel for pixel."""
    drawn = samples(FACES, LABELS, NAMES, unchanged, 1)
    page = np.asarray(Image.open(io.BytesIO(sheet(drawn))))
    windows = np.lib.stride_tricks.sliding_window_view(page, (1, 96))[:, :, 0]
    for one in drawn:
        row = np.repeat(one.original[24], 2)
        assert int((windows == row).all(axis=2).sum()) == 2 * (VERSIONS + 1)


def test_sheet_of_none() -> None:
    """A set without labels gives an empty sheet, not an error."""
    assert Image.open(io.BytesIO(sheet([]))).format == "PNG"
