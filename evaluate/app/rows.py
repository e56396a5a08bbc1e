"""What the App is to show of each kept face, from the workspace's tables; FiftyOne has no part in it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.app.embedding import kept_embedding
from evaluate.app.scores import hardness, mistakenness, principal, uniqueness
from evaluate.chosen import auto
from schemas.emotion import NAMES
from schemas.errors import InputError, WorkspaceError
from workspace.faceset import read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from workspace.store import Workspace

SHOWN = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "bmp": "image/bmp"}
SHOWN |= {"avif": "image/avif"}
"""Formats that browsers show; a photograph in another one (TIFF, HEIC) is left out of its group."""
_PLAIN = ("score", "face_size", "face_sharpness", "yaw", "pitch", "roll")
_BOX = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Label:
    """One expression said of a face.

    Attributes:
        label: The expression, or why there is none.
        confidence: 0 to 1, or None.
        more: Further attributes.
    """

    label: str
    confidence: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A face as the App shows it.

    Attributes:
        face_id: The face.
        paths: Of the colour crop, the 48×48 picture and, if browsers can show it, the photograph.
        photograph: Its width, height and type, where it can be shown.
        box: Left, top, width, height in shares of the photograph.
        plain: Field -> text or number.
        labels: Field -> what was said; a field without an entry is empty.
        points: Network's field -> its place on the plane of the first two principal components.
        tags: Tags of the table `tags`, for a face that the App does not know yet.
    """

    face_id: str
    paths: tuple[str, str, str]
    photograph: tuple[int, int, str]
    box: tuple[float, float, float, float]
    plain: Mapping[str, Any]
    labels: Mapping[str, Label]
    points: Mapping[str, tuple[float, float]]
    tags: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over all that is written into the App's database; the tags there are the user's."""
        told = (self.paths, self.photograph, self.box, dict(self.plain), dict(self.labels))
        return hashlib.sha256(repr(told).encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True)
class Content:
    """All that the App shows.

    Attributes:
        rows: One a kept face.
        models: Field -> network's name, the one that was named first.
        raters: Fields of raters.
        split: The split that `evaluate run` measures, or `all`.
        labels_digest: Of labels and predictions: evaluations are made anew when it changes.
    """

    rows: tuple[Row, ...]
    models: Mapping[str, str]
    raters: tuple[str, ...]
    split: str
    labels_digest: str

    @property
    def label_fields(self) -> tuple[str, ...]:
        """Every field that holds an expression."""
        return ("ground_truth", "consensus", *self.raters, *self.models)


def content(workspace: Workspace, first: str = "") -> Content:
    """Gathers what the App shows.

    Args:
        workspace: Its tables faces, images, sources, splits, labels, annotations, predictions, tags.
        first: Name of the network that comes first; the others follow by name.

    Raises:
        WorkspaceError: There is no kept face.
    """
    faces = workspace.read("faces")
    faces = faces[faces["kept"]].set_index("face_id")
    if faces.empty:
        raise WorkspaceError(f"{workspace.path} has no kept faces", "run `curate run` first")
    truth, split = _truth(workspace)
    labels: dict[str, dict[str, Label]] = {"ground_truth": {face: Label(name) for face, name in truth.items()}}
    labels["consensus"] = _consensus(workspace)
    raters = _raters(workspace)
    labels |= raters
    models = _models(workspace, first)
    points: dict[str, dict[str, tuple[float, float]]] = {}
    unique: dict[str, float] = {}
    for name, model in models.items():
        labels[name] = _predictions(workspace, model, truth)
        places, scores = _embedded(workspace, model, list(faces.index))
        points[name] = places
        unique = unique or scores
    plain = _plain(workspace, faces, unique)
    rows = _rows(workspace, faces, plain, labels, points)
    evaluated = sorted((row.face_id, row.plain.get("split", "")) for row in rows)
    told = repr((evaluated, sorted(truth.items()), split, workspace.digest("predictions")))
    return Content(
        rows, models, tuple(raters), split, hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    )


def field_name(text: str) -> str:
    """A network's or rater's name as FiftyOne takes it.

    >>> field_name("vgg-compact@0123456789ab")
    'vgg_compact_0123456789ab'
    """
    return re.sub(r"\W+", "_", text).strip("_")


def _truth(workspace: Workspace) -> tuple[dict[str, str], str]:
    """The label that `evaluate run` measures against, and the split it does so on."""
    try:
        faces = read(workspace.path)
    except InputError:  # no face has a label: there is much to see all the same
        return {}, "all"
    names = {face: NAMES[label] for face, label in zip(faces.places, faces.labels, strict=True)}
    return names, auto(faces)


def _consensus(workspace: Workspace) -> dict[str, Label]:
    found = {}
    votes = [f"votes_{name}" for name in NAMES]
    for row in workspace.read("labels").to_dict("records"):
        counts = np.array([row[name] for name in votes])
        more = {"status": row["status"], "raters": int(row["raters"]), "method": row["method"]}
        more["agreement"] = round(float(counts.max() / counts.sum()), 4) if counts.sum() else None
        label = row["label"] if isinstance(row["label"], str) else row["status"]
        found[row["face_id"]] = Label(label, round(float(row["confidence"]), 4), more)
    return found


def _raters(workspace: Workspace) -> dict[str, dict[str, Label]]:
    """Rater's field -> face -> the answer that counts; the hidden repeat is not shown."""
    table = workspace.read("annotations")
    counts = ~table["skipped"].astype(bool) & (table["gone"].fillna("") != "annotation") & (table["presentation"] == 0)
    table = table[counts].sort_values("revision").drop_duplicates(["face_id", "rater"], keep="last")
    found: dict[str, dict[str, Label]] = {}
    for row in table.sort_values(["rater", "face_id"]).to_dict("records"):
        more = {name: row[name] for name in ("second", "unusable", "note") if isinstance(row[name], str)}
        more |= {
            to: int(row[name])
            for name, to in (("intensity", "intensity"), ("confidence", "certainty"))
            if not _missing(row[name])
        }
        label = row["label"] if isinstance(row["label"], str) else "unusable"
        found.setdefault(f"rater_{field_name(row['rater'])}", {})[row["face_id"]] = Label(label, None, more)
    return found


def _models(workspace: Workspace, first: str) -> dict[str, str]:
    names = sorted(set(workspace.read("predictions", ["model"])["model"]), key=lambda name: (name != first, name))
    return {field_name(name): name for name in names}


def _predictions(workspace: Workspace, model: str, truth: Mapping[str, str]) -> dict[str, Label]:
    table = workspace.read("predictions")
    table = table[table["model"] == model]
    given = table[[f"p_{name}" for name in NAMES]].to_numpy(np.float64, copy=True)
    given /= given.sum(axis=1, keepdims=True)
    labels = np.array([NAMES.index(truth[face]) if face in truth else -1 for face in table["face_id"]], np.int64)
    doubt, hard = mistakenness(given, labels), hardness(given)
    found = {}
    for at, (face, label) in enumerate(zip(table["face_id"], table["label"], strict=True)):
        more: dict[str, Any] = {f"p_{name}": round(float(given[at, k]), 4) for k, name in enumerate(NAMES)}
        more["hardness"] = round(float(hard[at]), 3)
        if labels[at] >= 0:
            more["mistakenness"] = round(float(doubt[at]), 3)
        found[face] = Label(label, round(float(given[at].max()), 4), more)
    return found


def _embedded(
    workspace: Workspace, model: str, face_ids: Sequence[str]
) -> tuple[dict[str, tuple[float, float]], dict[str, float]]:
    known = kept_embedding(workspace, model)
    if known is None:
        return {}, {}
    wanted = frozenset(face_ids)
    here = np.array([face in wanted for face in known.face_ids])
    faces = [face for face, keep in zip(known.face_ids, here, strict=True) if keep]
    if len(faces) < 2:
        return {}, {}
    axes = principal(known.vectors[here])
    unique = uniqueness(axes)
    places = np.pad(axes[:, :2], ((0, 0), (0, max(0, 2 - axes.shape[1]))))
    points = {face: (float(x), float(y)) for face, (x, y) in zip(faces, places, strict=True)}
    # To two digits: a new face changes all others' a little, and they would all be written again.
    return points, {face: round(float(value), 2) for face, value in zip(faces, unique, strict=True)}


def _plain(workspace: Workspace, faces: pd.DataFrame, unique: Mapping[str, float]) -> dict[str, dict[str, Any]]:
    sources = workspace.read("sources", ["image_id", "source", "licence"]).drop_duplicates("image_id")
    origins = sources.set_index("image_id").to_dict("index")
    splits = workspace.read("splits", ["image_id", "split"]).set_index("image_id")["split"].to_dict()
    found: dict[str, dict[str, Any]] = {}
    for face in faces.to_dict("index").items():
        face_id, row = str(face[0]), face[1]
        image = row["image_id"]
        plain: dict[str, Any] = {"face_id": face_id, "image_id": image, "split": splits.get(image)}
        origin = origins.get(image, {})
        plain |= {name: None if _missing(origin.get(name)) else origin[name] for name in ("source", "licence")}
        plain |= {name: None if _missing(row[name]) else round(float(row[name]), 3) for name in _PLAIN}
        plain["uniqueness"] = unique.get(face_id)
        found[face_id] = plain
    return found


def _rows(
    workspace: Workspace,
    faces: pd.DataFrame,
    plain: Mapping[str, Mapping[str, Any]],
    labels: Mapping[str, Mapping[str, Label]],
    points: Mapping[str, Mapping[str, tuple[float, float]]],
) -> tuple[Row, ...]:
    images = workspace.read("images", ["image_id", "format", "width", "height"]).set_index("image_id")
    located = workspace.read("sources", ["image_id", "location"]).dropna().drop_duplicates("image_id")
    places = dict(zip(located["image_id"], located["location"], strict=True))
    tags: dict[str, list[str]] = {}
    for face_id, tag in workspace.read("tags", ["face_id", "tag"]).itertuples(index=False):
        tags.setdefault(face_id, []).append(tag)
    rows = []
    for name, face in sorted(faces.to_dict("index").items()):
        face_id = str(name)
        image_id = face["image_id"]
        image = images.loc[image_id]
        kept = workspace.original_path(image_id, image["format"])
        photograph = str(kept) if kept.exists() else places.get(image_id, "")
        width, height = int(image["width"]), int(image["height"])
        left, top, right, bottom = (float(face[side]) for side in _BOX)
        box = (left / width, top / height, (right - left) / width, (bottom - top) / height)
        crops = [str(workspace.picture_path(kind, f"{face_id}.png")) for kind in ("faces", "grey")]
        kind = SHOWN.get(image["format"], "")
        rows.append(
            Row(
                face_id,
                (crops[0], crops[1], photograph if kind else ""),
                (width, height, kind),
                box,
                plain[face_id],
                {path: said[face_id] for path, said in labels.items() if face_id in said},
                {path: plane[face_id] for path, plane in points.items() if face_id in plane},
                tuple(tags.get(face_id, ())),
            )
        )
    return tuple(rows)


def _missing(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN and pandas' NA are not equal to themselves
