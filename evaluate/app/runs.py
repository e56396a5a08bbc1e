"""Evaluation and brain runs of FiftyOne: for the panels Model Evaluation and Embeddings."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from evaluate.app.dataset import crops
from schemas.emotion import NAMES

if TYPE_CHECKING:
    from evaluate.app.rows import Content

_REMEMBERED = "mien"
"""Key of the data set's `info` under which the digest of each run is kept."""


def evaluations(data: Any, content: Content) -> list[str]:
    """One evaluation a network, on the faces that `evaluate run` measures; made anew where labels or answers changed.

    Args:
        data: The data set.
        content: What it shows.

    Returns:
        Their keys.
    """
    done = dict(data.info.get(_REMEMBERED, {}))
    keys = {f"{model}_{content.split}": model for model in content.models}
    for key in data.list_evaluations():
        if key not in keys and key in done:
            data.delete_evaluation(key)
    for key, model in keys.items():
        if key in data.list_evaluations() and done.get(key) == content.labels_digest:
            continue
        if not any("ground_truth" in row.labels and model in row.labels for row in content.rows):
            continue
        if key in data.list_evaluations():
            data.delete_evaluation(key)
        view = crops(data).exists("ground_truth").exists(model)
        if content.split != "all":
            view = view.match({"split": content.split})
        view.evaluate_classifications(
            model, gt_field="ground_truth", eval_key=key, classes=list(NAMES), method="simple", progress=False
        )
        done[key] = content.labels_digest
    _remember(data, done)
    return [key for key in keys if key in data.list_evaluations()]


def planes(data: Any, content: Content) -> list[str]:
    """One plane of the first two principal components a network that has an embedding.

    Args:
        data: The data set.
        content: What it shows.

    Returns:
        The keys of the brain runs.
    """
    done = dict(data.info.get(_REMEMBERED, {}))
    keys = []
    for model in content.models:
        points = {row.face_id: row.points[model] for row in content.rows if model in row.points}
        key = f"pca_{model}"
        digest = hashlib.sha256(repr(sorted(points.items())).encode()).hexdigest()[:32]
        there = key in data.list_brain_runs()
        if there and done.get(key) != digest:
            data.delete_brain_run(key)
        if points and done.get(key) != digest:
            _plane(data, key, points)
        keys += [key] if points else []
        done[key] = digest
    _remember(data, done)
    return keys


def _plane(data: Any, key: str, points: dict[str, tuple[float, float]]) -> None:
    import fiftyone.brain as fob
    import numpy as np

    view = crops(data).match({"face_id": {"$in": sorted(points)}})
    places = np.array([points[face] for face in view.values("face_id")])
    fob.compute_visualization(view, points=places, brain_key=key, method="manual", progress=False)


def _remember(data: Any, done: dict[str, str]) -> None:
    if data.info.get(_REMEMBERED) != done:
        data.info[_REMEMBERED] = done
        data.save()
