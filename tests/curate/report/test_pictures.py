"""Pictures in the page."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

from curate.report.pictures import Pictures

if TYPE_CHECKING:
    from workspace.store import Workspace

ID = "0" * 64
"""160 × 120 pixels, of blocks of 20."""


def size(uri: str | None) -> tuple[int, int]:
    """Width and height of the picture in a data URI."""
    assert uri is not None
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).size


def test_whole_picture_fits_its_side(fresh: Workspace) -> None:
    """The longer side is shortened, the other in proportion."""
    assert size(Pictures(fresh, {ID: "jpeg"}).whole(ID, 80)) == (80, 60)


def test_part_shows_more_than_the_box_but_nothing_outside_the_picture(fresh: Workspace) -> None:
    """A box of 40 with 10 more on each side, cut where the picture ends."""
    pictures = Pictures(fresh, {ID: "jpeg"})
    assert size(pictures.part(ID, (60, 40, 100, 80), 500)) == (60, 60)
    assert size(pictures.part(ID, (-20, 40, 20, 80), 500)) == (30, 60)


def test_box_outside_the_picture_shows_nothing(fresh: Workspace) -> None:
    """A table that was tampered with makes no traceback."""
    assert Pictures(fresh, {ID: "jpeg"}).part(ID, (900, 900, 940, 940)) is None
