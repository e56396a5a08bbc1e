"""FER-2013's own split, with its leaks or without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from curate.split.settle import EXCLUDED, NO_PART
from schemas.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curate.split.pictures import Pictures


def by_usage(pictures: Pictures, *, clean: bool) -> tuple[NDArray[np.int8], NDArray[np.object_], NDArray[np.uint8]]:
    """Takes over FER-2013's own split: Training, PublicTest, PrivateTest are train, validation, test.

    A picture that stands in several (FER-2013 has hundreds of such rows) is in the first of them.

    Args:
        pictures: All of the workspace.
        clean: Leave out what is related to a picture of an earlier split.

    Returns:
        As `Settled`: split and reason of each picture, and a bit for each other split that it is related to.

    Raises:
        InputError: No kept face has a usage.
    """
    part = pictures.faces > 0
    if not pictures.usages[part].any():
        raise InputError("no kept face has a FER-2013 usage", "ingest FER-2013 (its CSV or npz), or --split-by groups")
    bits = pictures.usages.astype(np.int64)
    own = np.where(bits > 0, np.log2(np.maximum(bits & -bits, 1)), EXCLUDED).astype(np.int8)
    codes = np.where(part, own, NO_PART).astype(np.int8)
    group = pictures.relations.components(np.ones(len(codes), bool))
    everywhere = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.bitwise_or.at(everywhere, group[bits > 0], bits[bits > 0])
    related = np.where(part & (own != EXCLUDED), everywhere[group] & ~(1 << own.astype(np.int64)), 0)
    leaking = part & (own != EXCLUDED) & (related & ((1 << own.astype(np.int64)) - 1) > 0)
    reasons = np.where(codes == EXCLUDED, "no-usage", "usage").astype(object)
    if clean:
        codes[leaking], reasons[leaking] = EXCLUDED, "leak"
        related[leaking] = everywhere[group[leaking]]
    return codes, reasons, related.astype(np.uint8)
