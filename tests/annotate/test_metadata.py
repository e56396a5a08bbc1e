"""What a picture holds beside its pixels."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from annotate.metadata import metadata

PICTURE = Image.effect_noise((40, 30), 60).convert("RGB")


def saved(form: str, **settings: Any) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    PICTURE.save(file, form, **settings)
    return file.getvalue()


def exif() -> bytes:
    """Metadata as a camera writes it."""
    tags = Image.Exif()
    tags[0x010E] = "a sad face"
    return tags.tobytes()


def text() -> PngInfo:
    """A PNG's text."""
    info = PngInfo()
    info.add_text("Title", "sad/0001.jpg")
    return info


@pytest.mark.parametrize(
    "data",
    [saved("PNG"), saved("JPEG"), saved("JPEG", progressive=True), saved("JPEG", restart_marker_blocks=2)],
    ids=["png", "jpeg", "progressive", "restarts"],
)
def test_pixels_alone(data: bytes) -> None:
    """A picture saved from pixels has nothing else."""
    assert metadata(data) == []


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (saved("PNG", pnginfo=text()), "PNG chunk tEXt"),
        (saved("PNG", exif=exif()), "PNG chunk eXIf"),
        (saved("PNG", dpi=(72, 72)), "PNG chunk pHYs"),
        (saved("PNG") + b"sad", "bytes behind the end"),
        (saved("JPEG", exif=exif()), "JPEG segment APP1"),
        (saved("JPEG", comment=b"sad"), "JPEG segment COM"),
        (saved("JPEG", icc_profile=b"x" * 200), "JPEG segment APP2"),
        (saved("JPEG") + b"sad", "bytes behind the end"),
        (saved("JPEG", progressive=True) + b"sad", "bytes behind the end"),
        (saved("GIF"), "neither PNG nor JPEG"),
    ],
)
def test_anything_else_is_named(data: bytes, found: str) -> None:
    """By the name its format has for it."""
    assert metadata(data) == [found]
