"""What is done to the demo's photographs."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from curate.demo import variations as made
from schemas.errors import ImageError
from workspace.pixels import decode


def grey(*rows: list[int]) -> Image.Image:
    """A grey picture of the given rows."""
    return Image.fromarray(np.array(rows, np.uint8))


def test_half_size_halves_both_sides() -> None:
    """512 × 300 becomes 256 × 150."""
    assert made.half_size(Image.new("RGB", (512, 300))).size == (256, 150)


def test_cropped_takes_the_share_off_both_sides() -> None:
    """5 % of 400 × 200 is 20 × 10, half of it on each side."""
    assert made.cropped(Image.new("L", (400, 200))).size == (380, 190)


def test_mirrored_exchanges_left_and_right() -> None:
    """A row is read backwards."""
    assert np.asarray(made.mirrored(grey([1, 2, 3]))).tolist() == [[3, 2, 1]]


def test_defocus_spreads_a_point_over_a_disc() -> None:
    """A disc of radius 1 has five points, each of which gets a fifth."""
    point = grey([0, 0, 0], [0, 250, 0], [0, 0, 0])
    assert np.asarray(made.defocused(point, 1)).tolist() == [[0, 50, 0], [50, 50, 50], [0, 50, 0]]


def test_motion_spreads_a_point_over_a_line() -> None:
    """A line of three points gets a third each."""
    point = grey([0, 0, 0], [0, 240, 0], [0, 0, 0])
    assert np.asarray(made.moved(point, 3)).tolist() == [[0, 0, 0], [80, 80, 80], [0, 0, 0]]


def test_blur_leaves_an_even_picture_alone() -> None:
    """The mean of equal values is that value, at the border too."""
    even = Image.new("RGB", (20, 10), (10, 200, 255))
    assert np.array_equal(np.asarray(made.defocused(even)), np.asarray(even))


def test_darkened_divides_the_light() -> None:
    """A sixth of 255, 12 and 5, rounded down."""
    assert np.asarray(made.darkened(grey([255, 12, 5]))).tolist() == [[42, 2, 0]]


def test_collage_shows_both_at_one_height() -> None:
    """40 × 20 and 30 × 60 at a height of 30: 60 and 15 wide, and a line of 12 between them."""
    assert made.side_by_side(Image.new("L", (40, 20)), Image.new("RGB", (30, 60)), 30).size == (87, 30)


def test_turned_picture_is_upright_once_its_exif_is_obeyed() -> None:
    """A picture that is dark above and bright below comes back so, through a JPEG that lies on its side."""
    picture = Image.fromarray(np.repeat(np.array([0] * 16 + [240] * 16, np.uint8), 48).reshape(32, 48)).convert("RGB")
    data = made.turned_by_exif(picture)
    assert Image.open(io.BytesIO(data)).size == (32, 48)
    upright = decode(data).pixels
    assert upright.shape == (32, 48, 3)
    assert upright[:8].mean() < 5
    assert upright[-8:].mean() > 235


def test_bomb_is_refused_by_its_header() -> None:
    """69 bytes that claim 50,000 × 50,000 pixels."""
    data = made.bomb()
    assert len(data) == 69
    with pytest.raises(ImageError) as caught:
        decode(data)
    assert caught.value.reason == "too-large-side"


def test_archive_bytes_depend_on_its_entries_alone() -> None:
    """No time of day goes into it."""
    data = made.archive({"a.txt": b"1", "../b.txt": b"2"})
    assert data == made.archive({"a.txt": b"1", "../b.txt": b"2"})
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["a.txt", "../b.txt"]
