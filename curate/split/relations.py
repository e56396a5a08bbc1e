"""Which pictures are related: what a network learns from the one tells it about the other.

Two pictures are related when they bear a key in common: a group of duplicates, a face that stands in both, the address
they were fetched from, the video they are frames of, or a declared identity. Groups are the connected components.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NOBODY = ("", "unknown", "none", "null", "nan", "n/a", "na", "-", "?", "anonymous", "various")
"""Declared identities, in small letters, that name no person."""


@dataclass(frozen=True, eq=False)
class Relations:
    """Which picture bears which key.

    Attributes:
        pictures: Number of pictures.
        keys: Number of keys.
        picture: int64 `[B]`, the picture of each bearing, 0 to pictures - 1.
        key: int64 `[B]`, its key, 0 to keys - 1.
    """

    pictures: int
    keys: int
    picture: NDArray[np.int64]
    key: NDArray[np.int64]

    def components(self, among: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Groups of pictures that are related, directly or through one another.

        Args:
            among: bool `[pictures]`; pictures outside lead nowhere, each is a group of its own.

        Returns:
            int64 `[pictures]`, a number for each group, in no particular order.
        """
        used = among[self.picture]
        picture, key = self.picture[used], self.key[used] + self.pictures
        size = self.pictures + self.keys
        graph = coo_array((np.ones(len(picture), np.int8), (picture, key)), shape=(size, size))
        _, labels = connected_components(graph, directed=False)
        return np.asarray(labels[: self.pictures], np.int64)


def relate(image_ids: Sequence[str], bearings: pd.DataFrame) -> Relations:
    """Relations among pictures.

    Args:
        image_ids: All pictures, each once.
        bearings: Columns `image_id` and `key`, as `bearings` gives them; rows of other pictures are passed over.
    """
    position = pd.Index(image_ids).get_indexer(pd.Index(bearings["image_id"]))
    there = position >= 0
    codes, names = pd.factorize(bearings["key"].to_numpy()[there])
    return Relations(len(image_ids), len(names), position[there].astype(np.int64), codes.astype(np.int64))


def bearings(sources: pd.DataFrame, duplicates: pd.DataFrame, faces: pd.DataFrame) -> pd.DataFrame:
    """The key of every picture that bears one, from the tables of a workspace.

    Args:
        sources: `image_id`, `url`, `video`, `identity`.
        duplicates: `image_id`, `group_id`.
        faces: `face_id`, `image_id`, `duplicate_of`.

    Returns:
        Columns `image_id` and `key`; a picture may bear several, a key is borne by one or more.

    >>> sources = pd.DataFrame({"image_id": ["a", "b"], "url": None, "video": ["v.mp4", None]})
    >>> sources["identity"] = ["P1", "p1 "]
    >>> none = pd.DataFrame({"image_id": [], "group_id": []})
    >>> faces = pd.DataFrame({"face_id": [], "image_id": [], "duplicate_of": []})
    >>> bearings(sources, none, faces)["key"].tolist()
    ['video:v.mp4', 'identity:p1', 'identity:p1']
    """
    parts = [_bearing(sources["image_id"], name, sources[name]) for name in ("url", "video")]
    parts.append(_bearing(sources["image_id"], "identity", identities(sources["identity"])))
    parts.append(_bearing(duplicates["image_id"], "duplicate", duplicates["group_id"]))
    copies = faces[faces["duplicate_of"].notna()]
    parts.append(_bearing(copies["image_id"], "face", copies["duplicate_of"]))
    keepers = faces[faces["face_id"].isin(copies["duplicate_of"])]
    parts.append(_bearing(keepers["image_id"], "face", keepers["face_id"]))
    return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)


def earlier_bearings(splits: pd.DataFrame) -> pd.DataFrame:
    """A key for every group of an earlier split, so that what was found to be related stays so.

    Args:
        splits: The table `splits`.

    Returns:
        As `bearings`.
    """
    inside = splits[splits["split"] != "excluded"]
    return _bearing(inside["image_id"], "group", inside["group_id"] + ":" + inside["split"])


def moment_bearings(moments: pd.DataFrame) -> pd.DataFrame:
    """A key for every pair of pictures that show one moment, though they are no copies to `dedupe`.

    Args:
        moments: `image_id` and `other_id` of the pairs.

    Returns:
        As `bearings`.
    """
    pairs = moments["image_id"] + ":" + moments["other_id"]
    parts = [_bearing(moments[side], "moment", pairs) for side in ("image_id", "other_id")]
    return pd.concat(parts, ignore_index=True)


def identities(declared: pd.Series[str]) -> pd.Series[str]:
    """Declared identities, spelt alike; missing where they name nobody."""
    spelt = declared.astype("string").str.strip().str.casefold()
    return spelt.mask(spelt.isin(NOBODY)).astype(object)


def _bearing(image_ids: pd.Series[str], kind: str, values: pd.Series[str]) -> pd.DataFrame:
    there = values.notna() & (values != "")
    keys = [f"{kind}:{value}" for value in values[there]]
    return pd.DataFrame({"image_id": image_ids[there].to_numpy(), "key": np.array(keys, dtype=object)})
