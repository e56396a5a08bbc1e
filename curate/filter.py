"""Filter: which pictures go on to face detection, and why the others do not.

Decisions over the tables `images` and `duplicates`; no photograph is opened. Every filter is one figure held
against one setting, and every picture that is out says which, so a decision can be looked up and taken again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from schemas.tables import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from schemas.settings import EngineSettings, FilterSettings
    from workspace.store import Workspace

COLUMNS = (
    "image_id",
    "width",
    "height",
    "level_1",
    "level_99",
    "sharpness_peak",
    "common_greys",
    "hard_edges",
)
"""Of the table `images`: all that decisions are made of."""


OF_PHOTOGRAPHS = ("small", "odd-aspect", "blur", "drawing")
"""Filters that a picture which is a face crop already does not go through."""


@dataclass(frozen=True, eq=False)
class Check:
    """One filter, applied to N pictures.

    Attributes:
        reason: The code that a picture gets which it takes out.
        figures: float32 `[N]`, what is held against the threshold.
        threshold: The setting; 0 is off.
        out: bool `[N]`; all False when the filter is off.
    """

    reason: str
    figures: NDArray[np.float32]
    threshold: float
    out: NDArray[np.bool_]


def filter_images(
    workspace: Workspace,
    settings: FilterSettings,
    engine: EngineSettings,  # noqa: ARG001 - every step is called with one; a decision costs microseconds
) -> dict[str, Any]:
    """Decides for every picture of a workspace whether it is kept, and replaces the table `decisions`.

    Args:
        workspace: With `images`, `sources`, and `duplicates` where copies have been looked for.
        settings: The thresholds.
        engine: Not used.

    Returns:
        Counts: `images`, `kept`, and one per reason that took something out.
    """
    images = workspace.read("images", COLUMNS)
    duplicates = workspace.read("duplicates", ("image_id", "group_id", "rank"))
    sources = workspace.read("sources", ("image_id", "kind"))
    photographs = sources.loc[sources["kind"] != "face", "image_id"]
    decisions = decide(images, duplicates, settings, crops=set(sources["image_id"]) - set(photographs))
    workspace.replace("decisions", decisions)
    out = decisions.loc[~decisions["kept"], "reason"].value_counts()
    return {
        "images": len(decisions),
        "kept": int(decisions["kept"].sum()),
        **{str(reason): int(out[reason]) for reason in sorted(out.index)},
    }


def decide(
    images: pd.DataFrame, duplicates: pd.DataFrame, settings: FilterSettings, crops: Collection[str] = ()
) -> pd.DataFrame:
    """Decides over tables; a pure function.

    The first filter that takes a picture out gives the reason, in the order of `checks`. Of a group of copies the
    first by rank that passes the filters is kept: a keeper that is out hands its place on.

    Args:
        images: The columns `COLUMNS` of the table `images`.
        duplicates: `image_id`, `group_id` and `rank` of the pictures that stand in a group of copies.
        settings: The thresholds.
        crops: Pictures that are face crops already, as FER-2013's are: held against brightness and contrast alone,
            since `OF_PHOTOGRAPHS` were measured on photographs and mean nothing on 48 pixels.

    Returns:
        One row per picture, with the columns of the table `decisions`, in the order of `images`.
    """
    applied = checks(images, settings)
    is_crop = images["image_id"].isin(list(crops)).to_numpy()
    for check in applied:
        if check.reason in OF_PHOTOGRAPHS:
            check.out[is_crop] = False
    first = np.full(len(images), -1)
    also = np.full(len(images), "", dtype=object)
    value = np.full(len(images), np.nan, np.float32)
    threshold = np.full(len(images), np.nan, np.float32)
    for number, check in enumerate(applied):
        new = check.out & (first < 0)
        also[check.out & ~new] += "," + check.reason
        first[new] = number
        value[new], threshold[new] = check.figures[new], check.threshold
    passed = first < 0
    copy = _copies(images["image_id"], passed, duplicates)
    also[copy & ~passed] += ",duplicate"
    codes = np.array([check.reason for check in applied] + [""], dtype=object)
    frame = pd.DataFrame(
        {
            "image_id": images["image_id"].to_numpy(),
            "kept": passed & ~copy,
            "step": np.select([~passed, copy], ["filter", "dedupe"], ""),
            "reason": np.where(passed & copy, "duplicate", codes[first]),
            "value": value,
            "threshold": threshold,
            "also": [reasons[1:] for reasons in also],
        }
    )
    return frame[DECISIONS.names]


def checks(images: pd.DataFrame, settings: FilterSettings) -> list[Check]:
    """All filters applied to all pictures, the weightiest reason first.

    Args:
        images: The columns `COLUMNS` of the table `images`.
        settings: The thresholds.
    """
    sides = images[["width", "height"]].to_numpy()
    short, long = sides.min(axis=1), sides.max(axis=1)
    dark, bright = images["level_1"], images["level_99"]
    return [
        _below("small", short, settings.min_side),
        _above("odd-aspect", long / short, settings.max_aspect),
        _below("dark", bright, settings.min_bright_level),
        _above("over-exposed", dark, settings.max_dark_level),
        _below("low-contrast", bright - dark, settings.min_level_range),
        _below("blur", images["sharpness_peak"], settings.min_sharpness),
        _above("drawing", images["common_greys"] + images["hard_edges"], settings.max_drawing),
    ]


def _below(reason: str, values: Any, threshold: float) -> Check:
    figures = np.asarray(values, np.float32)
    return Check(reason, figures, threshold, figures < np.float32(threshold))


def _above(reason: str, values: Any, threshold: float) -> Check:
    figures = np.asarray(values, np.float32)
    return Check(reason, figures, threshold, (figures >= np.float32(threshold)) & (threshold > 0))


def _copies(image_ids: pd.Series[str], passed: NDArray[np.bool_], duplicates: pd.DataFrame) -> NDArray[np.bool_]:
    """Which pictures stand in a group of copies of which another is kept."""
    rows = duplicates.assign(passed=duplicates["image_id"].isin(image_ids[passed]))
    keepers = rows[rows["passed"]].sort_values(["group_id", "rank", "image_id"]).drop_duplicates("group_id")
    spare = rows["group_id"].isin(keepers["group_id"]) & ~rows["image_id"].isin(keepers["image_id"])
    return image_ids.isin(rows.loc[spare, "image_id"]).to_numpy()
