"""Faces from a workspace: kept ones, 48×48 and grey, with what raters or sources say of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.emotion import CONTEMPT, EMOTIONS, FERPLUS_VOTES, NAMES, UNUSABLE
from schemas.errors import WorkspaceError
from workspace.declared import by_image
from workspace.faceset.faces import SPLIT_OF_USAGE, SPLITS, Collector
from workspace.faceset.pictures import face_levels
from workspace.store import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from workspace.faceset.faces import FaceSet

_DECLARED = ["source", "image_id", "label", "usage", "licence", "author", "source_page", "extra"]
_VOTES = {emotion.ferplus: f"votes_{emotion.name}" for emotion in EMOTIONS}
_VOTES |= {CONTEMPT: f"votes_{CONTEMPT}", "NF": f"votes_{UNUSABLE}"}
"""FER+'s column -> ours; nobody can vote `unknown` here."""


@dataclass(frozen=True)
class _Said:
    """What is said of a face: a class, or why there is none."""

    label: str | None
    why: str
    votes: bytes | None = None
    probabilities: tuple[float, ...] | None = None


def read_workspace(path: Path) -> FaceSet:
    """Reads a workspace's kept faces.

    Labels are the raters' (table `labels`) once there are any, and then only theirs; before, those that the sources
    declare. Splits are those of `curate split`, else FER-2013's own where every face has one, else all is train.

    Args:
        path: Its folder.

    Returns:
        The labelled faces in the order of their face_ids; faces without a class, or excluded by the split, are
        counted in `left_out`.

    Raises:
        WorkspaceError: It cannot be read, a crop is missing, or faces came after the last `curate split`.
        InputError: No face has a label, or a crop is damaged.
    """
    workspace = Workspace.open(path)
    kept = workspace.read("faces", ["face_id", "image_id", "kept"])
    kept = kept[kept["kept"]]
    declared = _declared(workspace, kept)
    said = _rated(workspace) if workspace.has("labels") else _said_by_sources(declared)
    splits = _splits(workspace, declared)
    faces, digest = Collector(path, "workspace"), hashlib.sha256()
    soft: list[tuple[float, ...]] = []
    for face_id in declared.index:
        what, split = said.get(face_id, _Said(None, "not rated yet")), splits[face_id]
        if what.label is None or split not in SPLITS:
            faces.leave_out(what.why or "excluded by the split")
            continue
        levels = _levels(workspace, face_id)
        faces.add(levels, NAMES.index(what.label), split, face_id, what.votes)
        soft.append(what.probabilities or (float("nan"),) * len(NAMES))
        told = repr((face_id, what.label, split, what.votes, what.probabilities)).encode()
        digest.update(told + hashlib.sha256(levels).digest())
    probabilities = np.array(soft, np.float32)
    return faces.faces(digest.hexdigest(), _unless_empty(probabilities))


def _levels(workspace: Workspace, face_id: str) -> bytes:
    path = workspace.picture_path("grey", f"{face_id}.png")
    try:
        return face_levels(path.read_bytes(), str(path))
    except OSError as error:
        raise WorkspaceError(f"the crop {path} cannot be read: {error.strerror}", "run `curate faces`") from error


def _declared(workspace: Workspace, kept: pd.DataFrame) -> pd.DataFrame:
    """What the sources say of each kept face, by face_id."""
    sources = workspace.read("sources", _DECLARED)
    found = by_image(sources[sources["image_id"].isin(kept["image_id"])], contempt=False)
    return kept.set_index("face_id")[["image_id"]].join(found, on="image_id").sort_index()


def _said_by_sources(declared: pd.DataFrame) -> dict[str, _Said]:
    said = {}
    columns = (declared[name] for name in ("class", "unknown", "conflict", "votes"))
    for face_id, label, unknown, conflict, votes in zip(declared.index, *columns, strict=True):
        why = ""
        if conflict:
            why = "whose sources disagree on the label"
        elif _text(unknown):
            why = "with a label that is none of the seven classes"
        elif not _text(label):
            why = "without a label"
        counts = bytes(min(count, 255) for count in votes) if isinstance(votes, tuple) else None
        said[str(face_id)] = _Said(None if why else label, why, counts)
    return said


def _rated(workspace: Workspace) -> dict[str, _Said]:
    table = workspace.read("labels")
    counts = np.zeros((len(table), len(FERPLUS_VOTES)), np.uint8)
    for place, name in enumerate(FERPLUS_VOTES):
        if name in _VOTES:
            counts[:, place] = table[_VOTES[name]].clip(0, 255)
    shares = table[[f"p_{name}" for name in NAMES]].to_numpy(np.float32)
    said = {}
    rows = zip(table["face_id"], table["label"], table["status"], counts, shares, strict=True)
    for face_id, label, status, votes, share in rows:
        why = ""
        if label == CONTEMPT:
            why = "rated contempt, which is none of the seven classes"
        elif not _text(label):
            why = "rated unusable" if status == UNUSABLE else "on which the raters did not agree"
        soft = None if np.isnan(share).any() else tuple(share.tolist())
        said[face_id] = _Said(None if why else label, why, votes.tobytes(), soft)
    return said


def _splits(workspace: Workspace, declared: pd.DataFrame) -> dict[str, str]:
    if workspace.has("splits"):
        table = workspace.read("splits", ["image_id", "split"]).set_index("image_id")["split"]
        found = declared["image_id"].map(table)
        if found.isna().any():
            what = f"{int(found.isna().sum()):,} faces of {workspace.path} stand in no split"
            raise WorkspaceError(what, "run `curate split`")
    else:
        found = declared["usage"].map(SPLIT_OF_USAGE)
        if found.isna().any():
            found[:] = "train"
    return {str(face_id): str(split) for face_id, split in found.items()}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _unless_empty(probabilities: NDArray[np.float32]) -> NDArray[np.float32] | None:
    return None if np.isnan(probabilities).all() else probabilities
