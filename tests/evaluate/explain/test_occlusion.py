"""Occlusion maps of a network that looks at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evaluate.explain.occlusion import covered, occlusion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray


def one_pixel(batches: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
    """A network whose first class is the grey level of the pixel in row 1, column 1, and whose second is the rest."""
    for batch in batches:
        level = batch[:, 1, 1].astype(np.float32) / 255
        yield np.stack([level, 1 - level], axis=1)


def test_only_the_place_it_looks_at() -> None:
    """A square of 2 at the nine places of 4 × 4 pixels; the four that cover pixel (1, 1) make it 10 instead of 160.

    A pixel in row and column 0 or 1 is covered by such squares alone, in row or column 2 by half as many, in 3 by none.
    """
    face = np.zeros((4, 4), np.uint8)
    face[1, 1] = 160
    (found,) = occlusion(one_pixel, face[None], 2)
    reach = np.array([1, 1, 0.5, 0])
    np.testing.assert_allclose(found[0], np.outer(reach, reach) * 150 / 255, atol=1e-7)
    np.testing.assert_allclose(found[1], -found[0], atol=1e-7)


def test_all_of_a_face_is_covered() -> None:
    """Each of 48 × 48 pixels is grey in one picture at least, also where the side does not divide 48."""
    face = np.random.default_rng(0).integers(0, 100, (48, 48), dtype=np.uint8)
    face[0, 0] = 255
    for side in (1, 7, 8, 47):
        made = covered(face, side)
        changed = made != face
        assert (changed.sum(axis=(1, 2)) <= side * side).all()
        same = face == round(float(face.mean()))
        assert (changed.any(axis=0) | same).all()


def test_faces_in_turn() -> None:
    """Each has a map of its own: the network looks at a bright pixel in the second face only."""
    faces = np.zeros((2, 4, 4), np.uint8)
    faces[1, 1, 1] = 255
    dark, bright = occlusion(one_pixel, faces, 2)
    assert np.abs(dark).max() == 0
    assert bright[0].max() > 0.9
