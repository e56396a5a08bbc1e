"""Each corruption on pixels worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from evaluate import corruption
from evaluate.corruption import CORRUPTIONS, STRENGTHS, Corruption, corrupt

NUMBERS = np.arange(10, 100, 10, dtype=np.uint8).reshape(3, 3)
"""10 20 30 / 40 50 60 / 70 80 90."""


class Drawn:
    """A generator that gives what a test wants drawn."""

    def __init__(self, *numbers: float, normal: list[list[float]] | None = None) -> None:
        self._numbers = list(numbers)
        self._normal = normal

    def random(self) -> float:
        """The next number of 0 to 1."""
        return self._numbers.pop(0)

    def standard_normal(self, shape: tuple[int, ...]) -> np.ndarray:
        """The given ones."""
        found = np.array(self._normal)
        assert found.shape == shape
        return found


def named(name: str) -> Corruption:
    """The corruption of a name."""
    return next(one for one in CORRUPTIONS if one.name == name)


def test_blur_of_a_point() -> None:
    """One white pixel becomes 255 w(dy) w(dx), with w(d) = exp(-d²/2) / (1 + 2 e^-½ + 2 e^-2 + 2 e^-4½)."""
    face = np.zeros((9, 9), np.uint8)
    face[4, 4] = 255
    whole = 1 + 2 * math.exp(-0.5) + 2 * math.exp(-2) + 2 * math.exp(-4.5)
    found = corruption.blur(face, 1.0, Drawn())
    expected = [[255 * math.exp(-(y * y + x * x) / 2) / whole**2 for x in (0, 1, 2)] for y in (0, 1, 2)]
    assert found[4:7, 4:7].tolist() == np.rint(expected).tolist()


def test_noise_is_added_and_clipped() -> None:
    """100 + 255 · 0.1 · n for n = 1, -2, 0, 8: 125.5 to even, 49, 100, and 304 clipped."""
    face = np.full((2, 2), 100, np.uint8)
    found = corruption.noise(face, 0.1, Drawn(normal=[[1, -2], [0, 8]]))
    assert found.tolist() == [[126, 49], [100, 255]]


def test_jpeg_of_quality_25() -> None:
    """The first luminance step of T.81, 16, is 32 at quality 25; blocks of one level have 8 (level - 128) there.

    Of 131 that is 24, rounded to one step of 32: level 132. Of 129 it is 8, rounded to none: 128.
    """
    found = [corruption.jpeg(np.full((8, 8), level, np.uint8), 25, Drawn()) for level in (131, 129)]
    assert [np.unique(one).tolist() for one in found] == [[132], [128]]


def test_brightness_goes_both_ways() -> None:
    """51 levels are a fifth of white: 10 becomes 61 or 0, 250 becomes 255 or 199."""
    face = np.array([[10, 250]], np.uint8)
    assert corruption.brightness(face, 0.2, Drawn(0.1)).tolist() == [[61, 255]]
    assert corruption.brightness(face, 0.2, Drawn(0.9)).tolist() == [[0, 199]]


def test_contrast_shrinks_towards_the_mean() -> None:
    """Mean 50, three tenths left: 10 becomes 38, 90 becomes 62."""
    found = corruption.contrast(NUMBERS, 0.3, Drawn())
    assert found.tolist() == [[38, 41, 44], [47, 50, 53], [56, 59, 62]]


def test_occlusion_covers_a_square() -> None:
    """Side 2 of 3 may lie in two places each way: 0.9 is the second of the rows, 0.1 the first of the columns."""
    found = corruption.occlusion(NUMBERS, 2, Drawn(0.9, 0.1))
    assert found.tolist() == [[10, 20, 30], [50, 50, 60], [50, 50, 90]]


def test_rotation_by_a_right_angle() -> None:
    """To the left the right column comes on top; to the right the left one."""
    assert corruption.rotation(NUMBERS, 90, Drawn(0.1)).tolist() == [[30, 60, 90], [20, 50, 80], [10, 40, 70]]
    assert corruption.rotation(NUMBERS, 90, Drawn(0.9)).tolist() == [[70, 40, 10], [80, 50, 20], [90, 60, 30]]


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (0.1, [[20, 30, 30], [50, 60, 60], [80, 90, 90]]),
        (0.3, [[10, 10, 20], [40, 40, 50], [70, 70, 80]]),
        (0.6, [[40, 50, 60], [70, 80, 90], [70, 80, 90]]),
        (0.8, [[10, 20, 30], [10, 20, 30], [40, 50, 60]]),
    ],
)
def test_place_moves_and_repeats_the_edge(drawn: float, expected: list[list[int]]) -> None:
    """By one pixel to the left, to the right, up, down."""
    assert corruption.shift(NUMBERS, 1, Drawn(drawn)).tolist() == expected


def test_size_twice_and_half() -> None:
    """Twice as large, a pixel off the middle shows what was half a pixel off it; half as large, what was two off."""
    found = corruption.size(NUMBERS, math.log(2), Drawn(0.1))
    assert found.tolist() == [[30, 35, 40], [45, 50, 55], [60, 65, 70]]
    assert corruption.size(NUMBERS, math.log(2), Drawn(0.9)).tolist() == NUMBERS.tolist()


def test_low_resolution_means_and_enlarges() -> None:
    """Means 10 and 50 of the halves; enlarged, pixels lie at -¼, ¼, ¾ and 1¼ of the two: 10, 20, 40, 50."""
    face = np.array([[0, 20, 40, 60]] * 4, np.uint8)
    assert corruption.low_resolution(face, 2, Drawn()).tolist() == [[10, 20, 40, 50]] * 4


def test_constants_of_the_paper() -> None:
    """As its published code has them; blur for 48 pixels instead of 32, sides as shares of 48."""
    assert named("noise").constants == (0.04, 0.06, 0.08, 0.09, 0.10)
    assert named("JPEG").constants == (25, 18, 15, 10, 7)
    assert named("brightness").constants == (0.1, 0.2, 0.3, 0.4, 0.5)
    assert named("contrast").constants == (0.4, 0.3, 0.2, 0.1, 0.05)
    assert [round(sigma * 32 / 48, 6) for sigma in named("blur").constants] == [0.4, 0.6, 0.7, 0.8, 1.0]
    assert named("low resolution").constants == tuple(round(48 * share) for share in (0.6, 0.5, 0.4, 0.3, 0.25))


@pytest.mark.parametrize("one", CORRUPTIONS, ids=lambda one: one.name)
def test_stronger_is_further_from_the_face(one: Corruption) -> None:
    """On a slope of grey with a grain the mean distance from it grows from each strength to the next."""
    slope = np.add.outer(np.arange(48), 3 * np.arange(48))
    picture = (slope + np.random.default_rng(0).integers(0, 60, (48, 48))).astype(np.uint8)
    faces = np.repeat(picture[None], 40, axis=0)
    distances = [
        np.abs(corrupt(faces, one, strength, range(40), 0).astype(int) - faces).mean() for strength in STRENGTHS
    ]
    assert distances == sorted(distances)
    assert distances[0] > 0


@settings(deadline=None)
@given(
    one=st.sampled_from(CORRUPTIONS),
    strength=st.sampled_from(STRENGTHS),
    rows=st.lists(st.integers(0, 10**9), min_size=1, max_size=4, unique=True),
    seed=st.integers(0, 2**31),
)
def test_a_face_does_not_depend_on_the_others(one: Corruption, strength: int, rows: list[int], seed: int) -> None:
    """Alone it is corrupted as among others, in whatever order, and keeps its shape; the given face stays as it is."""
    faces = np.random.default_rng(1).integers(0, 256, (len(rows), 48, 48), dtype=np.uint8)
    before = faces.copy()
    together = corrupt(faces, one, strength, rows, seed)
    backwards = corrupt(faces[::-1], one, strength, rows[::-1], seed)[::-1]
    alone = corrupt(faces[:1], one, strength, rows[:1], seed)
    assert together.shape == faces.shape
    assert together.dtype == np.uint8
    np.testing.assert_array_equal(together, backwards)
    np.testing.assert_array_equal(together[:1], alone)
    np.testing.assert_array_equal(faces, before)


def test_seed_and_row_draw_anew() -> None:
    """The same face has another noise under another number, and under another seed."""
    face = np.full((2, 48, 48), 100, np.uint8)
    first, second = corrupt(face, named("noise"), 3, [0, 1], 0)
    assert (first != second).any()
    assert (first != corrupt(face[:1], named("noise"), 3, [0], 1)[0]).any()
