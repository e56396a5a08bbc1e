"""Which faces are kept: one row each, with reason, figure and threshold."""

from __future__ import annotations

import hashlib
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from curate.faces.decide import decide
from curate.faces.duplicates import SIDE
from curate.faces.look import BOX, POINTS, as_frame
from schemas.settings import FacesSettings
from schemas.tables import FACES
from workspace.framing import FER_EYES, FER_MOUTH, FER_NOSE

FRONTAL = np.array([*FER_EYES, FER_NOSE, *FER_MOUTH]).ravel()
SETTINGS = FacesSettings()


def thumbnail(seed: int) -> bytes:
    """A face's pixels that no other seed gives."""
    noise = np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2), np.uint8).tobytes()


def face(image_id: str = "a" * 64, **values: Any) -> dict[str, Any]:
    """A detection that passes every test, but for the values given."""
    seed = int(hashlib.sha256(f"{image_id}{sorted(values)}".encode()).hexdigest()[:8], 16)
    row = {
        "image_id": image_id,
        "recipe": "test",
        "rank": 0,
        "score": 0.99,
        **dict(zip(BOX, (10, 10, 110, 120), strict=True)),
        **dict(zip(POINTS, FRONTAL, strict=True)),
        "face_size": 100.0,
        "outside": 0.0,
        "face_sharpness": 0.5,
        "face_phash": np.random.default_rng(seed).integers(0, 2**64, dtype=np.uint64),
        "face_phash_mirrored": np.random.default_rng(seed + 1).integers(0, 2**64, dtype=np.uint64),
        "face_thumbnail": thumbnail(seed),
    }
    return row | values


def decided(*rows: dict[str, Any], settings: FacesSettings = SETTINGS) -> pd.DataFrame:
    """The table `faces` of some detections."""
    frame = as_frame(rows)
    pictures = [np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE) for pixels in frame["face_thumbnail"]]
    return decide(frame.drop(columns="face_thumbnail"), pictures.__getitem__, settings)


def turned(points: np.ndarray, x: float = 0, y: float = 0) -> dict[str, float]:
    """Landmarks with the nose moved."""
    return dict(zip(POINTS, points + np.array([0, 0, 0, 0, x, y, 0, 0, 0, 0]), strict=True))


def test_a_good_face_is_kept() -> None:
    """No reason, no figure, all columns of the table."""
    table = decided(face())
    assert list(table.columns) == FACES.names
    assert table.loc[0, ["kept", "reason", "also", "cut"]].tolist() == [True, "", "", False]
    assert table["value"].isna().all()


@pytest.mark.parametrize(
    ("values", "reason", "value", "threshold"),
    [
        ({"score": 0.8}, "low-score", 0.8, 0.9),
        ({"face_size": 47.9}, "small-face", 47.9, 48.0),
        ({"outside": 0.4}, "cut-face", 0.4, 0.25),
        (turned(FRONTAL, x=12), "turned-face", 50.2, 45.0),
        (turned(FRONTAL, x=-12), "turned-face", -50.2, 45.0),
        (turned(FRONTAL, y=9), "nodding-face", -42.0, 35.0),
        ({"face_sharpness": 0.05}, "blurred-face", 0.05, 0.1),
    ],
)
def test_each_test_gives_its_reason_figure_and_threshold(
    values: dict[str, float], reason: str, value: float, threshold: float
) -> None:
    """A nose moved by n of its 10 pixels of depth is turned by atan(n / 10): 12 gives 50.2 degrees."""
    row = decided(face(**values)).iloc[0]
    assert (row["kept"], row["reason"], row["also"]) == (False, reason, "")
    assert row["value"] == pytest.approx(value, abs=0.05)
    assert row["threshold"] == pytest.approx(threshold)


def test_figures_on_the_threshold_are_kept() -> None:
    """A threshold is the last value that passes."""
    row = face(score=0.9, face_size=48.0, outside=0.25, face_sharpness=0.1)
    assert decided(row)["kept"].all()


def test_further_reasons_are_listed_in_order() -> None:
    """The first is the reason; a person sees what else would have to change."""
    row = decided(face(score=0.5, face_size=20.0, face_sharpness=0.01)).iloc[0]
    assert (row["reason"], row["also"]) == ("low-score", "small-face,blurred-face")


def test_a_picture_without_a_face_has_a_row() -> None:
    """So that every picture is accounted for."""
    row = decided(face(rank=-1, score=np.nan, face_size=np.nan, outside=np.nan, face_sharpness=np.nan)).iloc[0]
    assert (row["kept"], row["reason"], row["also"], row["cut"]) == (False, "no-face", "", False)
    assert np.isnan(row["yaw"])


def test_a_face_cut_a_little_is_flagged_and_kept() -> None:
    """Up to a quarter of the frame is filled by reflection."""
    row = decided(face(outside=0.1)).iloc[0]
    assert (row["kept"], row["cut"]) == (True, True)


def test_the_id_is_a_digest_of_picture_and_box() -> None:
    """Boxes count in sixteenths of a pixel."""
    wanted = hashlib.sha256(f"{'a' * 64}:160,160,1760,1920".encode()).hexdigest()[:32]
    assert decided(face())["face_id"].tolist() == [wanted]


def test_of_two_faces_that_are_one_picture_the_larger_stays() -> None:
    """The other names it and the correlation that decided."""
    pixels = thumbnail(1)
    small = face("b" * 64, face_size=60.0, face_phash=5, face_phash_mirrored=2**60 - 1, face_thumbnail=pixels)
    large = face("c" * 64, face_size=90.0, face_phash=7, face_phash_mirrored=2**50 - 1, face_thumbnail=pixels)
    table = decided(small, large).set_index("image_id")
    out = table.loc["b" * 64]
    assert (out["kept"], out["reason"], out["value"]) == (False, "duplicate-face", 1.0)
    assert out["duplicate_of"] == table.loc["c" * 64, "face_id"]
    assert table.loc["c" * 64, "kept"]


def test_a_face_that_is_out_anyhow_takes_no_other_out() -> None:
    """The larger copy is blurred, so the smaller stays."""
    pixels = thumbnail(1)
    small = face("b" * 64, face_size=60.0, face_phash=5, face_thumbnail=pixels)
    large = face("c" * 64, face_size=90.0, face_phash=7, face_thumbnail=pixels, face_sharpness=0.01)
    assert decided(small, large).set_index("image_id")["kept"].to_dict() == {"b" * 64: True, "c" * 64: False}


def test_duplicates_can_be_left_in() -> None:
    """The switch."""
    pixels = thumbnail(1)
    rows = [face(letter * 64, face_phash=5, face_thumbnail=pixels) for letter in "bc"]
    assert decided(*rows, settings=FacesSettings(duplicate_faces=False))["kept"].all()


def test_the_order_of_the_input_does_not_count() -> None:
    """Bit for bit the same table."""
    pixels = thumbnail(1)
    rows = [face(letter * 64, face_phash=number, face_thumbnail=pixels) for number, letter in enumerate("bcdef")]
    pd.testing.assert_frame_equal(decided(*rows), decided(*rows[::-1]))


def test_no_detections_give_an_empty_table() -> None:
    """Every picture may be out before this step."""
    assert decided().empty
