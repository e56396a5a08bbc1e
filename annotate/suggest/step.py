"""The step `suggest-next`: puts the faces that are not decided yet into an order of what a label of them is worth."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from annotate.consensus.decide import UNDECIDED
from annotate.ratings import read_ratings
from annotate.statistics.majority import shares
from annotate.suggest.score import deficit, disagreement, ranked, uncertainty
from schemas.emotion import NAMES
from schemas.errors import WorkspaceError
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from schemas.settings import SuggestSettings
    from workspace.store import Workspace

COLUMNS = ("uncertainty", "disagreement", "deficit")


def suggest(workspace: Workspace, path: Path, settings: SuggestSettings) -> dict[str, Any]:
    """Writes the faces to label next, the most useful first.

    Each face is placed among all candidates by the model's doubt, by the raters' disagreement and by how likely it is
    of a class that has few labels; the score is the weighted mean of the three places. What is not there (no
    predictions, no answers, no labels) puts all faces in the same place, and decides nothing.

    Args:
        workspace: Read only. Candidates are the kept faces that `labels` does not call decided.
        path: CSV file with the columns face_id, score and the three scores; one that is there is replaced.
        settings: The weights, the model, and how many faces.

    Returns:
        `candidates`, `suggested`, `model` (empty without), `lacking`: class -> labelled faces; `first`: the first ten.

    Raises:
        WorkspaceError: There is no kept face, none that is undecided, nothing to tell them apart by, or the model is
            not to be found.
    """
    faces = workspace.read("faces", ["face_id", "kept"])
    labels = workspace.read("labels", ["face_id", "label", "status"])
    decided = labels.loc[~labels["status"].isin(UNDECIDED), "face_id"]
    candidates = np.sort(
        np.asarray(faces.loc[faces["kept"] & ~faces["face_id"].isin(decided), "face_id"], dtype=object)
    )
    if not len(candidates):
        what = f"{workspace.path} has no kept face that is not labelled yet"
        raise WorkspaceError(what, "more pictures come in by `curate run`; see `curate status`")
    model, predicted = predictions(workspace, settings.suggest_model)
    if not model and not workspace.has("annotations"):
        what = "there are neither predictions of a model nor answers of raters to go by"
        raise WorkspaceError(what, "run `evaluate predict` first; or `annotate push` any faces, as nothing is known")
    probabilities = _rows(predicted, candidates)
    votes = _votes(workspace, candidates)
    labelled = np.asarray(labels["label"].value_counts().reindex(list(NAMES), fill_value=0), np.int64)
    scores = {
        "uncertainty": uncertainty(probabilities),
        "disagreement": disagreement(votes),
        "deficit": deficit(shares(votes + probabilities), labelled),
    }
    weights = np.array([settings.uncertainty_weight, settings.disagreement_weight, settings.deficit_weight])
    score = np.stack([ranked(scores[name]) for name in COLUMNS], axis=1) @ weights / max(weights.sum(), 1e-9)
    order = np.lexsort((candidates.astype(str), -score))[: settings.suggest_faces]
    _write(path, [(candidates[at], score[at], *(scores[name][at] for name in COLUMNS)) for at in order])
    return {
        "candidates": len(candidates),
        "suggested": len(order),
        "model": model,
        "lacking": dict(zip(NAMES, labelled.tolist(), strict=True)),
        "first": [str(candidates[at]) for at in order[:10]],
        "path": str(path),
    }


def predictions(workspace: Workspace, wanted: str) -> tuple[str, pd.DataFrame]:
    """The answers of one model: its name and p_<name> by face_id; no name and no rows where there are none.

    Args:
        workspace: With the table `predictions`, or without.
        wanted: The model's name, with or without the digits of its file; empty for the only one there is.

    Raises:
        WorkspaceError: It is not there, or there are several and none is named.
    """
    columns = [f"p_{name}" for name in NAMES]
    table = workspace.read("predictions", ["model", "face_id", *columns])
    names = sorted(set(table["model"]))
    found = [name for name in names if not wanted or wanted in (name, name.partition("@")[0])]
    if len(found) > 1 or (wanted and not found):
        what = f"there is no model `{wanted}`" if not found else f"several models have predictions: {', '.join(found)}"
        raise WorkspaceError(what, f"--suggest-model with one of: {', '.join(names) or 'none; run `evaluate predict`'}")
    chosen = table[table["model"] == found[0]] if found else table
    return (found[0] if found else ""), chosen.set_index("face_id")[columns]


def text(result: Mapping[str, Any]) -> str:
    """What is suggested, for a terminal."""
    by = f"doubt of {result['model']}" if result["model"] else "no model: by raters' disagreement alone"
    lacking = ", ".join(
        f"{name} {count:,}" for name, count in sorted(result["lacking"].items(), key=lambda item: item[1])
    )
    return (
        f"{result['suggested']:,} of {result['candidates']:,} faces suggested ({by}), in {result['path']}\n"
        f"labelled so far: {lacking}"
    )


def _rows(predicted: pd.DataFrame, candidates: NDArray[np.object_]) -> NDArray[np.float64]:
    """The probabilities of the candidates, evenly spread where the model has not seen the face: float64 `[N, 7]`."""
    found = predicted.reindex(candidates).to_numpy(np.float64)
    return np.where(np.isfinite(found), found, 1 / len(NAMES))


def _votes(workspace: Workspace, candidates: NDArray[np.object_]) -> NDArray[np.int64]:
    """The votes for the seven that the candidates have so far: int64 `[N, 7]`."""
    votes = np.zeros((len(candidates), len(NAMES)), np.int64)
    if workspace.rows("annotations"):
        rated = read_ratings(workspace)
        counts = (rated.ratings.counts() + rated.adjudications.counts())[:, : len(NAMES)]
        place = {face: at for at, face in enumerate(rated.face_ids)}
        at = np.array([place.get(face, -1) for face in candidates])
        votes[at >= 0] = counts[at[at >= 0]]
    return votes


def _write(path: Path, rows: list[tuple[Any, ...]]) -> None:
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(["face_id", "score", *COLUMNS])
    lines.writerows([face, *(f"{value:.4f}" for value in values)] for face, *values in rows)
    write_atomically(path.absolute(), file.getvalue().encode("ascii"))
