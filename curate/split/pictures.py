"""What the split of a workspace is decided by, as columns over all its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from curate.split.moments import find_moments
from curate.split.relations import bearings, earlier_bearings, moment_bearings, relate
from schemas.emotion import named
from workspace.fer2013 import USAGES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curate.split.relations import Relations
    from workspace.store import Workspace


@dataclass(frozen=True, eq=False)
class Pictures:
    """All pictures of the workspace, as columns of one length.

    Attributes:
        image_ids: object `[N]`, sorted.
        faces: int64 `[N]`, kept faces.
        labels: object `[N]`, the declared label, or None.
        usages: uint8 `[N]`, a bit for each usage that its sources declare.
        conflicts: Pictures whose sources declare several labels.
        relations: Among them.
    """

    image_ids: NDArray[np.object_]
    faces: NDArray[np.int64]
    labels: NDArray[np.object_]
    usages: NDArray[np.uint8]
    conflicts: int
    relations: Relations


def read_pictures(workspace: Workspace, earlier: pd.DataFrame) -> Pictures:
    """Reads what the split of a workspace is decided by, from its tables.

    Args:
        workspace: With `images`, `sources`, `duplicates` and `faces`.
        earlier: The table `splits` as it is.
    """
    image_ids = workspace.read("images", ["image_id"])["image_id"].to_numpy(dtype=object)
    sources = workspace.read("sources", ["image_id", "label", "identity", "url", "video", "usage"])
    faces = workspace.read("faces", ["face_id", "image_id", "kept", "duplicate_of"])
    duplicates = workspace.read("duplicates", ["image_id", "group_id"])
    kept = faces.loc[faces["kept"], "image_id"].value_counts().reindex(image_ids, fill_value=0)
    labels, conflicts = _labels(sources, image_ids)
    borne = [
        bearings(sources, duplicates, faces),
        earlier_bearings(earlier),
        moment_bearings(find_moments(workspace, set(image_ids[kept > 0]))),
    ]
    return Pictures(
        image_ids,
        kept.to_numpy(np.int64),
        labels,
        _usages(sources, image_ids),
        conflicts,
        relate(image_ids.tolist(), pd.concat([part for part in borne if len(part)] or borne, ignore_index=True)),
    )


def _labels(sources: pd.DataFrame, image_ids: NDArray[np.object_]) -> tuple[NDArray[np.object_], int]:
    """The label that all sources of a picture agree on, or None; also how many disagree."""
    given = sources[sources["label"].notna()]
    spelt = given["label"].map(lambda label: named(label) or label.strip())
    found = spelt.groupby(given["image_id"]).agg(["first", "nunique"]).reindex(image_ids)
    agreed = (found["nunique"] == 1).to_numpy()
    labels = found["first"].to_numpy(dtype=object)
    labels[~agreed] = None
    return labels, int((found["nunique"] > 1).sum())


def _usages(sources: pd.DataFrame, image_ids: NDArray[np.object_]) -> NDArray[np.uint8]:
    bits = np.zeros(len(image_ids), np.uint8)
    for number, usage in enumerate(USAGES):
        bits[np.isin(image_ids, sources.loc[sources["usage"] == usage, "image_id"].to_numpy(object))] |= 1 << number
    return bits
