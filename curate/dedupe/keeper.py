"""Which of several copies stays, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

ORDERS: dict[str, tuple[str, ...]] = {
    "largest": ("pixels", "bytes", "image_id"),
    "sharpest": ("sharpness", "pixels", "bytes", "image_id"),
    "licensed": ("licensed", "pixels", "bytes", "image_id"),
    "first-seen": ("source", "image_id"),
}
"""Policy -> what decides, then what decides where that is equal. An image_id is a hash: it is equal for nobody."""

_ASCENDING = ("source", "image_id")

_REASONS = {
    "pixels": "larger: {0.width} × {0.height} pixels against {1.width} × {1.height}",
    "bytes": "as large, less compressed: {0.bytes} bytes against {1.bytes}",
    "sharpness": "sharper: {0.sharpness:.4g} against {1.sharpness:.4g}",
    "licensed": "has a declared licence, this one has none",
    "source": "its source comes first: {0.source}",
    "image_id": "alike in all that counts; its image_id comes first",
}

_KEPT = {
    "largest": "the largest of {} copies",
    "sharpest": "the sharpest of {} copies",
    "licensed": "of {} copies, the largest among those with a licence, if there is one",
    "first-seen": "of {} copies, the one whose source name comes first",
}


def keeping_order(images: pd.DataFrame, sources: pd.DataFrame, policy: str) -> pd.DataFrame:
    """Sort pictures so that of any two copies the one to keep comes first.

    "First seen" goes by the name of the source, since the order in which files arrive must not decide.

    Args:
        images: The table `images`: image_id, width, height, bytes and sharpness.
        sources: The table `sources`: image_id, source and licence.
        policy: A key of `ORDERS`.

    Returns:
        `images` with the columns `pixels`, `licensed` and `source` (the first by name) in the order of keeping.

    """
    by_image = sources.groupby("image_id", sort=False)
    ordered = images.assign(
        pixels=images["width"].astype("int64") * images["height"],
        licensed=images["image_id"].map(by_image["licence"].count()).fillna(0) > 0,
        source=images["image_id"].map(by_image["source"].min()).fillna(""),
    )
    keys = list(ORDERS[policy])
    ordered = ordered.sort_values(keys, ascending=[key in _ASCENDING for key in keys], kind="stable")
    return ordered.reset_index(drop=True)


def preferred_reason(keeper: Any, copy: Any, policy: str) -> str:
    """Say why the keeper is preferred to a copy, by the first figure that differs.

    Args:
        keeper: Its row of `keeping_order`, as `DataFrame.itertuples` gives it.
        copy: The copy's row.
        policy: A key of `ORDERS`.

    """
    decisive = next(key for key in ORDERS[policy] if getattr(keeper, key) != getattr(copy, key))
    return _REASONS[decisive].format(keeper, copy)


def kept_reason(policy: str, size: int) -> str:
    """Say why the keeper of a group of `size` pictures is kept."""
    return _KEPT[policy].format(size)
