"""Which pictures of a workspace show one moment; a pair is compared once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from curate.dedupe.variants import VARIANTS
from curate.dedupe.verify import SAME_PHOTOGRAPH
from curate.measure import RECIPE
from curate.split.near import RADIUS, SAME, Printing, near_pairs
from schemas.tables import MOMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workspace.store import Workspace

COMPARISON = f"moments/1 radius {RADIUS}, correlation {SAME} of {SAME_PHOTOGRAPH}, cut-outs {len(VARIANTS)}; {RECIPE}"
"""Changed whenever the rules in the code change, so that no older comparison is relied on."""


def find_moments(workspace: Workspace, wanted: set[str]) -> pd.DataFrame:
    """Compares pictures that have not been compared, and writes the cache table `moments`.

    Args:
        workspace: With `images`; its lock is held.
        wanted: image_ids of the pictures to be compared with one another.

    Returns:
        Rows of `moments`, one for each pair, whatever pictures they are of.
    """
    earlier = workspace.read("moments")
    earlier = earlier[earlier["recipe"] == COMPARISON]
    itself = earlier["image_id"] == earlier["other_id"]
    known = set(earlier.loc[itself, "image_id"])
    if not wanted <= known:
        rows = list(_compare(workspace, wanted, known))
        fresh = pd.DataFrame(rows, columns=["image_id", "other_id", "mirrored", "correlation"]).assign(
            recipe=COMPARISON
        )
        fresh = fresh.sort_values("correlation", ascending=False, kind="stable")
        fresh = fresh.drop_duplicates(list(MOMENTS.key)).astype({"correlation": np.float32, "mirrored": bool})
        earlier = pd.concat([earlier, fresh] if len(earlier) else [fresh], ignore_index=True)
        workspace.replace("moments", earlier)
        itself = earlier["image_id"] == earlier["other_id"]
    return earlier[~itself]


def _compare(workspace: Workspace, wanted: set[str], known: set[str]) -> Iterator[tuple[str, str, bool, float]]:
    """The new pairs, and each new picture with itself."""
    image_ids: list[str] = []
    with Printing() as printing:
        for path in workspace.parts("images"):
            images = pd.read_parquet(path, columns=["image_id", "phash", "phash_mirrored", "thumbnail"])
            images = images[images["image_id"].isin(wanted | known)]
            image_ids += images["image_id"].tolist()
            printing.add(images)
        prints = printing.prints()
    new = np.array([place for place, image_id in enumerate(image_ids) if image_id not in known], np.int64)
    yield from ((image_ids[place], image_ids[place], False, 1.0) for place in new)
    for flip in (False, True):
        for one, other, correlation in near_pairs(prints, new, np.arange(len(image_ids)), flip=flip):
            first, second = sorted((image_ids[one], image_ids[other]))
            yield first, second, flip, correlation
