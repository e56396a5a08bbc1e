"""What is known of faces beside their label: the columns that accuracy is sliced by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.raters import band
from evaluate.slices import UNKNOWN

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from workspace.store import Workspace

    Floats = NDArray[np.float64]

_DECLARED = ("licence", "usage", "search_term", "identity", "author", "video")
"""Columns of `sources` that are told apart by their text."""
_DISTINCT = 50
"""Most distinct texts of a column that still tells groups of faces apart; a column of names does not."""


def of_pixels(pixels: NDArray[np.uint8]) -> dict[str, Floats]:
    """Brightness and sharpness of the faces as a network sees them.

    Args:
        pixels: uint8 `[N, 48, 48]`.

    Returns:
        `brightness`, the mean grey level, 0 to 255, and `sharpness`, variance of the Laplacian over variance, as
        the column `face_sharpness` of the table `faces` has it; 0 for a face of one grey.
    """
    brightness, sharpness = np.empty((2, len(pixels)))
    for start in range(0, len(pixels), 4096):
        faces = pixels[start : start + 4096].astype(np.float32)
        inner = faces[:, 1:-1, 1:-1]
        edges = faces[:, :-2, 1:-1] + faces[:, 2:, 1:-1] + faces[:, 1:-1, :-2] + faces[:, 1:-1, 2:] - 4 * inner
        spread = faces.var(axis=(1, 2))
        brightness[start : start + 4096] = faces.mean(axis=(1, 2))
        sharpness[start : start + 4096] = edges.var(axis=(1, 2)) / np.maximum(spread, 1e-6)
    return {"brightness": brightness, "sharpness": sharpness}


def of_raters(shares: Floats | None) -> dict[str, Any]:
    """How far raters agree on each face, as the band of their commonest answer's share."""
    if shares is None:
        return {}
    return {"rater agreement": band(shares.max(1))}


def of_workspace(workspace: Workspace, face_ids: list[str]) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """What a workspace's tables say of faces.

    Args:
        workspace: Read only.
        face_ids: N of its faces.

    Returns:
        Groups, int64 `[N]`: faces of related photographs (the groups of `curate split`; else of the same photograph)
        have one number. And columns: size and turn of the face, where its photograph came from, what is declared of
        it, and any further metadata that takes few values.
    """
    faces = workspace.read("faces", ["face_id", "image_id", "face_size", "yaw", "pitch"]).set_index("face_id")
    found = faces.reindex(face_ids)
    images = found["image_id"].fillna("")
    splits = workspace.read("splits", ["image_id", "group_id"])
    related = dict(zip(splits["image_id"], splits["group_id"], strict=True))
    _, groups = np.unique([related.get(image_id, image_id) for image_id in images], return_inverse=True)
    columns: dict[str, Any] = {
        "face size, px": found["face_size"].to_numpy(np.float64),
        "turn to the side, degrees": np.abs(found["yaw"].to_numpy(np.float64)),
        "nod, degrees": np.abs(found["pitch"].to_numpy(np.float64)),
    }
    return groups.astype(np.int64), {**columns, **_declared(workspace, images)}


def _declared(workspace: Workspace, images: pd.Series[str]) -> dict[str, Any]:
    import pandas as pd

    sources = workspace.read("sources", ["image_id", "source", "extra", *_DECLARED])
    first = sources.drop_duplicates("image_id").set_index("image_id").reindex(images)
    further = pd.DataFrame([_further(text) for text in first["extra"]], index=first.index)
    columns = {"source": first["source"].str.partition("/")[0]}
    columns |= {name: first[name] for name in _DECLARED} | {str(name): further[name] for name in further}
    texts = {name: column.astype("str").fillna(UNKNOWN) for name, column in columns.items()}
    return {name: text.to_numpy(str) for name, text in texts.items() if 2 <= text.nunique() <= _DISTINCT}


def _further(text: Any) -> dict[str, Any]:
    """The declared metadata of a picture that are one word or number each."""
    try:
        found = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, (str, int, float)) and value != ""}
