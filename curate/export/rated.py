"""What raters agreed a face shows: the table `labels`, in the terms of what sources declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from schemas.emotion import CONTEMPT, EMOTIONS, FERPLUS_VOTES, UNUSABLE

if TYPE_CHECKING:
    from workspace.store import Workspace

_COLUMNS = {emotion.ferplus: f"votes_{emotion.name}" for emotion in EMOTIONS}
_COLUMNS |= {CONTEMPT: f"votes_{CONTEMPT}", "NF": f"votes_{UNUSABLE}"}
"""FER+'s column -> that of `labels`; raters have no word for its `unknown`."""


def rated(workspace: Workspace, *, contempt: bool) -> pd.DataFrame:
    """The label and the votes of each face that raters answered for.

    Args:
        workspace: With the table `labels`.
        contempt: Whether contempt is a class; where it is not, it counts as a label that is none of the classes.

    Returns:
        Index face_id; columns `class`, `unknown` and `votes`, as `workspace.declared.rows` has them. An undecided or
        unusable face has no class.
    """
    labels = workspace.read("labels", ["face_id", "label", *_COLUMNS.values()])
    strange = (labels["label"] == CONTEMPT) & (not contempt)
    counts = [labels[_COLUMNS[name]].tolist() if name in _COLUMNS else [0] * len(labels) for name in FERPLUS_VOTES]
    votes = pd.Series(list(zip(*counts, strict=True)), labels.index, dtype=object)
    columns = {
        "face_id": labels["face_id"],
        "class": labels["label"].mask(strange),
        "unknown": labels["label"].where(strange),
        "votes": votes,
    }
    return pd.DataFrame(columns).set_index("face_id")
