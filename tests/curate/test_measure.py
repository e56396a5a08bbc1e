"""Measuring: hashes as imagehash's, figures as computed by hand, rows that depend on nothing but their file."""

from __future__ import annotations

import hashlib
import io
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import imagehash
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from curate.measure import RECIPE, as_frame, measure, perceptual_hashes, shrink
from schemas.errors import ImageError
from schemas.tables import IMAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray


def _png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _row(pixels: NDArray[np.uint8]) -> Any:
    return as_frame([measure(_png(pixels))]).iloc[0]


def _reference(thumbnail: NDArray[np.uint8]) -> int:
    return int(str(imagehash.phash(Image.fromarray(np.ascontiguousarray(thumbnail)))), 16)


_THUMBNAIL = hnp.arrays(np.uint8, (32, 32)) | hnp.arrays(np.uint8, (32, 32), elements=st.sampled_from([0, 128, 255]))


@settings(deadline=None)
@given(thumbnails=st.lists(_THUMBNAIL, min_size=1, max_size=9))
def test_hashes_are_those_of_imagehash(thumbnails: list[NDArray[np.uint8]]) -> None:
    """Bit for bit, in a batch of any size, mirrored too."""
    hashes, mirrored = perceptual_hashes(thumbnails)
    assert hashes.tolist() == [_reference(each) for each in thumbnails]
    assert mirrored.tolist() == [_reference(each[:, ::-1]) for each in thumbnails]


@pytest.mark.parametrize("level", [0, 1, 7, 77, 128, 254, 255])
def test_hashes_of_flat_pictures_are_those_of_imagehash(level: int) -> None:
    """Where every bit but the first is a matter of rounding."""
    flat = np.full((32, 32), level, np.uint8)
    assert [int(value[0]) for value in perceptual_hashes([flat])] == [_reference(flat)] * 2


@settings(deadline=None)
@given(half=hnp.arrays(np.uint8, (32, 16)))
def test_hashes_of_symmetric_pictures_are_those_of_imagehash(half: NDArray[np.uint8]) -> None:
    """Half of whose frequencies vanish up to rounding, in either direction."""
    across = np.hstack([half, half[:, ::-1]])
    both = np.vstack([across[:16], across[15::-1]])
    pictures = [across, np.ascontiguousarray(across.T), both]
    assert perceptual_hashes(pictures)[0].tolist() == [_reference(each) for each in pictures]


def _blocks(thumbnail: bytes) -> NDArray[np.uint8]:
    """Means of a stored thumbnail's blocks of 2×2, halves rounded up."""
    sums: NDArray[np.int64] = np.frombuffer(thumbnail, np.uint8).reshape(32, 2, 32, 2).sum(axis=(1, 3), dtype=np.int64)
    return ((sums + 2) // 4).astype(np.uint8)


def test_the_stored_hash_is_that_of_the_stored_thumbnail(photo: Callable[..., bytes]) -> None:
    """Whoever doubts it can compute it again from the table."""
    row = as_frame([measure(photo(3))]).iloc[0]
    blocks = _blocks(row["thumbnail"])
    assert row["phash"] == _reference(blocks)
    assert row["phash_mirrored"] == _reference(blocks[:, ::-1])
    assert row["recipe"] == RECIPE


def test_a_row_has_the_columns_and_types_of_the_table(photo: Callable[..., bytes]) -> None:
    """In the table's order."""
    frame = as_frame([measure(photo(1)), measure(photo(2, "JPEG"))])
    assert list(frame.columns) == IMAGES.names
    for column in IMAGES.columns:
        if column.type not in ("string", "binary"):
            assert frame[column.name].dtype == column.type
    assert frame["format"].tolist() == ["png", "jpeg"]


def test_no_measurements_make_an_empty_frame() -> None:
    """With all columns."""
    assert list(as_frame([]).columns) == IMAGES.names


def test_identity_and_size_are_those_of_the_file(photo: Callable[..., bytes]) -> None:
    """SHA-256 of the bytes, and their number."""
    data = photo(5, size=(160, 120))
    row = as_frame([measure(data)]).iloc[0]
    assert row["image_id"] == hashlib.sha256(data).hexdigest()
    assert (row["bytes"], row["width"], row["height"]) == (len(data), 160, 120)


def test_a_row_does_not_depend_on_its_batch(photo: Callable[..., bytes]) -> None:
    """One by one, all at once, or in another order and in threads: the same bits."""
    files = [photo(seed, size=(50 + 7 * seed, 40 + 5 * seed)) for seed in range(12)]
    alone = pd.concat([as_frame([measure(data)]) for data in files], ignore_index=True)
    with ThreadPoolExecutor(4) as threads:
        backwards = list(threads.map(measure, files[::-1]))
    pd.testing.assert_frame_equal(as_frame(backwards[::-1]), alone, check_exact=True)
    pd.testing.assert_frame_equal(as_frame(backwards)[::-1].reset_index(drop=True), alone, check_exact=True)


def test_exposure_of_two_levels() -> None:
    """A quarter of the pixels 0, the rest 200: mean 150, deviation √(0.75·0.25)·200, entropy 0.811 bits."""
    pixels = np.full((64, 64), 200, np.uint8)
    pixels[:, :16] = 0
    row = _row(pixels)
    assert row["brightness"] == pytest.approx(150)
    assert row["contrast"] == pytest.approx(200 * math.sqrt(0.1875), rel=1e-6)
    assert row["entropy"] == pytest.approx(0.75 * math.log2(4 / 3) + 0.25 * 2, rel=1e-6)
    assert (row["level_1"], row["level_99"]) == (0, 200)
    assert (row["clipped_shadows"], row["clipped_highlights"]) == (0.25, 0)
    assert row["common_greys"] == 1


def test_percentiles_of_a_ramp() -> None:
    """Levels 0 to 99 equally often: 1 % do not exceed level 0, 99 % do not exceed level 98."""
    row = _row(np.tile(np.arange(100, dtype=np.uint8), (60, 1)))
    assert (row["level_1"], row["level_99"]) == (0, 98)
    assert row["common_greys"] == pytest.approx(0.16)


def test_sharpness_of_a_line() -> None:
    """A white column on black: Laplacian -510 on it and 255 on either side, 390,150 in all on 3 of 64 columns."""
    pixels = np.zeros((64, 64), np.uint8)
    pixels[:, 20] = 255
    row = _row(pixels)
    assert row["sharpness"] == pytest.approx((510**2 + 2 * 255**2) / 64, rel=1e-5)
    assert row["sharpness_peak"] == pytest.approx((510**2 + 2 * 255**2) / 16, rel=1e-5)
    assert row["hard_edges"] == 1


def test_one_sharp_tile_shows_in_the_peak() -> None:
    """A sharp face before a soft background is not blurred as a whole."""
    pixels = np.full((192, 192), 128, np.uint8)
    pixels[48:96, 48:96] = np.random.default_rng(1).integers(0, 256, (48, 48))
    row = _row(pixels)
    assert row["sharpness_peak"] > 10 * row["sharpness"]


def test_a_grey_ramp_has_no_detail() -> None:
    """Its second derivative is 0 but at the two ends."""
    row = _row(np.tile(np.arange(128, dtype=np.uint8), (128, 1)))
    assert row["sharpness"] < 1
    assert row["hard_edges"] == 0


def test_figures_do_not_depend_on_the_size_of_the_file() -> None:
    """A picture and its fourfold enlargement in blocks are one canonical picture."""
    small = np.random.default_rng(2).integers(0, 256, (192, 150, 3), np.uint8)
    large = np.kron(small, np.ones((4, 4, 1), np.uint8))
    figures = [name for name in IMAGES.names if name not in {"image_id", "width", "height", "bytes"}]
    pd.testing.assert_series_equal(_row(small)[figures], _row(large)[figures])


@given(height=st.integers(1, 1500), width=st.integers(1, 1500), channels=st.sampled_from([None, 3]))
@settings(deadline=None, max_examples=60)
def test_the_canonical_picture_fits_and_keeps_its_shape(height: int, width: int, channels: int | None) -> None:
    """No side over 192, none under 1, small pictures untouched, constant ones constant."""
    shape = (height, width) if channels is None else (height, width, channels)
    result = shrink(np.full(shape, 77, np.uint8))
    assert min(result.shape[:2]) >= 1
    assert max(result.shape[:2]) == min(192, max(height, width))
    assert result.ndim == len(shape)
    assert (result == 77).all()


def test_one_pixel_can_be_measured() -> None:
    """The smallest picture there is."""
    row = _row(np.array([[9]], np.uint8))
    assert (row["brightness"], row["sharpness"], row["entropy"]) == (9, 0, 0)


def test_bad_bytes_are_the_decoders_error() -> None:
    """Measuring adds none of its own."""
    with pytest.raises(ImageError) as caught:
        measure(b"no picture")
    assert caught.value.reason == "not-an-image"


def test_hashes_of_real_photographs_are_those_of_imagehash(shared_data: Path) -> None:
    """100 faces in one batch."""
    files = sorted((shared_data / "natural_faces" / "images").glob("*.jpg"))[:100]
    rows = as_frame(measure(path.read_bytes()) for path in files)
    assert rows["phash"].tolist() == [_reference(_blocks(each)) for each in rows["thumbnail"]]
