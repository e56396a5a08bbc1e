"""Faces that stand in more than one split, equal in every pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workspace.faceset.faces import FaceSet


def without_copies(faces: FaceSet) -> FaceSet:
    """The set without those training faces that also stand in validation or test.

    What a network is measured on stays as published; it only must not have learnt it. FER-2013's Training has 280
    pictures of PublicTest and 288 of PrivateTest.

    Args:
        faces: All splits together; what is dropped depends on those that are there.
    """
    training = faces.split == "train"
    return faces.where(~(training & np.isin(faces.groups, faces.groups[~training])))


def copies_of_training(faces: FaceSet) -> NDArray[np.bool_]:
    """Which validation and test faces are copies of a training face.

    Accuracy over the others is the one 'without copies'.

    Args:
        faces: All splits together, before `without_copies`.

    Returns:
        bool `[N]`; False for every training face.
    """
    training = faces.split == "train"
    copies: NDArray[np.bool_] = ~training & np.isin(faces.groups, faces.groups[training])
    return copies
