"""The step `agreement`: every figure about how far the raters agree, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from annotate.agreement.figures import figure, number
from annotate.agreement.individual import individual, known, repeats
from annotate.agreement.overall import overall
from annotate.agreement.published import PUBLISHED
from annotate.agreement.remarks import remarks
from annotate.ratings import read_ratings
from annotate.statistics.coefficients import coefficients, summands, sums
from annotate.statistics.pairs import pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annotate.ratings import Rated
    from annotate.statistics.ratings import Ratings
    from schemas.settings import AgreementSettings
    from workspace.store import Workspace


def agreement(workspace: Workspace, settings: AgreementSettings) -> dict[str, Any]:
    """Says how far the raters agree.

    Args:
        workspace: With the table `annotations`; read only. Where `splits` or `faces` tell which faces come from one
            source, the intervals take that into account.
        settings: Of the intervals.

    Returns:
        Plain values: `faces` with an answer, `compared` with expressions from two raters, `answers`, faces `shown`,
        `groups` of faces from one source, `rows` (what became of all rows), `coefficients`, `chance`, `classes`,
        `pairs` of classes, `unusable`, `raters`, `rater_pairs`, `repeats`, `gold`, `published`, `remarks`.
        docs/agreement.md says what each is. Figures that are not defined are None.

    Raises:
        WorkspaceError: Nothing was pulled yet.
    """
    rated = read_ratings(workspace)
    ratings = rated.ratings
    # Who calls a face unusable says nothing of its expression.
    expressions = ratings.without_last()
    groups = sources(workspace, rated.face_ids)
    result = {
        "faces": len(np.unique(ratings.face)),
        "compared": int((expressions.counts().sum(axis=1) >= 2).sum()),
        "answers": len(ratings.face),
        "shown": len(rated.face_ids),
        "groups": int(groups.max(initial=-1)) + 1,
        "rows": rated.counts,
        **overall(expressions, groups, settings),
        "unusable": _unusable(rated),
        "raters": individual(rated),
        "rater_pairs": _rater_pairs(expressions),
        "repeats": repeats(rated.repeats, len(ratings.options)),
        "gold": known(rated.gold.assign(right=rated.gold["answer"] == rated.gold["gold"])),
        "published": [dict(entry) for entry in PUBLISHED],
    }
    return {**result, "remarks": remarks(result)}


def sources(workspace: Workspace, face_ids: NDArray[np.object_]) -> NDArray[np.int64]:
    """Numbers of the sources that faces come from: int64 `[N]`, from 0.

    Faces of one group of `splits` (copies, frames of one video, one person) or of one photograph share a number; a
    face that is in neither table has one of its own.

    Args:
        workspace: Read only.
        face_ids: object `[N]`.
    """
    image = _pairs(workspace, "faces", "face_id", "image_id")
    group = _pairs(workspace, "splits", "image_id", "group_id")
    names = [group.get(of, of) for of in (image.get(face, face) for face in face_ids)]
    return np.asarray(pd.factorize(np.array(names, dtype=object))[0], np.int64)


def _pairs(workspace: Workspace, table: str, key: str, value: str) -> dict[str, str]:
    rows = workspace.read(table, [key, value])
    return dict(zip(rows[key], rows[value], strict=True))


def _unusable(rated: Rated) -> dict[str, Any]:
    """Whether raters agree on which faces can be used: usable and unusable as the only two answers."""
    ratings = rated.ratings
    last = len(ratings.options) - 1
    counts = ratings.counts()
    two = np.stack([counts[:, :last].sum(axis=1), counts[:, last]], axis=1)
    found = coefficients(sums(summands(two).sum(axis=0), 2), 1 - np.eye(2))
    reasons = rated.rows["unusable"].dropna().value_counts().sort_index()
    return {
        "answers": int(two[:, 1].sum()),
        "faces_by_all": int(((two[:, 1] > 0) & (two[:, 0] == 0)).sum()),
        "faces_by_some": int(((two > 0).all(axis=1)).sum()),
        "observed": number(float(found.observed)),
        "fleiss": number(float(found.fleiss)),
        "reasons": {str(name): int(count) for name, count in reasons.items()},
    }


def _rater_pairs(ratings: Ratings) -> list[dict[str, Any]]:
    found = pairs(ratings)
    return [
        {
            "first": ratings.raters[found.first[at]],
            "second": ratings.raters[found.second[at]],
            "faces": int(found.tables[at].sum()),
            "observed": number(found.observed[at]),
            "kappa": figure(
                found.kappa[at],
                (found.kappa[at] - 1.959964 * found.error[at], min(1.0, found.kappa[at] + 1.959964 * found.error[at])),
            ),
        }
        for at in range(len(found.first))
    ]
