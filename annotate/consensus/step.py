"""The step `consensus`: answers of several raters become the table `labels`."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from annotate.consensus.decide import ADJUDICATED, STATUSES, UNDECIDED, Decided, confusion, decide
from annotate.ratings import read_ratings
from annotate.statistics.majority import shares
from annotate.statistics.patterns import patterns
from schemas.emotion import CONTEMPT, NAMES, UNUSABLE
from schemas.tables import LABELS
from workspace import lineage

if TYPE_CHECKING:
    from annotate.ratings import Rated
    from annotate.statistics.ratings import Ratings
    from schemas.settings import ConsensusSettings
    from workspace.store import Workspace


def consensus(workspace: Workspace, settings: ConsensusSettings) -> dict[str, Any]:
    """Makes one label of the answers to each face, and replaces the table `labels`.

    Args:
        workspace: With the table `annotations`.
        settings: The method, and when a face is doubtful.

    Returns:
        Counts: `faces` in the table, `statuses`, `labels` (faces of each), `undecided`, `skipped` (faces without any
        answer); `raters` with answers and weight; `confusion`, rows being what most of the others said; with Dawid
        and Skene's model `model`, its classes' shares and each rater's matrix; `done_before`.

    Raises:
        WorkspaceError: Nothing was pulled yet.
    """
    with workspace.lock():
        run = lineage.Run(
            workspace,
            "consensus",
            lineage.plain(settings),
            ("annotations", "tasks"),
            ("labels",),
            versions={"numpy": importlib.metadata.version("numpy")},
        )
        before = run.done_before()
        if before:
            return {**before["counts"], "done_before": True}
        rated = read_ratings(workspace)
        decided = decide(rated.ratings, rated.adjudications, settings)
        workspace.replace("labels", _table(rated, decided, settings.consensus_method))
        counts = _counts(rated, decided)
        run.finish(counts)
        return {**counts, "done_before": False}


def _table(rated: Rated, decided: Decided, method: str) -> pd.DataFrame:
    options = rated.ratings.options
    votes = rated.ratings.counts() + rated.adjudications.counts()
    named = np.array([*options[:-1], None], dtype=object)
    undecided = np.isin(decided.status, [STATUSES.index(name) for name in UNDECIDED])
    label = named[decided.option]
    label[undecided] = None
    columns = {option: votes[:, at] for at, option in enumerate(options)}
    seven = decided.soft[:, : len(NAMES)]
    # A soft label over the seven would say what nobody meant where the face shows contempt or cannot be used.
    none = (seven.sum(axis=1) == 0) | (decided.status == STATUSES.index(UNUSABLE)) | (label == CONTEMPT)
    soft = np.where(none[:, None], np.nan, shares(seven))
    table = {
        "face_id": rated.face_ids,
        "label": label,
        "confidence": decided.confidence.astype(np.float32),
        "status": np.array(STATUSES, dtype=object)[decided.status],
        "raters": votes.sum(axis=1).astype(np.int16),
        **{
            f"votes_{name}": columns.get(name, np.zeros(len(votes), np.int64)).astype(np.int16)
            for name in (*NAMES, CONTEMPT, UNUSABLE)
        },
        **{f"p_{name}": soft[:, at].astype(np.float32) for at, name in enumerate(NAMES)},
        "method": np.where(decided.adjudicated, "adjudication", method),
    }
    answered = votes.sum(axis=1) > 0
    return pd.DataFrame({name: table[name][answered] for name in LABELS.names})


def _counts(rated: Rated, decided: Decided) -> dict[str, Any]:
    ratings = rated.ratings
    answered = (ratings.counts() + rated.adjudications.counts()).sum(axis=1) > 0
    status = np.bincount(decided.status[answered], minlength=len(STATUSES))
    undecided = np.isin(decided.status, [STATUSES.index(name) for name in UNDECIDED])
    labels = np.bincount(decided.option[answered & ~undecided], minlength=len(ratings.options))
    found = patterns(ratings.counts())
    counts: dict[str, Any] = {
        "faces": int(answered.sum()),
        "skipped": int((~answered).sum()),
        "undecided": int((answered & undecided).sum()),
        "statuses": {name: int(count) for name, count in zip(STATUSES, status, strict=True)},
        "labels": {name: int(count) for name, count in zip(ratings.options, labels, strict=True)},
        "raters": _raters(ratings, decided),
        "options": list(ratings.options),
        "confusion": confusion(found.counts, found.faces).tolist(),
    }
    if decided.fit is not None:
        fit = decided.fit
        counts["model"] = {
            "shares": dict(zip(ratings.options[:-1], fit.prior.round(6).tolist(), strict=True)),
            "raters": dict(zip(ratings.raters, fit.confusion.round(6).tolist(), strict=True)),
            "steps": fit.steps,
            "change": fit.change,
        }
    return counts


def _raters(ratings: Ratings, decided: Decided) -> list[dict[str, Any]]:
    """How often each rater's answer is the label, where no adjudicator gave it, and the rater's weight."""
    judged = np.isin(decided.status, [STATUSES.index(name) for name in ("agreed", "majority", UNUSABLE)])
    counted = judged[ratings.face] & ~(decided.status == ADJUDICATED)[ratings.face]
    same = counted & (decided.option[ratings.face] == ratings.answer)
    number = len(ratings.raters)
    answers, of, right = (
        np.bincount(ratings.rater[chosen], minlength=number) for chosen in (np.ones(len(same), bool), counted, same)
    )
    return [
        {
            "rater": name,
            "answers": int(answers[at]),
            "is_label": round(float(right[at] / of[at]), 6) if of[at] else None,
            "weight": round(float(decided.weight[at]), 6),
        }
        for at, name in enumerate(ratings.raters)
    ]
