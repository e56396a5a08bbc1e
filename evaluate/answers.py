"""A network's answers on labelled faces, with all that they are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate import columns
from evaluate.result import Answers
from schemas.emotion import EMOTIONS, FERPLUS_VOTES, NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workspace.faceset import FaceSet
    from workspace.store import Workspace

_FERPLUS = [FERPLUS_VOTES.index(emotion.ferplus) for emotion in EMOTIONS]
"""Where mien's classes stand among FER+'s columns."""


def answers(
    faces: FaceSet, probabilities: NDArray[np.float32], leaked: NDArray[np.bool_] | None, workspace: Workspace | None
) -> Answers:
    """Puts together what an assessment needs.

    Args:
        faces: N labelled faces.
        probabilities: float32 `[N, 7]` in mien's order, rows of a sum of 1.
        leaked: bool `[N]`, whether a copy of the face is among those to be trained on; None where that is unknown.
        workspace: Where the faces come from, if they do: their places are its face_ids then.
    """
    given = probabilities.astype(np.float64)
    groups, known = (faces.groups, {}) if workspace is None else columns.of_workspace(workspace, faces.places)
    votes = _of_ferplus(faces.votes)
    shares = _shares(votes, faces.probabilities)
    return Answers(
        classes=NAMES,
        names=tuple(faces.places),
        labels=faces.labels.astype(np.int64),
        probabilities=given / given.sum(1, keepdims=True),
        groups=groups,
        votes=votes,
        shares=shares,
        leaked=leaked,
        columns={**columns.of_raters(shares), **columns.of_pixels(faces.pixels), **known},
    )


def _of_ferplus(votes: NDArray[np.uint8] | None) -> NDArray[np.int64] | None:
    """FER+'s ten columns to mien's seven classes; contempt, unknown and 'not a face' are none of them."""
    return None if votes is None else votes[:, _FERPLUS].astype(np.int64)


def _shares(votes: NDArray[np.int64] | None, given: NDArray[Any] | None) -> NDArray[np.float64] | None:
    """The raters' distribution: as given, else the shares of the votes; NaN rows where fewer than two people voted.

    One person's answer is no distribution: all would seem to agree.
    """
    if votes is None:
        return None if given is None else given.astype(np.float64)
    total = votes.sum(1, keepdims=True)
    shares = votes / np.maximum(total, 1) if given is None else given.astype(np.float64)
    several: NDArray[np.float64] = np.where(total > 1, shares, np.nan)
    return several
