"""Soft labels: how several raters' answers are spread over the seven classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from schemas.emotion import EMOTIONS, FERPLUS_VOTES, NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workspace.faceset.faces import FaceSet

LEAST_VOTES = 3
"""FER+ votes for the seven below which a face keeps its label: what one or two taggers say is no distribution."""
_COLUMNS_OF_CLASSES = [FERPLUS_VOTES.index(emotion.ferplus) for emotion in EMOTIONS]


def soft_labels(faces: FaceSet) -> NDArray[np.float32]:
    """The distribution over the classes that each face is taught with.

    Args:
        faces: Any set.

    Returns:
        float32 `[N, 7]`, rows of a sum of 1 in FER-2013's order: the raters' distribution where the set has one, else
        the share of the FER+ votes that went to the seven (contempt, unknown and 'no face' do not count) where these
        are at least `LEAST_VOTES`, else 1 for the label.
    """
    soft = np.zeros((len(faces), len(NAMES)), np.float32)
    soft[np.arange(len(faces)), faces.labels] = 1
    if faces.votes is not None:
        votes = faces.votes[:, _COLUMNS_OF_CLASSES].astype(np.float32)
        total = votes.sum(axis=1)
        enough = total >= LEAST_VOTES
        soft[enough] = votes[enough] / total[enough, None]
    if faces.probabilities is not None:
        given = ~np.isnan(faces.probabilities).any(axis=1)
        soft[given] = faces.probabilities[given]
    return soft
