"""Dedupe: which pictures are copies of one photograph, and which of them stays.

A decision over the tables alone. Pictures with identical thumbnails are one from the start; blank ones have nothing
else to go by. For the rest `curate.dedupe.groups` finds and verifies copies, leader by leader, knowing what an earlier
run found.
"""

from __future__ import annotations

import hashlib
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from curate.dedupe.conflicts import find_conflicts
from curate.dedupe.groups import Known, Pictures, Rule, form_groups, new_groups, nothing_known
from curate.dedupe.keeper import keeping_order, kept_reason, preferred_reason
from curate.dedupe.variants import middle_hashes, variant_hashes
from curate.dedupe.verify import SIDE, is_blank
from schemas.errors import WorkspaceError
from schemas.tables import COMPARED, DUPLICATES
from workspace.columns import mapped
from workspace.console import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from curate.dedupe.groups import Groups
    from schemas.settings import DedupeSettings, EngineSettings
    from workspace.store import Workspace

VERSION = "dedupe/2"
"""Changed whenever the rules in the code change, so that no older comparison is relied on."""

_IMAGE_COLUMNS = ["image_id", "width", "height", "bytes", "sharpness", "recipe", "phash", "phash_mirrored"]
_MATCH = ["correlation", "overlap", "scale", "rotation"]


def dedupe(workspace: Workspace, settings: DedupeSettings, engine: EngineSettings) -> dict[str, Any]:  # noqa: ARG001
    """Find the copies among all pictures and decide which stays.

    Replaces the tables `duplicates` and `conflicts`. They are a function of the tables `images` and `sources` and
    the settings; what an earlier run found (the table `compared`) only saves time.

    Args:
        workspace: Where to read and write.
        settings: When two pictures are the same, and which stays.
        engine: Not used: one core decides over tables quickly enough.

    Returns:
        Counts: `images` = `unique` + `groups` + `copies`, `conflicts`, and `compared_before`, the pictures that an
        earlier run had compared with one another.

    Raises:
        WorkspaceError: The pictures were not all measured by one recipe.

    """
    sources = workspace.read("sources", ["image_id", "source", "licence", "label", "identity"])
    images = workspace.read("images", _IMAGE_COLUMNS)
    recipe = _recipe(images, settings)
    with tempfile.TemporaryFile(dir=workspace.path) as file:  # nameless: a killed run leaves nothing behind
        thumbnails = mapped(workspace, "images", "thumbnail", SIDE, file)
        images["row"] = np.arange(len(images))
        images["twin"] = [hashlib.blake2b(pixels.tobytes(), digest_size=16).hexdigest() for pixels in thumbnails]
        images["blank"] = np.array([is_blank(pixels) for pixels in thumbnails], dtype=np.bool_)
        ordered = keeping_order(images, sources, settings.keeper)
        found, before = _leaders(workspace, ordered, thumbnails, settings, recipe)
    duplicates = _duplicates(ordered, found, settings.keeper)
    conflicts = find_conflicts(duplicates, sources)
    workspace.replace("compared", _compared(ordered, found, recipe))
    workspace.replace("duplicates", duplicates)
    workspace.replace("conflicts", conflicts)
    groups = int((duplicates["rank"] == 0).sum())
    return {
        "images": len(images),
        "unique": len(images) - len(duplicates),
        "groups": groups,
        "copies": len(duplicates) - groups,
        "conflicts": len(conflicts),
        "compared_before": before,
    }


def _recipe(images: pd.DataFrame, settings: DedupeSettings) -> str:
    """Name all that decides whether two pictures match; refuse hashes that cannot be compared."""
    recipes = sorted(images["recipe"].unique())
    if len(recipes) > 1:
        raise WorkspaceError(
            f"the pictures were measured by {len(recipes)} recipes: {', '.join(recipes)}",
            "run `curate ingest` into a new workspace, so that all are measured alike",
        )
    rule = f"radius {settings.hash_radius}, correlation {settings.same_correlation}"
    flags = f"crops {settings.find_crops}, mirrored {settings.find_mirrored}"
    return f"{recipes[0] if recipes else ''}; {VERSION}; {rule}; {flags}; {settings.keeper}"


def _leaders(
    workspace: Workspace, ordered: pd.DataFrame, thumbnails: NDArray[np.uint8], settings: DedupeSettings, recipe: str
) -> tuple[pd.DataFrame, int]:
    """Find each picture's leader: the columns of `compared`, by the positions of `ordered`; also what was known."""
    first = ordered.groupby("twin", sort=False)["row"].transform("first")
    is_first = (ordered["row"] == first).to_numpy()
    looked_at = np.flatnonzero(is_first & ~ordered["blank"].to_numpy())
    pictures = _pictures(ordered.iloc[looked_at], thumbnails, settings)
    known = _known(workspace, ordered["image_id"].to_numpy()[looked_at], recipe)
    groups = new_groups(len(looked_at))
    rule = Rule(settings.hash_radius, settings.same_correlation, settings.find_mirrored)
    for _ in progress(form_groups(pictures, rule, known, groups), text="dedupe", total=len(looked_at)):
        pass

    # A twin lies over its leader as the first picture with that thumbnail does.
    position = pd.Series(np.arange(len(ordered)), index=ordered["row"])
    first_position = position[first].to_numpy()
    found = _spread(groups, looked_at, len(ordered))
    found = found.iloc[first_position].reset_index(drop=True)
    hashes, flipped = ordered["phash"].to_numpy(), ordered["phash_mirrored"].to_numpy()
    seen = np.where(found["mirrored"], flipped, hashes)
    found["distance"] = np.bitwise_count(hashes[found["leader"]] ^ seen).astype(np.int16)
    return found, int((known.place >= 0).sum())


def _pictures(chosen: pd.DataFrame, thumbnails: NDArray[np.uint8], settings: DedupeSettings) -> Pictures:
    rows = chosen["row"].to_numpy(dtype=np.int64)
    variants = [np.empty((len(rows), 0), dtype=np.uint64)] * 4
    if settings.find_crops:
        flipped = thumbnails[:, :, ::-1]
        by_row = [
            variant_hashes(thumbnails),
            variant_hashes(flipped),
            middle_hashes(thumbnails),
            middle_hashes(flipped),
        ]
        variants = [hashes[rows] for hashes in by_row]
    return Pictures(thumbnails, rows, chosen["phash"].to_numpy(), chosen["phash_mirrored"].to_numpy(), *variants)


def _known(workspace: Workspace, image_ids: NDArray[np.object_], recipe: str) -> Known:
    """Read what an earlier run by the same recipe found, unless the order of keeping has changed since.

    A picture whose leader is gone, or is no longer looked at, counts as new.
    """
    nothing = nothing_known(len(image_ids))
    earlier = workspace.read("compared")
    earlier = earlier[earlier["recipe"] == recipe].set_index("image_id")
    earlier = earlier[earlier.index.isin(image_ids) & earlier["leader"].isin(image_ids)]
    own = earlier.reindex(image_ids)
    there = own["place"].notna().to_numpy()
    places = own["place"].to_numpy()[there].astype(np.int64)
    if len(places) == 0 or (np.diff(places) < 0).any():
        return nothing
    leaders = own["leader"][there]
    leads = earlier.index.to_series()[earlier["leader"] == earlier.index]
    sound = leaders.isin(leads).to_numpy()
    kept = np.flatnonzero(there)[sound]
    nothing.place[kept] = places[sound]
    nothing.leader[kept] = earlier["place"].reindex(leaders[sound]).to_numpy().astype(np.int64)
    nothing.match[kept] = own[_MATCH].to_numpy(dtype=np.float32)[kept]
    nothing.flipped[kept] = own["mirrored"].to_numpy()[kept].astype(np.bool_)
    return nothing


def _spread(groups: Groups, looked_at: NDArray[np.int64], count: int) -> pd.DataFrame:
    """Give the groups by the positions of all pictures; one that was not looked at leads itself."""
    leader = np.arange(count)
    leader[looked_at] = looked_at[groups.leader]
    match = np.tile(np.array([1, 1, 1, 0], dtype=np.float32), (count, 1))
    match[looked_at] = groups.match
    mirrored = np.zeros(count, dtype=np.bool_)
    mirrored[looked_at] = groups.flipped
    return pd.DataFrame(match, columns=_MATCH).assign(leader=leader, mirrored=mirrored)


def _compared(ordered: pd.DataFrame, found: pd.DataFrame, recipe: str) -> pd.DataFrame:
    image_ids = ordered["image_id"].to_numpy()
    columns = found.assign(
        image_id=image_ids,
        recipe=recipe,
        place=np.arange(len(ordered)),
        leader=image_ids[found["leader"]],
    )
    return columns[COMPARED.names]


def _duplicates(ordered: pd.DataFrame, found: pd.DataFrame, policy: str) -> pd.DataFrame:
    """Write the groups of two and more as the table `duplicates`."""
    leader = found["leader"]
    grouped = np.flatnonzero(leader.map(leader.value_counts()) > 1)
    rows = found.iloc[grouped]
    sizes = rows["leader"].map(rows["leader"].value_counts())
    table = rows.assign(
        image_id=ordered["image_id"].to_numpy()[grouped],
        group_id=ordered["image_id"].to_numpy()[rows["leader"]],
        rank=rows.groupby("leader").cumcount().astype(np.int32),  # rows stand in the order of keeping
        keeper_reason=list(_reasons(ordered, rows["leader"], sizes, policy)),
    )
    return table[DUPLICATES.names]


def _reasons(ordered: pd.DataFrame, leaders: pd.Series[int], sizes: pd.Series[int], policy: str) -> Iterator[str]:
    keepers: list[Any] = list(ordered.iloc[leaders].itertuples())
    copies: list[Any] = list(ordered.iloc[leaders.index].itertuples())
    for keeper, copy, size in zip(keepers, copies, sizes, strict=True):
        if keeper.Index == copy.Index:
            yield kept_reason(policy, size)
        else:
            yield preferred_reason(keeper, copy, policy)
