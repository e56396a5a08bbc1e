"""Faces that are one and the same picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from curate.faces.duplicates import SIDE, duplicates, same

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACES = [
    cv2.GaussianBlur(np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), np.uint8), (0, 0), 2)
    for seed in range(4)
]


def test_the_same_picture_elsewhere_in_its_frame_is_the_same() -> None:
    """Two detections place a face differently by a pixel or two."""
    moved = np.roll(FACES[0], (2, -1), axis=(0, 1))
    assert same(FACES[0], moved) > 0.99


def test_brightness_and_contrast_do_not_count() -> None:
    """A paler copy is a copy."""
    assert same(FACES[0], (FACES[0] // 2 + 90).astype(np.uint8)) > 0.95


def test_a_face_that_differs_in_the_mouth_alone_is_another() -> None:
    """Another expression is what the data set is about."""
    other = FACES[0].copy()
    other[42:58, 16:48] = FACES[1][42:58, 16:48]
    assert same(FACES[0], other) < 0.8


def test_an_even_face_is_like_nothing() -> None:
    """There is no detail to compare."""
    assert same(FACES[0], np.full((SIDE, SIDE), 80, np.uint8)) == 0


def test_groups_are_stars_about_the_first() -> None:
    """2 is like 0 and 1, but goes to 0, the first kept face; 3 is near by its hash and not by its pixels."""
    faces = [FACES[0], FACES[1], FACES[0], FACES[2]]
    hashes = np.array([0b0000, 0b0011, 0b0001, 0b1000], np.uint64)
    far = np.full(4, 2**64 - 1, np.uint64)
    found = duplicates(hashes, far, faces.__getitem__, distance=3, correlation=0.92)
    assert found.keeper.tolist() == [-1, -1, 0, -1]
    assert found.correlation[2] == 1
    assert np.isnan(found.correlation[[0, 1, 3]]).all()


def test_a_mirrored_face_is_found() -> None:
    """Its hash is near the other's mirrored hash."""
    faces = [FACES[0], np.ascontiguousarray(FACES[0][:, ::-1])]
    hashes = np.array([0, 0xFFFF_FFFF], np.uint64)
    found = duplicates(hashes, hashes[::-1].copy(), faces.__getitem__, distance=4, correlation=0.92)
    assert found.keeper.tolist() == [-1, 0]


def test_hashes_that_are_far_are_not_compared() -> None:
    """The pixels are never asked for."""
    hashes = np.array([0, 0xFFFF], np.uint64)
    found = duplicates(hashes, hashes ^ np.uint64(0xFFFF << 32), [].__getitem__, distance=8, correlation=0.5)
    assert found.keeper.tolist() == [-1, -1]


def _turned(face: NDArray[np.uint8], degrees: float, scale: float) -> NDArray[np.uint8]:
    warp = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), degrees, scale)
    return np.asarray(cv2.warpAffine(face, warp, (SIDE, SIDE), borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def test_a_face_detected_a_little_larger_and_turned_is_found() -> None:
    """The detector places the landmarks of a copy of another size, or of a mirror image, a little differently."""
    faces = [FACES[0], _turned(FACES[0], 2.5, 1.08)]
    near = np.zeros(2, np.uint64)
    far = np.full(2, 2**64 - 1, np.uint64)
    assert same(*faces) < 0.93
    assert duplicates(near, far, faces.__getitem__, distance=3, correlation=0.93).keeper.tolist() == [-1, 0]


def test_laying_over_does_not_hide_another_expression() -> None:
    """A mouth half way to another's stays another, though the pair is alike enough to be laid over."""
    other = FACES[0].copy()
    other[42:58, 16:48] = cv2.addWeighted(FACES[0], 0.5, FACES[1], 0.5, 0)[42:58, 16:48]
    faces = [FACES[0], other]
    near = np.zeros(2, np.uint64)
    far = np.full(2, 2**64 - 1, np.uint64)
    assert 0.75 < same(*faces) < 0.9
    assert duplicates(near, far, faces.__getitem__, distance=3, correlation=0.93).keeper.tolist() == [-1, -1]
