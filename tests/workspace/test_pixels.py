"""Decoding: every format and mode to the right pixels, every bad file to its own error, nothing on stderr."""

from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from PIL import Image, ImageOps

from schemas.errors import ImageError
from workspace.header import read_header
from workspace.pixels import Limits, decode, probe

if TYPE_CHECKING:
    from pathlib import Path


def _colours() -> Image.Image:
    """A smooth picture of 24 × 16 pixels that JPEG hardly changes."""
    across, down = np.meshgrid(np.linspace(0, 255, 24), np.linspace(0, 255, 16))
    return Image.fromarray(np.stack([across, down, 255 - across], axis=2).astype(np.uint8))


def _bytes(image: Image.Image, image_format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def _reason(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(ImageError) as caught:
        decode(data, limits or Limits())
    assert caught.value.fix
    return caught.value.reason


def _png(width: int, height: int, *chunks: bytes) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


@pytest.mark.parametrize("image_format", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_give_the_pixels_that_were_stored(image_format: str) -> None:
    """What went in comes out."""
    picture = decode(_bytes(_colours(), image_format))
    np.testing.assert_array_equal(picture.pixels, np.asarray(_colours()))
    assert (picture.format, picture.width, picture.height, picture.frames) == (image_format.lower(), 24, 16, 1)


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_give_nearly_the_pixels_that_were_stored(image_format: str) -> None:
    """Within the loss of a high quality, in red-green-blue order."""
    picture = decode(_bytes(_colours(), image_format, quality=95))
    difference = picture.pixels.astype(int) - np.asarray(_colours())
    assert np.abs(difference).mean() < 8
    assert picture.format == image_format.lower()


def test_heic_is_read() -> None:
    """Telephones write it."""
    heif = pytest.importorskip("pillow_heif", reason="pip install pillow-heif")
    file = io.BytesIO()
    heif.from_pillow(_colours().resize((96, 64))).save(file, quality=90)
    picture = decode(file.getvalue())
    assert (picture.format, picture.pixels.shape) == ("heic", (64, 96, 3))
    assert np.abs(picture.pixels.astype(int) - np.asarray(_colours().resize((96, 64)))).mean() < 8


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_jpeg_pixels_are_those_of_pillow(options: dict[str, Any]) -> None:
    """Both are libjpeg-turbo with the accurate transform, so not a level differs."""
    data = _bytes(_colours(), "JPEG", quality=80, **options)
    np.testing.assert_array_equal(decode(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


def test_grey_files_give_two_dimensions() -> None:
    """`[H, W]`, so that nobody takes a grey photograph for a colour one."""
    assert decode(_bytes(_colours().convert("L"), "JPEG")).pixels.shape == (16, 24)
    assert decode(_bytes(_colours().convert("L"), "PNG")).pixels.shape == (16, 24)


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    """65,535 is 255, half of it is half."""
    values = np.array([[0, 257, 32_896, 65_535]], np.uint16)
    assert decode(_bytes(Image.fromarray(values), "PNG")).pixels.tolist() == [[0, 1, 128, 255]]


def test_transparency_is_laid_on_white() -> None:
    """Clear is white, half-clear black is mid-grey, opaque stays."""
    rgba = np.array([[[0, 0, 0, 0], [0, 0, 0, 128], [10, 20, 30, 255]]], np.uint8)
    assert decode(_bytes(Image.fromarray(rgba), "PNG")).pixels.tolist() == [[[255] * 3, [127] * 3, [10, 20, 30]]]


def test_palette_with_a_clear_colour_is_laid_on_white() -> None:
    """The usual GIF and small PNG of web pages."""
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 0, 200])
    image.putdata([0, 1])
    data = _bytes(image, "PNG", transparency=1)
    assert decode(data).pixels.tolist() == [[[200, 0, 0], [255, 255, 255]]]


def test_cmyk_as_adobe_writes_it() -> None:
    """Pure cyan is no red, and full green and blue."""
    data = _bytes(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG", quality=100)
    np.testing.assert_allclose(decode(data).pixels[8, 8], [0, 255, 255], atol=3)


def test_cmyk_without_adobes_marker_is_not_inverted() -> None:
    """Only Adobe stores CMYK upside down: the same data without its marker is the opposite ink."""
    data = _bytes(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG", quality=100)
    at = data.index(b"\xff\xee")
    (length,) = struct.unpack_from(">H", data, at + 2)
    plain = data[:at] + data[at + 2 + length :]
    np.testing.assert_allclose(decode(plain).pixels[8, 8], [0, 0, 0], atol=3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_exif_turn_is_that_of_pillow(image_format: str, orientation: int) -> None:
    """All eight, against `ImageOps.exif_transpose`."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = _bytes(_colours(), image_format, exif=exif)
    picture = decode(data)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))
    np.testing.assert_array_equal(picture.pixels, expected)
    assert (picture.height, picture.width) == expected.shape[:2]


def test_of_an_animation_the_first_picture_is_taken() -> None:
    """And the others are counted."""
    frames = [Image.new("L", (8, 8), level) for level in (40, 120, 200)]
    picture = decode(_bytes(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert picture.frames == 3
    assert np.unique(picture.pixels).tolist() == [40]


def test_a_hundred_thousand_frames_are_not_walked() -> None:
    """The count stops at 1000."""
    data = _bytes(Image.new("L", (1, 1), 7), "GIF")
    start = data.index(b"\x2c")
    assert read_header(data[:start] + data[start:-1] * 100_000 + b"\x3b").frames == 1000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty-file"),
        (b"just words", "not-an-image"),
        (b"<html>404</html>", "not-an-image"),
        (b"%PDF-1.7", "unsupported-format"),
        (b"<svg xmlns=''/>", "unsupported-format"),
        (b"\xff\xd8\xff", "truncated"),
        (b"\x89PNG\r\n\x1a\n", "truncated"),
        (_png(0, 5), "damaged"),
        (_png(5, 5), "damaged"),
    ],
)
def test_each_bad_file_has_its_reason(data: bytes, reason: str) -> None:
    """And each reason its fix."""
    assert _reason(data) == reason


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(image_format: str, share: float) -> None:
    """Never half a picture and grey below."""
    noise = Image.fromarray(np.random.default_rng(5).integers(0, 256, (64, 64, 3), np.uint8))
    data = _bytes(noise, image_format)
    assert _reason(data[: int(len(data) * share)]) in {"truncated", "damaged"}


def test_a_damaged_jpeg_is_refused() -> None:
    """Most decoders fill the rest with grey and say nothing."""
    noise = Image.fromarray(np.random.default_rng(5).integers(0, 256, (64, 64), np.uint8))
    data = bytearray(_bytes(noise, "JPEG"))
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    assert _reason(bytes(data)) == "damaged"


@pytest.mark.parametrize(
    ("size", "reason"), [((40_000, 40_000), "too-large-side"), ((15_000, 15_000), "too-many-pixels")]
)
def test_a_bomb_is_refused_before_memory_is_taken(size: tuple[int, int], reason: str) -> None:
    """The header alone decides."""
    data = _png(*size, _chunk(b"IDAT", zlib.compress(bytes(1000))))
    tracemalloc.start()
    try:
        assert _reason(data) == reason
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_gif_whose_first_frame_is_a_bomb_is_refused() -> None:
    """The frame counts, not the screen it stands on."""
    data = bytearray(_bytes(Image.new("L", (1, 1), 7), "GIF"))
    at = data.index(b"\x2c")
    data[at + 5 : at + 9] = struct.pack("<HH", 60_000, 60_000)
    assert _reason(bytes(data)) == "too-large-side"


def test_limits_are_the_callers() -> None:
    """Each of the three."""
    data = _bytes(_colours(), "PNG")
    assert _reason(data, Limits(max_pixels=383)) == "too-many-pixels"
    assert _reason(data, Limits(max_side=23)) == "too-large-side"
    assert _reason(data, Limits(max_bytes=len(data) - 1)) == "too-large-file"
    assert probe(data, Limits(max_pixels=384, max_side=24, max_bytes=len(data))).width == 24


def test_a_giant_text_chunk_does_not_unfold() -> None:
    """A kilobyte of compressed text that would be 200 MB."""
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9))
    pixel = _chunk(b"IDAT", zlib.compress(b"\0\x40"))
    assert _reason(_png(1, 1, text, pixel)) == "damaged"


def test_a_jpeg_of_a_thousand_scans_is_refused() -> None:
    """Each costs a pass over all pixels."""
    data = _bytes(_colours(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    assert _reason(data[:-2] + data[last:-2] * 1000 + data[-2:]) == "damaged"


def test_the_name_plays_no_part() -> None:
    """There is none to look at: a PNG is a PNG by its first bytes."""
    assert read_header(_bytes(_colours(), "PNG")).format == "png"


_SEEDS = [
    _bytes(_colours(), image_format, **options)
    for image_format, options in (
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("GIF", {}),
        ("WEBP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_adobe_deflate"}),
        ("BMP", {}),
        ("AVIF", {}),
    )
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.sampled_from(_SEEDS), data=st.data())
def test_mutated_files_give_a_picture_or_an_error(
    seed: bytes, data: st.DataObject, capfd: pytest.CaptureFixture[str]
) -> None:
    """Never another exception, never a word on stderr."""
    mutated = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(mutated) - 1))
        mutated[at] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    cut = data.draw(st.integers(1, len(mutated)))
    with contextlib.suppress(ImageError):
        picture = decode(bytes(mutated[:cut]), Limits(max_pixels=1_000_000))
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.shape[:2] == (picture.height, picture.width)
    assert capfd.readouterr().err == ""


def test_real_pictures_are_all_read(shared_data: Path) -> None:
    """691 from the web, in several formats and modes."""
    for path in sorted((shared_data / "scraped").iterdir()):
        picture = decode(path.read_bytes())
        assert picture.pixels.shape[:2] == (picture.height, picture.width)
