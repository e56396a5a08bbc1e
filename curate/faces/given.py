"""Pictures that are face crops already, as FER-2013's are: taken as they are, without detection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pandas as pd

from curate.faces.decide import face_ids
from curate.faces.look import BOX, MEASURES
from schemas.tables import FACES
from workspace.framing import FER_SIDE, grey

if TYPE_CHECKING:
    from numpy.typing import NDArray

DETECTOR = "given"
"""What the table `faces` says found them."""


def given(sources: pd.DataFrame) -> set[str]:
    """The pictures all of whose sources declare them to be faces.

    Args:
        sources: `image_id` and `kind` of the table `sources`.
    """
    photographs = sources.loc[sources["kind"] != "face", "image_id"]
    return set(sources["image_id"]) - set(photographs)


def given_faces(pictures: pd.DataFrame) -> pd.DataFrame:
    """One kept face for each picture, which is all of it. Nothing was measured, so no threshold can take it out.

    Args:
        pictures: `image_id`, `width` and `height` of the table `images`.

    Returns:
        Rows of the table `faces`.
    """
    rows = pd.DataFrame({"image_id": pictures["image_id"].to_numpy(), "rank": 0, "kept": True, "cut": False})
    rows = rows.assign(reason="", also="", duplicate_of=None, detector=DETECTOR)
    for name in (*MEASURES, "value", "threshold", "yaw", "pitch", "roll"):
        rows[name] = np.float32(np.nan)
    for name, values in zip(BOX, (0, 0, pictures["width"], pictures["height"]), strict=True):
        rows[name] = np.asarray(values, np.float32)
    rows["face_id"] = face_ids(rows)
    return rows[FACES.names].sort_values("face_id", kind="stable").reset_index(drop=True)


def given_crops(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The picture as it is, and its 48×48 grey form, which is the picture itself where that is what it is.

    Args:
        pixels: uint8 RGB `[H, W, 3]` or grey `[H, W]`.
    """
    small = grey(pixels)
    if small.shape != (FER_SIDE, FER_SIDE):
        small = np.asarray(cv2.resize(small, (FER_SIDE, FER_SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    return pixels, small
