"""Looks at pictures: detects their faces and measures each, for the cache that decisions are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from curate.faces.duplicates import SIDE
from curate.faces.sharpness import sharpness
from curate.measure import hashed, perceptual_hashes
from schemas.tables import DETECTIONS
from workspace.framing import FER_SIDE, Frame, cut, grey, outside, placement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from workspace.detectors.detections import Detections, Detector

STEPS_PER_PIXEL = 16
"""Coordinates are kept to a sixteenth of a pixel: finer than any detector, and the same on every machine."""
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
    found = rounded(plausible(detector.detect(pixels), pixels.shape[1], pixels.shape[0]))
    base = {"image_id": image_id, "recipe": detector.recipe}
    if not len(found):
        nothing = dict.fromkeys(MEASURES, np.nan) | {"face_phash": 0, "face_phash_mirrored": 0, "face_thumbnail": b""}
        return [{**base, "rank": -1, **nothing}]
    return [{**base, "rank": rank, **_measured(pixels, found, rank)} for rank in range(len(found))]


def plausible(found: Detections, width: int, height: int) -> Detections:
    """Detections whose box and landmarks lie in or near the picture: at most twice its longest side from its edges.

    Networks now and then answer with coordinates beyond all bounds, which would ask for a crop of any size.
    """
    far = 2 * max(width, height)
    points = np.concatenate([found.boxes.reshape(-1, 2, 2), found.landmarks], axis=1)
    near = np.isfinite(points) & (points >= -far) & (points <= np.array([width + far, height + far]))
    kept = near.all(axis=(1, 2))
    return type(found)(found.boxes[kept], found.scores[kept], found.landmarks[kept])


def rounded(found: Detections) -> Detections:
    """Detections with coordinates on sixteenths of a pixel and scores on thousandths."""
    boxes = np.round(found.boxes * STEPS_PER_PIXEL) / np.float32(STEPS_PER_PIXEL)
    landmarks = np.round(found.landmarks * STEPS_PER_PIXEL) / np.float32(STEPS_PER_PIXEL)
    scores = np.round(found.scores.astype(np.float64), 3).astype(np.float32)
    return type(found)(boxes.astype(np.float32), scores, landmarks.astype(np.float32))


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
        "face_size": round(FER_SIDE / float(np.hypot(*placement(landmarks, Frame())[:, 0])), 2),
        "outside": outside(landmarks, pixels.shape[1], pixels.shape[0]),
        "face_sharpness": round(sharpness(face), 4),
        "face_phash": phash[0],
        "face_phash_mirrored": mirrored[0],
        "face_thumbnail": thumbnail.tobytes(),
    }
