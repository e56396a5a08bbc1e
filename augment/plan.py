"""`augment plan`: what `augment balance` would do. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from augment.counts import targets, to_collect
from augment.parents import Training, left_out, samples
from schemas.emotion import NAMES
from schemas.errors import UsageError, WorkspaceError
from workspace.faceset import read, soft_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from schemas.settings import BalanceSettings
    from workspace.faceset import FaceSet
    from workspace.store import Workspace

_BAR = 40
"""Letters of the longest bar."""


@dataclass(frozen=True)
class Plan:
    """What balancing does.

    Attributes:
        training: The faces of the training split.
        labels: Their labels, places in `schemas.emotion.NAMES`, int `[N]`.
        samples: How many samples are made of each, int64 `[N]`.
        out: Which are not shown, bool `[N]`.
        classes: A line for each class: name, before, target, samples, left_out, after (counts; not whole where faces
            count by their votes), shown (most times that one original is shown), short (how many lack), collect
            (originals without which it stays short).
    """

    training: Training
    labels: NDArray[np.integer[Any]]
    samples: NDArray[np.int64]
    out: NDArray[np.bool_]
    classes: list[dict[str, Any]]


def plan(workspace: Workspace, settings: BalanceSettings, split: str = "train") -> Plan:
    """Plans the balanced training set.

    Args:
        workspace: With kept faces, labels and splits.
        settings: Strategy, target, cap, and what a face counts for.
        split: The split that is asked for; there is one that may be.

    Raises:
        UsageError: Another split than train is asked for, or a target with `effective-number`.
        WorkspaceError: The workspace has no splits.
        InputError: No training face has a label.
    """
    if split != "train":
        what = f"the split `{split}` is not balanced: what a network is chosen and measured on stays as it was found"
        raise UsageError(what, "leave --split out; the training split alone gets samples")
    if settings.target and settings.strategy == "effective-number":
        raise UsageError("effective-number has its own targets", "leave --target out, or --strategy equal")
    if not workspace.has("splits"):
        raise WorkspaceError(f"{workspace.path} has no splits: nobody knows what is training", "run `curate split`")
    faces = read(workspace.path).of("train")
    training = Training(faces.places, _shares(faces, settings), _sharpness(workspace, faces))
    wanted = targets(training.shares.sum(axis=0).tolist(), settings)
    fewer = settings.strategy == "undersample"
    out = left_out(training, wanted, settings.balance_seed) if fewer else np.zeros(len(faces), np.bool_)
    made = np.zeros(len(faces), np.int64) if fewer else samples(training, wanted, settings.cap_ratio)
    return Plan(training, faces.labels, made, out, _classes(training, made, out, wanted, settings.cap_ratio))


def _shares(faces: FaceSet, settings: BalanceSettings) -> NDArray[np.float64]:
    if settings.count_by == "soft":
        return soft_labels(faces).astype(np.float64)
    return np.eye(len(NAMES))[faces.labels]


def _sharpness(workspace: Workspace, faces: FaceSet) -> NDArray[np.floating]:
    table = workspace.read("faces", ["face_id", "face_sharpness"]).set_index("face_id")["face_sharpness"]
    return np.asarray(table.reindex(faces.places), np.float32)


def _classes(
    training: Training, made: NDArray[np.int64], out: NDArray[np.bool_], wanted: list[float], cap: int
) -> list[dict[str, Any]]:
    before = training.shares.sum(axis=0)
    added, removed = made @ training.shares, training.shares[out].sum(axis=0)
    after = before + added - removed
    own = training.classes
    return [
        {
            "class": name,
            "before": _plain(before[at]),
            "target": _plain(wanted[at]),
            "samples": int(made[own == at].sum()),
            "left_out": int(out[own == at].sum()),
            "after": _plain(after[at]),
            "shown": int(made[own == at].max(initial=0)) + 1 if (own == at).any() else 0,
            "short": _plain(max(0.0, wanted[at] - after[at])) if wanted[at] - after[at] >= 1 else 0,
            "collect": to_collect(before[at], wanted[at], cap) if before[at] else 1,
        }
        for at, name in enumerate(NAMES)
    ]


def _plain(count: float) -> int | float:
    """A whole number where it is one, else with one digit."""
    return round(count) if abs(count - round(count)) < 1e-6 else round(float(count), 1)


def notes(classes: list[dict[str, Any]]) -> list[str]:
    """What a person should know of the plan, a sentence each."""
    told = []
    for row in classes:
        name = row["class"]
        if not row["before"]:
            told.append(f"{name} has no training picture, and nothing is made of nothing: collect some")
        elif row["short"]:
            told.append(f"{name} stays {row['short']:,} short: collect {row['collect']:,} more pictures of it")
        elif row["shown"] > _MANY:
            told.append(f"{name}: one original is shown up to {row['shown']:,} times; --cap-ratio sets a limit")
    return told


_MANY = 20
"""Showings of one original that are worth a word: a network may learn its pictures by heart."""


def text(classes: list[dict[str, Any]]) -> str:
    """The plan as a table and bars, before and after."""
    head = f"{'':<9}{'before':>8}{'samples':>9}{'left out':>10}{'after':>8}{'shown':>7}"
    lines = [head]
    lines += [
        f"{row['class']:<9}{row['before']:>8,}{row['samples']:>9,}{row['left_out']:>10,}{row['after']:>8,}{_times(row):>7}"
        for row in classes
    ]
    total = {key: sum(row[key] for row in classes) for key in ("before", "samples", "left_out", "after")}
    lines.append(
        f"{'all':<9}{round(total['before']):>8,}{total['samples']:>9,}{total['left_out']:>10,}{round(total['after']):>8,}"
    )
    longest = max(max(row["before"], row["after"]) for row in classes) or 1
    lines.append("")
    for row in classes:
        before, after = (round(_BAR * row[key] / longest) for key in ("before", "after"))
        lines.append(f"{row['class']:<9}{'█' * min(before, after)}{'░' * (after - before)}{'·' * (before - after)}")
    lines.append(f"{'':<9}█ originals  ░ samples  · left out")
    return "\n".join(lines)


def _times(row: Mapping[str, Any]) -> str:
    return f"{row['shown']}×"
