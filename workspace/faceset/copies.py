"""Faces that stand in more than one split, equal in every pixel."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workspace.faceset.faces import FaceSet


def without_copies(faces: FaceSet, *others: FaceSet) -> FaceSet:
    """The set without those training faces that also stand in validation or test.

    What a network is measured on stays as published; it only must not have learnt it. FER-2013's Training has 280
    pictures of PublicTest and 288 of PrivateTest.

    Args:
        faces: All splits together; what is dropped depends on those that are there.
        others: Further sets that are learnt from and measured on together with this one.

    Returns:
        The others, in their order; `left_out` counts those that were dropped.
    """
    measured = np.concatenate([one.groups[one.split != "train"] for one in (faces, *others)])
    copies = (faces.split == "train") & np.isin(faces.groups, measured)
    if not copies.any():
        return faces
    left_out = {**faces.left_out, "of train that stand in validation or test too": int(copies.sum())}
    return dataclasses.replace(faces.where(~copies), left_out=left_out)


def copies_of_training(faces: FaceSet, *others: FaceSet) -> NDArray[np.bool_]:
    """Which validation and test faces are copies of a training face.

    Accuracy over the others is the one 'without copies'.

    Args:
        faces: All splits together, before `without_copies`.
        others: Further sets that are learnt from together with this one.

    Returns:
        bool `[N]`; False for every training face.
    """
    learnt = np.concatenate([one.groups[one.split == "train"] for one in (faces, *others)])
    copies: NDArray[np.bool_] = (faces.split != "train") & np.isin(faces.groups, learnt)
    return copies
