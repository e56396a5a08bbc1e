"""Boxes, tags and cards stay legible and inside the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image, ImageDraw

from evaluate.photo import drawing as module
from evaluate.photo.drawing import LONGEST, SHORTEST, Shown, drawing
from evaluate.photo.record import records

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluate.photo.faces import Finder

SHARES = np.array([[0.05, 0.0, 0.05, 0.7, 0.1, 0.0, 0.1]], np.float32)
ROW = {"face": 100, "label": "surprise", "confidence": 1.0}
SIDES = st.integers(-60, 700)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SIDES, SIDES, st.integers(1, 500)), min_size=1, max_size=12), st.integers(40, 640))
def test_no_tag_leaves_the_picture(places: list[tuple[int, int, int]], side: int) -> None:
    """Wherever faces are, at the border, beyond it or upon each other."""
    pen = ImageDraw.Draw(Image.new("RGB", (side, side)))
    area, tags = (0, 0, side - 1, side - 1), []
    clip = lambda value: min(max(value, 0), side - 1)  # noqa: E731 - short
    boxes = [(clip(x), clip(y), clip(x + size), clip(y + size)) for x, y, size in places]
    for at, box in enumerate(boxes):
        others = [other for place, other in enumerate(boxes) if place != at]
        _, _, (left, top, right, bottom) = module._tag(pen, (box, ROW), area, (tags, others))  # noqa: SLF001
        tags.append((left, top, right, bottom))
        assert left >= 0
        assert top >= 0
        assert right <= side
        assert bottom <= side


def test_a_tag_that_would_cover_a_neighbour_is_its_number() -> None:
    """A face amid eight others of its size keeps its number alone; alone it has the whole tag."""
    pen = ImageDraw.Draw(Image.new("RGB", (300, 300)))
    area = (0, 0, 299, 299)
    grid = [(x, y, x + 40, y + 40) for y in (88, 130, 172) for x in (88, 130, 172)]
    middle = grid.pop(4)
    assert module._tag(pen, (middle, ROW), area, ([], []))[0] == "100 surprise 100 %"  # noqa: SLF001
    assert module._tag(pen, (middle, ROW), area, ([], grid))[0] == "100"  # noqa: SLF001


@pytest.mark.parametrize(("size", "longest"), [((2000, 1500), LONGEST), ((100, 80), SHORTEST), ((900, 700), 900)])
def test_size_fits_a_screen(planted: Callable[..., Finder], size: tuple[int, int], longest: int) -> None:
    """Large pictures are shrunk, small ones enlarged, others left as they are."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    shown = Shown.of(pixels, planted().faces(pixels))
    assert max(shown.pixels.shape) == longest


def test_small_faces_enlarge_the_picture(planted: Callable[..., Finder]) -> None:
    """Boxes of 32 pixels are brought to 64, as far as the picture then fits."""
    pixels = np.zeros((480, 640, 3), np.uint8)
    shown = Shown.of(pixels, planted((10, 10, 32, 0.99), (100, 10, 32, 0.99)).faces(pixels))
    assert shown.scale == 2


def test_grey_and_extreme_pictures_are_drawn(planted: Callable[..., Finder]) -> None:
    """A grey picture, one of a single pixel's height, and a face that fills the picture and more."""
    for shape in ((50, 60), (1, 500), (500, 1)):
        pixels = np.full(shape, 128, np.uint8)
        faces = planted((-20, -20, 400, 0.95)).faces(pixels)
        page = drawing(Shown.of(pixels, faces), faces, records(faces, SHARES))
        assert page.ndim == 3
        assert len(np.unique(page.reshape(-1, 3), axis=0)) > 10


def test_bars_are_as_long_as_their_shares(planted: Callable[..., Finder]) -> None:
    """70 % of happy is a bar of 38 pixels (54 for all) and its first: in happy's colour, in the fourth row."""
    pixels = np.zeros((480, 640, 3), np.uint8)
    faces = planted((200, 100, 96, 0.95)).faces(pixels)
    page = drawing(Shown.of(pixels, faces), faces, records(faces, SHARES))
    line = page[480 + 10 + 20 + 3 * 15 + 6]
    assert int((line[20:] == (0xE9, 0xB4, 0x4C)).all(axis=1).sum()) == 39
