"""The step `split`: every picture with a kept face gets its split, and keeps it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from curate.split.draw import Groups, draw
from curate.split.pictures import read_pictures
from curate.split.settle import EXCLUDED, NEW, NO_PART, SPLITS, settle
from curate.split.usage import by_usage
from schemas.errors import InputError, UsageError
from workspace import lineage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from curate.split.pictures import Pictures
    from schemas.settings import EngineSettings, SplitSettings
    from workspace.store import Workspace

_NAMES = np.array([*SPLITS, "excluded"], dtype=object)
_TOLERANCE = 1e-6


def split(
    workspace: Workspace,
    settings: SplitSettings,
    engine: EngineSettings,  # noqa: ARG001 - every step is called with one; a decision over tables
) -> dict[str, Any]:
    """Gives every picture with a kept face its split, and replaces the table `splits`.

    Pictures that have a split keep it (`curate.split.settle` has the one exception).

    Args:
        workspace: With `images`, `sources`, `duplicates` and `faces`; `splits` where there has been a split before.
        settings: Shares, seed, strata, or FER-2013's own usage.
        engine: Not used.

    Returns:
        Counts: `pictures` in the table, `faces` of them, `groups`; faces in `train`, `validation`, `test` and
        `excluded`; `new` pictures; `leaking` pictures in a split though related to one of an earlier split (only
        FER-2013's usage can lead to any); `label_conflicts` and `usage_conflicts`, pictures whose sources disagree;
        `labels`: split -> label -> faces; `reasons`: reason -> pictures.

    Raises:
        UsageError: The shares do not sum to 1, or the settings are not those of the split that is there.
        InputError: There is no kept face, no label or usage where one is asked for, or a split would stay empty.
    """
    shares = _shares(settings)
    earlier = workspace.read("splits")
    if len(earlier):
        _check_same(workspace, settings)
    pictures = read_pictures(workspace, earlier)
    if not pictures.faces.any():
        raise InputError(
            "no face is kept in this workspace", "see `curate status`; more pictures come in by `curate run`"
        )
    if settings.stratify == "label" and not any(pictures.labels[pictures.faces > 0]):
        raise InputError(
            "no kept face has a declared label", "declare labels in a list's column `label`, or --stratify auto"
        )
    if settings.split_by == "groups":
        table = _dealt(pictures, earlier, shares, settings)
    else:
        codes, reasons, related = by_usage(pictures, clean=settings.split_by == "usage-clean")
        table = _table(pictures, codes, reasons, _all_named(related))
    workspace.replace("splits", table)
    return _counts(table, earlier, pictures)


@contextlib.contextmanager
def forgotten(workspace: Workspace) -> Iterator[None]:
    """Forgets the split that is there, so that the next one is made anew; where that fails it is there again.

    Args:
        workspace: Where `splits` may have been written.
    """
    earlier = workspace.read("splits") if workspace.has("splits") else None
    if earlier is not None:
        _put(workspace, earlier.iloc[:0])
    try:
        yield
    except BaseException:
        if earlier is not None:
            _put(workspace, earlier)
        raise


def _put(workspace: Workspace, splits: pd.DataFrame) -> None:
    with workspace.lock():
        workspace.replace("splits", splits)


def _shares(settings: SplitSettings) -> list[float]:
    shares = [settings.train_share, settings.validation_share, settings.test_share]
    if abs(sum(shares) - 1) > _TOLERANCE:
        said = " + ".join(f"{share:g}" for share in shares)
        raise UsageError(f"the shares of the splits sum to {said} = {sum(shares):g}", "let them sum to 1")
    return shares


def _check_same(workspace: Workspace, settings: SplitSettings) -> None:
    line = lineage.last_line(workspace, "split")
    for name, value in lineage.plain(settings).items():
        if line and line["settings"].get(name, value) != value:
            flag = name.replace("_", "-")
            raise UsageError(
                f"this workspace was split with {flag} {line['settings'][name]}, not {value}",
                f"give --{flag} {line['settings'][name]}; or --anew, and pictures move between splits",
            )


# By groups


def _dealt(pictures: Pictures, earlier: pd.DataFrame, shares: list[float], settings: SplitSettings) -> pd.DataFrame:
    before, reasons, also = _before(pictures, earlier)
    settled = settle(pictures.relations, before)
    codes, fresh = settled.split.copy(), settled.split == NEW
    reasons = np.where(settled.reason != "", settled.reason, reasons)
    also = np.where(settled.touched > 0, _all_named(settled.touched), also)
    if fresh.any():
        strata, sizes = _strata(pictures, settings)
        there = np.stack([sizes[codes == number].sum(axis=0) for number in range(len(SPLITS))])
        numbers, members = np.unique(settled.group[fresh], return_inverse=True)
        groups = np.zeros((len(numbers), len(strata)), np.int64)
        np.add.at(groups, members, sizes[fresh])
        names = pd.Series(pictures.image_ids[fresh]).groupby(members).min().tolist()
        dealt = draw(Groups(names, groups), shares, there, settings.split_seed)
        codes[fresh], reasons[fresh] = dealt[members], "drawn"
        if not len(earlier):
            _check_none_empty(codes, pictures, shares, len(numbers))
    return _table(pictures, codes, reasons, also)


def _before(
    pictures: Pictures, earlier: pd.DataFrame
) -> tuple[NDArray[np.int8], NDArray[np.object_], NDArray[np.object_]]:
    """Split, reason and `also` of each picture as the table has them; new or no part where it has not."""
    rows = earlier.set_index("image_id").reindex(pictures.image_ids)
    codes = rows["split"].map({name: code for code, name in enumerate(_NAMES)})
    absent = np.where(pictures.faces > 0, NEW, NO_PART)
    before = np.where(codes.notna(), codes.fillna(0), absent).astype(np.int8)
    return before, rows["reason"].fillna("").to_numpy(dtype=object), rows["also"].to_numpy(dtype=object)


def _strata(pictures: Pictures, settings: SplitSettings) -> tuple[list[str], NDArray[np.int64]]:
    """The strata, and the kept faces of each picture by stratum, int64 `[N, L]`."""
    labels = pictures.labels if settings.stratify != "none" else np.full(len(pictures.labels), None, dtype=object)
    codes, names = pd.factorize(np.where(labels == None, "", labels), sort=True)  # noqa: E711 - element by element
    sizes = np.zeros((len(codes), len(names)), np.int64)
    sizes[np.arange(len(codes)), codes] = pictures.faces
    return [str(name) for name in names], sizes


def _check_none_empty(codes: NDArray[np.int8], pictures: Pictures, shares: list[float], groups: int) -> None:
    for number, share in enumerate(shares):
        if share > 0 and not pictures.faces[codes == number].any():
            raise InputError(
                f"the split {SPLITS[number]} would be empty: there are {groups:,} groups of related pictures for "
                f"{sum(share > 0 for share in shares)} splits, of {pictures.faces.sum():,} faces in all",
                f"take in more pictures, or do without that split: --{SPLITS[number]}-share 0",
            )


# The table


def _table(
    pictures: Pictures, codes: NDArray[np.int8], reasons: NDArray[np.object_], also: NDArray[np.object_]
) -> pd.DataFrame:
    there = codes != NO_PART
    frame = pd.DataFrame(
        {
            "image_id": pictures.image_ids,
            "group_id": _group_ids(pictures, codes),
            "split": _NAMES[np.maximum(codes, 0)],
            "reason": reasons,
            "also": also,
            "label": pictures.labels,
            "faces": pictures.faces.astype(np.int32),
        }
    )
    table: pd.DataFrame = frame[there].reset_index(drop=True)
    return table


def _group_ids(pictures: Pictures, codes: NDArray[np.int8]) -> NDArray[np.object_]:
    """Smallest image_id among related pictures of the same split; a picture left out is alone."""
    group = pictures.relations.components(codes != EXCLUDED)
    alone = np.arange(len(codes)) + int(group.max(initial=-1)) + 1
    group = np.where(codes == EXCLUDED, alone, group)
    frame = pd.DataFrame({"group": group, "split": codes, "image_id": pictures.image_ids})
    smallest = frame.groupby(["group", "split"])["image_id"].transform("min")
    return smallest.to_numpy(dtype=object)


def _all_named(touched: NDArray[np.uint8]) -> NDArray[np.object_]:
    """The splits that bits stand for, comma separated; None where there is none."""
    names = [",".join(name for number, name in enumerate(SPLITS) if bits >> number & 1) or None for bits in range(8)]
    return np.array(names, dtype=object)[touched]


def _counts(table: pd.DataFrame, earlier: pd.DataFrame, pictures: Pictures) -> dict[str, Any]:
    by_split = table.groupby("split")["faces"].sum()
    inside = table["split"] != "excluded"
    several = inside & table["also"].notna() & (table["reason"] == "usage")
    order = {name: number for number, name in enumerate(SPLITS)}
    leaking = [
        min(order[name] for name in also.split(",")) < order[own]
        for own, also in zip(table.loc[several, "split"], table.loc[several, "also"], strict=True)
    ]
    strata = table[inside].fillna({"label": ""}).groupby(["split", "label"])["faces"].sum()
    reasons = table["reason"].value_counts()
    return {
        "pictures": len(table),
        "faces": int(table["faces"].sum()),
        "groups": int(table.loc[inside, "group_id"].nunique()),
        **{name: int(by_split.get(name, 0)) for name in _NAMES},
        "new": int((~table["image_id"].isin(earlier["image_id"])).sum()),
        "leaking": sum(leaking),
        "label_conflicts": pictures.conflicts,
        "usage_conflicts": int((np.bitwise_count(pictures.usages) > 1).sum()),
        "labels": {
            name: {str(label): int(count) for label, count in strata[name].items()} if name in strata else {}
            for name in SPLITS
        },
        "reasons": {str(name): int(count) for name, count in reasons.sort_index().items()},
    }
