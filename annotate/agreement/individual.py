"""Each rater: with the others, with themselves, with the known labels, and in the course of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from annotate.agreement.figures import figure, number
from annotate.statistics.pairs import cohen
from workspace.interval import wilson

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from annotate.ratings import Rated

BLOCKS = 5
"""Parts of equal size that a rater's answers are cut into, in the order they were given."""
_Z = 1.959964
"""Of the normal distribution, for 95 %."""


def individual(rated: Rated) -> list[dict[str, Any]]:
    """Figures of each rater.

    Agreement with others is the mean, over a rater's answers, of the share of the other raters of that face who gave
    the same; `unusable` counts as an answer here. Its interval takes the faces as independent.

    Args:
        rated: What raters said.

    Returns:
        A list, in the order of their names: rater, answers, skipped, unusable, shares of the expressions, the
        commonest, agreement with others, repeats, gold, pace, blocks and drift.
    """
    ratings = rated.ratings
    rows = rated.rows.assign(agreed=with_others(ratings.counts(), ratings.face, ratings.answer))
    gold = rated.gold.assign(right=rated.gold["answer"] == rated.gold["gold"])
    none = rows.iloc[:0], gold.iloc[:0], rated.repeats.iloc[:0]
    by_rater = [dict(list(table.groupby("rater"))) for table in (rows, gold, rated.repeats)]
    return [
        {
            "rater": name,
            "skipped": int(rated.skipped[at]),
            **_answers(by_rater[0].get(at, none[0]), ratings.options),
            "repeats": repeats(by_rater[2].get(at, none[2]), len(ratings.options)),
            "gold": known(by_rater[1].get(at, none[1])),
            **_course(by_rater[0].get(at, none[0]), by_rater[1].get(at, none[1])),
        }
        for at, name in enumerate(ratings.raters)
    ]


def with_others(counts: NDArray[np.int64], face: NDArray[np.int64], answer: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of the other raters of the face who gave the same answer: float64 `[M]`, NaN where nobody else did.

    Args:
        counts: int64 `[N, K]`, how many gave each answer to each face.
        face: int64 `[M]`.
        answer: int64 `[M]`.
    """
    others = counts.sum(axis=1)[face] - 1
    return np.where(others > 0, (counts[face, answer] - 1) / np.maximum(others, 1), np.nan)


def repeats(pairs: pd.DataFrame, options: int) -> dict[str, Any]:
    """How often the same rater said the same of the same face.

    Args:
        pairs: Columns first and again, indices of the options.
        options: Their number.
    """
    if pairs.empty:
        return {"faces": 0, "same": 0, "share": figure(np.nan, (np.nan, np.nan)), "kappa": None}
    table = np.zeros((options, options), np.int64)
    np.add.at(table, (pairs["first"].to_numpy(), pairs["again"].to_numpy()), 1)
    same = int(np.trace(table))
    kappa = float(cohen(table)[1])
    share = figure(same / len(pairs), wilson(same, len(pairs)))
    return {"faces": len(pairs), "same": same, "share": share, "kappa": number(kappa)}


def known(answers: pd.DataFrame) -> dict[str, Any]:
    """How often the known label was given.

    Args:
        answers: Column right.
    """
    right, total = int(answers["right"].sum()), len(answers)
    share = figure(right / total, wilson(right, total)) if total else figure(np.nan, (np.nan, np.nan))
    return {"faces": total, "right": right, "accuracy": share}


def _answers(rows: pd.DataFrame, options: tuple[str, ...]) -> dict[str, Any]:
    counts = np.bincount(rows["answer"], minlength=len(options))
    most = int(counts.argmax())
    agreed = rows["agreed"].dropna()
    return {
        "answers": len(rows),
        "unusable": int(counts[-1]),
        "shares": {name: number(count / max(1, len(rows))) for name, count in zip(options, counts, strict=True)},
        "commonest": options[most] if len(rows) else None,
        "agreement": mean(agreed),
    }


def mean(values: pd.Series) -> dict[str, Any]:
    """The mean with a normal interval, cut off at 0 and 1."""
    if not len(values):
        return figure(np.nan, (np.nan, np.nan))
    middle = float(values.mean())
    half = _Z * float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return figure(middle, (max(0.0, middle - half), min(1.0, middle + half)) if len(values) > 1 else (np.nan, np.nan))


def _course(rows: pd.DataFrame, gold: pd.DataFrame) -> dict[str, Any]:
    """Pace, the blocks in time, and whether the last block differs from the first."""
    rows = rows[rows["created_at"].notna()].sort_values(["created_at", "face"], kind="stable")
    pace = rows["lead_time_s"].median()
    if len(rows) < 2 * BLOCKS:
        return {"pace_s": number(pace), "blocks": [], "drift": None}
    block = np.arange(len(rows)) * BLOCKS // len(rows)
    starts = [rows["created_at"].iloc[int(np.argmax(block == at))] for at in range(BLOCKS)]
    of_gold = np.searchsorted(starts, gold["created_at"].fillna("").to_numpy(str), side="right").clip(1) - 1
    blocks = []
    for at in range(BLOCKS):
        part, checks = rows[block == at], gold[of_gold == at]
        blocks.append(
            {
                "since": str(starts[at]),
                "answers": len(part),
                "agreement": mean(part["agreed"].dropna()),
                "pace_s": number(part["lead_time_s"].median()),
                "gold": known(checks),
            }
        )
    return {"pace_s": number(pace), "blocks": blocks, "drift": _drift(rows["agreed"], block)}


def _drift(agreed: pd.Series, block: NDArray[np.int64]) -> dict[str, Any] | None:
    """Agreement with others in the last block less that in the first, with the interval of a difference of means."""
    first, last = (agreed[block == at].dropna() for at in (0, BLOCKS - 1))
    if len(first) < 2 or len(last) < 2:
        return None
    difference = float(last.mean() - first.mean())
    half = _Z * float(np.sqrt(first.var(ddof=1) / len(first) + last.var(ddof=1) / len(last)))
    return figure(difference, (difference - half, difference + half))
