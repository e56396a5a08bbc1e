"""What is declared of the pictures, and how many kept faces that holds for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DECLARED = ("label", "identity", "licence", "usage", "search_term")
"""Columns of `sources` that are told, in this order."""
_VALUES = 12
"""Commonest values that are told one by one; the rest are added up."""


def declared(
    sources: pd.DataFrame, duplicates: pd.DataFrame, kept: pd.Series[str]
) -> dict[str, list[tuple[str, int, int]]]:
    """Counts pictures and kept faces by what is declared of them.

    What is declared of a picture holds for its copies, whichever of them is kept.

    Args:
        sources: `image_id` and the columns `DECLARED`.
        duplicates: `image_id` and `group_id`.
        kept: image_id of every kept face.

    Returns:
        Column -> value, pictures, kept faces; the commonest values first. Columns without a value are left out.
    """
    groups = dict(zip(duplicates["image_id"], duplicates["group_id"], strict=True))
    faces = _groups_of(kept, groups).value_counts().rename("faces")
    found = {}
    for column in DECLARED:
        rows = sources[["image_id", column]].drop_duplicates().dropna()
        if not rows.empty:
            found[column] = _counted(rows.assign(group_id=_groups_of(rows["image_id"], groups)), column, faces)
    return found


def _groups_of(image_ids: pd.Series[str], groups: dict[str, str]) -> pd.Series[str]:
    """The group of copies that each picture stands in; one without copies is a group of its own."""
    return image_ids.map(lambda image_id: groups.get(image_id, image_id))


def _counted(rows: pd.DataFrame, column: str, faces: pd.Series[int]) -> list[tuple[str, int, int]]:
    pictures = rows.groupby(column)["image_id"].nunique()
    of_groups = rows[["group_id", column]].drop_duplicates().join(faces, on="group_id")
    held = of_groups.groupby(column)["faces"].sum()
    told = [(str(value), int(pictures[value]), int(held[value])) for value in pictures.index]
    told.sort(key=lambda entry: (-entry[1], entry[0]))
    rest = told[_VALUES:]
    if rest:
        told[_VALUES:] = [(f"{len(rest):,} more", sum(entry[1] for entry in rest), sum(entry[2] for entry in rest))]
    return told
