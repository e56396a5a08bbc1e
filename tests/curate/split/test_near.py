"""Pairs that show one moment: found whichever of the two is asked about, and never a stranger."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from curate.measure import as_frame, measure
from curate.split.near import Printing, Prints, near_pairs
from tests.curate.split.conftest import drawn, encoded

STRANGERS = 12


@pytest.fixture(scope="module")
def prints() -> Prints:
    """Twelve pictures; then of each a smaller copy, a cut-out, and a mirrored cut-out in JPEG."""
    pictures = [drawn(number) for number in range(STRANGERS)]
    files = [encoded(picture) for picture in pictures]
    files += [encoded(picture.resize((50, 50))) for picture in pictures]
    files += [encoded(picture.crop((6, 2, 94, 90))) for picture in pictures]
    flipped = [picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for picture in pictures]
    files += [encoded(picture.crop((3, 3, 92, 92)), "JPEG", quality=60) for picture in flipped]
    with Printing() as printing:
        for start in range(0, len(files), 10):
            printing.add(as_frame(measure(data) for data in files[start : start + 10]))
        return printing.prints()


@pytest.mark.parametrize("flip", [False, True])
def test_order_of_asking_plays_no_part(prints: Prints, *, flip: bool) -> None:
    """The same pairs with the same correlation, whichever side is which, and when all are asked about all."""
    some, others = np.arange(STRANGERS), np.arange(STRANGERS, 4 * STRANGERS)
    there = set(near_pairs(prints, some, others, flip=flip))
    back = {(other, one, correlation) for one, other, correlation in near_pairs(prints, others, some, flip=flip)}
    everyone = np.arange(4 * STRANGERS)
    among_all = {pair for pair in near_pairs(prints, everyone, everyone, flip=flip) if pair[0] < STRANGERS}
    assert there == back == among_all
    assert there


def test_copies_are_found_and_strangers_are_not(prints: Prints) -> None:
    """Every copy as it is, every mirrored one mirrored, and nothing between two different pictures."""
    everyone = np.arange(4 * STRANGERS)
    straight = {(one, other) for one, other, _ in near_pairs(prints, everyone, everyone, flip=False)}
    turned = {(one, other) for one, other, _ in near_pairs(prints, everyone, everyone, flip=True)}
    assert all(one % STRANGERS == other % STRANGERS for one, other in straight | turned)
    originals = range(STRANGERS)
    assert {(number, number + STRANGERS) for number in originals} <= straight
    assert {(number, number + 2 * STRANGERS) for number in originals} <= straight
    assert {(number, number + 3 * STRANGERS) for number in originals} <= turned


def test_nothing_to_compare(prints: Prints) -> None:
    """No picture on a side, no pair; no picture at all, no prints."""
    nobody = np.empty(0, np.int64)
    assert list(near_pairs(prints, nobody, np.arange(5), flip=True)) == []
    with Printing() as printing:
        assert printing.prints().thumbnails.shape == (0, 4096)


def test_prints_outlive_their_file(prints: Prints) -> None:
    """The nameless file is gone, the thumbnails are there."""
    with Image.open(io.BytesIO(encoded(drawn(0)))) as image:
        mean = np.asarray(image).mean()
    assert abs(prints.thumbnail(0).mean() - mean) < 2
