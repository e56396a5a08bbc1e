"""Which detected faces are kept, and why the others are not: a decision over tables, no picture is opened."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from curate.faces.duplicates import duplicates
from curate.faces.look import BOX, POINTS
from curate.faces.pose import pose
from schemas.tables import FACES
from workspace.detectors.detections import STEPS_PER_PIXEL

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from schemas.settings import FacesSettings


def decide(
    detections: pd.DataFrame, thumbnail: Callable[[int], NDArray[np.uint8]], settings: FacesSettings
) -> pd.DataFrame:
    """Decide about every detected face.

    A face may fail several tests; the first in this order is its reason, the others stand in `also`: no-face,
    low-score, small-face, cut-face, turned-face, nodding-face, blurred-face, duplicate-face.

    Args:
        detections: Rows of the table `detections`, by one recipe; `face_thumbnail` is not needed.
        thumbnail: Gives the `face_thumbnail` of a row by its position in `detections`, uint8 `[64, 64]`.
        settings: The thresholds.

    Returns:
        The table `faces`, one row for each row of `detections`.
    """
    faces = detections.reset_index(drop=True)
    angles = pose(faces[list(POINTS)].to_numpy(np.float32).reshape(-1, 5, 2)[(faces["rank"] >= 0).to_numpy()])
    present = faces["rank"] >= 0
    for name in ("yaw", "pitch", "roll"):
        faces[name] = np.float32(np.nan)
        faces.loc[present, name] = getattr(angles, name)
    faces["face_id"] = face_ids(faces)
    faces["cut"] = present & (faces["outside"] > 0)
    faces["detector"] = faces["recipe"]
    reasons = _reasons(faces, settings)
    _settle(faces, reasons)
    faces["duplicate_of"] = None
    if settings.duplicate_faces:
        _drop_duplicates(faces, thumbnail, settings)
    return faces[FACES.names].sort_values("face_id", kind="stable").reset_index(drop=True)


def face_ids(detections: pd.DataFrame) -> list[str]:
    """The face_id of each row: SHA-256 over image_id and the box in sixteenths of a pixel, 32 hexadecimal digits."""
    boxes = np.nan_to_num(detections[list(BOX)].to_numpy(np.float64) * STEPS_PER_PIXEL).round().astype(np.int64)
    names = [
        f"{image_id}:{'none' if rank < 0 else ','.join(map(str, box))}"
        for image_id, rank, box in zip(detections["image_id"], detections["rank"], boxes.tolist(), strict=True)
    ]
    return [hashlib.sha256(name.encode()).hexdigest()[:32] for name in names]


def _reasons(faces: pd.DataFrame, settings: FacesSettings) -> list[tuple[str, pd.Series, pd.Series, float]]:
    """Reason code, where it holds, the figure, the threshold; in the order of their weight."""
    return [
        ("no-face", faces["rank"] < 0, faces["score"], np.nan),
        ("low-score", faces["score"] < np.float32(settings.min_score), faces["score"], settings.min_score),
        ("small-face", faces["face_size"] < settings.min_face, faces["face_size"], settings.min_face),
        ("cut-face", faces["outside"] > settings.max_outside, faces["outside"], settings.max_outside),
        ("turned-face", faces["yaw"].abs() > settings.max_yaw, faces["yaw"], settings.max_yaw),
        ("nodding-face", faces["pitch"].abs() > settings.max_pitch, faces["pitch"], settings.max_pitch),
        (
            "blurred-face",
            faces["face_sharpness"] < settings.min_face_sharpness,
            faces["face_sharpness"],
            settings.min_face_sharpness,
        ),
    ]


def _settle(faces: pd.DataFrame, reasons: list[tuple[str, pd.Series, pd.Series, float]]) -> None:
    faces["reason"] = ""
    faces["also"] = ""
    faces["value"] = np.float32(np.nan)
    faces["threshold"] = np.float32(np.nan)
    for name, holds, value, threshold in reasons:
        first = holds & (faces["reason"] == "")
        further = holds & ~first
        faces.loc[first, "reason"] = name
        faces.loc[first, "value"] = value[first].astype(np.float32)
        faces.loc[first, "threshold"] = np.float32(threshold)
        faces.loc[further, "also"] = (
            faces.loc[further, "also"].where(faces.loc[further, "also"] == "", faces.loc[further, "also"] + ",") + name
        )
    faces["kept"] = faces["reason"] == ""


def _drop_duplicates(
    faces: pd.DataFrame, thumbnail: Callable[[int], NDArray[np.uint8]], settings: FacesSettings
) -> None:
    """Of faces that are one picture the largest stays, then the sharpest; equal ones go by face_id."""
    kept = faces[faces["kept"]].sort_values(
        ["face_size", "face_sharpness", "face_id"], ascending=[False, False, True], kind="stable"
    )
    places = kept.index.to_numpy(np.int64)

    def face(index: int) -> NDArray[np.uint8]:
        return thumbnail(int(places[index]))

    hashes, mirrored = (kept[name].to_numpy(np.uint64) for name in ("face_phash", "face_phash_mirrored"))
    found = duplicates(hashes, mirrored, face, settings.face_distance, settings.same_face)
    out = found.keeper >= 0
    rows = kept.index[out]
    faces.loc[rows, "kept"] = False
    faces.loc[rows, "reason"] = "duplicate-face"
    faces.loc[rows, "value"] = found.correlation[out]
    faces.loc[rows, "threshold"] = np.float32(settings.same_face)
    faces.loc[rows, "duplicate_of"] = kept["face_id"].to_numpy()[found.keeper[out]]
