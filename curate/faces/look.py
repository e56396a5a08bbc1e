"""Looks at pictures: detects their faces and measures each, for the cache that decisions are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from curate.faces.duplicates import SIDE
from curate.faces.sharpness import sharpness
from curate.measure import hashed, perceptual_hashes
from schemas.tables import DETECTIONS
from workspace.detectors.detections import detect
from workspace.framing import Frame, cut, face_size, grey, outside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from workspace.detectors.detections import Detections, Detector

BOX = ("left", "top", "right", "bottom")
POINTS = tuple(
    f"{point}_{axis}" for point in ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left") for axis in ("x", "y")
)
MEASURES = ("score", *BOX, *POINTS, "face_size", "outside", "face_sharpness")


def look(pixels: NDArray[np.uint8], image_id: str, detector: Detector) -> list[dict[str, Any]]:
    """Detect and measure the faces of one picture.

    Args:
        pixels: uint8 RGB `[H, W, 3]` or grey `[H, W]`.
        image_id: The picture's id.
        detector: What finds the faces.

    Returns:
        Rows of the table `detections`, best score first; one row of rank -1 where there is no face.
    """
    found = detect(detector, pixels)
    base = {"image_id": image_id, "recipe": detector.recipe}
    if not len(found):
        nothing = dict.fromkeys(MEASURES, np.nan) | {"face_phash": 0, "face_phash_mirrored": 0, "face_thumbnail": b""}
        return [{**base, "rank": -1, **nothing}]
    return [{**base, "rank": rank, **_measured(pixels, found, rank)} for rank in range(len(found))]


def as_frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Rows of `look` as a frame of the table `detections`."""
    types = {column.name: column.type for column in DETECTIONS.columns if column.type not in ("string", "binary")}
    return pd.DataFrame(list(rows), columns=DETECTIONS.names).astype(types)


def _measured(pixels: NDArray[np.uint8], found: Detections, rank: int) -> dict[str, Any]:
    landmarks = found.landmarks[rank]
    face = grey(cut(pixels, landmarks, Frame()))
    thumbnail = grey(cut(pixels, landmarks, Frame(SIDE)))
    phash, mirrored = perceptual_hashes([hashed(thumbnail)])
    return {
        "score": found.scores[rank],
        **dict(zip(BOX, found.boxes[rank], strict=True)),
        **dict(zip(POINTS, landmarks.ravel(), strict=True)),
        "face_size": face_size(landmarks),
        "outside": outside(landmarks, pixels.shape[1], pixels.shape[0]),
        "face_sharpness": round(sharpness(face), 4),
        "face_phash": phash[0],
        "face_phash_mirrored": mirrored[0],
        "face_thumbnail": thumbnail.tobytes(),
    }
