"""How a network does on the same faces a little worse seen: the section of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evaluate.corruption import CORRUPTIONS, corrupt
from evaluate.result import Disturbance
from evaluate.shares import share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evaluate.model import Model

    Pixels = NDArray[np.uint8]

_STRENGTH = 2
"""Of the corruptions in the report: it leaves the expression plain to people."""


def robustness(
    model: Model, pixels: Pixels, labels: NDArray[np.int64], groups: NDArray[np.int64], most: int
) -> tuple[Disturbance, ...]:
    """Measures the network on faces that are mirrored, and under each corruption at the second of five strengths.

    Args:
        model: The network.
        pixels: uint8 `[N, 48, 48]`.
        labels: int64 `[N]`.
        groups: int64 `[N]`; faces of one number share a picture.
        most: Faces to take at most; 0 measures nothing.

    Returns:
        The undisturbed faces first.
    """
    taken = evenly(len(pixels), most)
    if not len(taken):
        return ()
    found = []
    plain: NDArray[np.int64] | None = None
    for name, faces in _disturbed(pixels[taken], taken):
        said = model.predict(faces).argmax(1)
        plain = said if plain is None else plain
        same = share(said == plain, groups[taken])
        found.append(Disturbance(name, len(taken), share(said == labels[taken], groups[taken]), same))
    return tuple(found)


def evenly(count: int, most: int) -> NDArray[np.int64]:
    """At most `most` of so many places, evenly.

    >>> evenly(10, 4).tolist(), evenly(3, 4).tolist(), evenly(3, 0).tolist()
    ([0, 3, 6, 9], [0, 1, 2], [])
    """
    return np.unique(np.linspace(0, count - 1, min(most, count)).astype(np.int64))


def _disturbed(faces: Pixels, rows: NDArray[np.int64]) -> Iterator[tuple[str, Pixels]]:
    yield "as they are", faces
    yield "mirrored", np.ascontiguousarray(faces[:, :, ::-1])
    for one in CORRUPTIONS:
        yield f"{one.name}, {one.says(_STRENGTH)}", corrupt(faces, one, _STRENGTH, rows.tolist(), 0)
