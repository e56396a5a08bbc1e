"""Whether two pictures are the same photograph, decided on their stored 64 x 64 grey thumbnails alone.

The one is laid over the other (`curate.dedupe.align`) at 32 and 64 pixels, each start giving up as soon as it cannot
become a match any more. How well they then agree is one figure (`curate.dedupe.agreement`). `docs/dedupe.md` has the
measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curate.dedupe.agreement import LEAST_DETAIL, REACH, agreement, detail
from curate.dedupe.align import align, halve, slopes, soften
from curate.dedupe.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curate.dedupe.align import Plane

    Pyramid = tuple[Plane, Plane]
    Prepared = tuple[NDArray[np.uint8], Pyramid, Pyramid]  # thumbnail, its pyramid, their gradients

SIDE = 64
"""Side of a stored thumbnail, in pixels."""

SAME_PHOTOGRAPH = 0.98
"""Least correlation of two copies of one photograph; `docs/dedupe.md` has the measurement."""

COARSE_STEPS = (4, 6)
"""Most Gauss-Newton steps at 32 pixels, in two spells."""

COARSE_CORRELATION = (0.35, 0.65)
"""Needed after each spell. Of 12,000 true pairs of a picture and an edit, one in a thousand has less than 0.66."""

FINE_STEPS = 8
"""Most steps at 64 pixels. 16 pixels are no use as a first size: there the border of a picture pulls the warp away."""

GRID = 4096.0
"""A warp is rounded to whole multiples of 1 / this, a 128th of a pixel, before it is judged: what the last bits of
its sums were, which depend on the processor, then makes no difference."""

IDENTITY = np.array([[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class Match:
    """How well one picture can be laid over another.

    Attributes:
        correlation: Correlation of their detail after alignment, -1 to 1, three decimals; 0 where none was found, 1 for
            identical thumbnails.
        overlap: Share of the first picture that the second covers, 0 to 1.
        scale: How much larger things are in the second than in the first, in the square thumbnails, the mean of both
            sides: 1.11 where the second is a crop to 90 % of each side, 0.91 where it has a 5 % border.
        rotation: Degrees by which things are turned in the second against the first, in the square thumbnails,
            counter-clockwise positive.

    """

    correlation: float
    overlap: float
    scale: float
    rotation: float


def verify(first: NDArray[np.uint8], second: NDArray[np.uint8], starts: NDArray[np.float64] = IDENTITY) -> Match:
    """Compare two pictures by pixels after alignment.

    Blank pictures (`is_blank`: one colour, a gradient) match only pictures with an identical thumbnail.

    Args:
        first: Thumbnail, uint8 `[64, 64]`, grey levels 0 to 255.
        second: Thumbnail of the same form; flip it left to right (`second[:, ::-1]`) to look for a mirrored copy.
        starts: Where to begin, float64 `[S, 6]`: warps (a, b, c, d, e, f) that take a place (x, y) of the first, each
            coordinate from -1 to 1, to the place (ax + by + c, dx + ey + f) of the second. The best result counts.

    Returns:
        The match; two copies of a photograph have a correlation of at least `SAME_PHOTOGRAPH`.

    Raises:
        ValueError: If a thumbnail is not uint8 `[64, 64]`.

    Example:
        >>> import numpy as np
        >>> picture = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
        >>> verify(picture, picture).correlation
        1.0

    """
    for thumbnail in (first, second):
        if thumbnail.shape != (SIDE, SIDE) or thumbnail.dtype != np.uint8:
            message = f"a thumbnail is uint8 [{SIDE}, {SIDE}], not {thumbnail.dtype} {list(thumbnail.shape)}"
            raise ValueError(message)
    template, other = np.ascontiguousarray(first), np.ascontiguousarray(second)
    if (is_blank(template) or is_blank(other)) and not np.array_equal(template, other):
        return Match(0.0, 0.0, 0.0, 0.0)
    softened = pyramid(template)
    prepared = (template, softened, gradients(softened))
    return Match(*(float(figure) for figure in compare(prepared, other, starts, SAME_PHOTOGRAPH)))


@compiled
def is_blank(thumbnail: NDArray[np.uint8]) -> bool:
    """Tell whether a thumbnail, uint8 `[64, 64]`, has no detail by which it could be recognised.

    Example:
        >>> import numpy as np
        >>> bool(is_blank(np.full((64, 64), 200, dtype=np.uint8)))
        True

    """
    levels = thumbnail.astype(np.float32).ravel()
    everywhere, found = np.ones_like(levels), np.empty_like(levels)
    detail(levels, everywhere, SIDE, SIDE // REACH, found)
    return bool(np.var(found) < LEAST_DETAIL)


@compiled
def pyramid(thumbnail: NDArray[np.uint8]) -> Pyramid:
    """Give the thumbnail at 32 and 64 pixels, each softened so that reading between its pixels is harmless."""
    large = thumbnail.astype(np.float32)
    return soften(halve(large)), soften(large)


@compiled
def gradients(template: Pyramid) -> Pyramid:
    """Give the template's derivatives at each size."""
    return slopes(template[0]), slopes(template[1])


@compiled
def compare(
    prepared: Prepared, candidate: NDArray[np.uint8], starts: NDArray[np.float64], enough: float
) -> tuple[float, float, float, float]:
    """Compare a prepared picture with another, neither blank: correlation, overlap, scale, rotation as in `Match`.

    Later starts are spared once the correlation is `enough`.
    """
    thumbnail, template, gradient = prepared
    if np.array_equal(thumbnail, candidate):
        return 1.0, 1.0, 1.0, 0.0
    picture = pyramid(candidate)
    best, best_warp = (0.0, 0.0), np.zeros(6)
    for number in range(len(starts)):
        warp = starts[number].copy()
        if not coarse_match(picture[0], template[0], gradient[0], warp):
            continue
        if not align(picture[1], gradient[1], warp, FINE_STEPS):
            continue
        warp = np.rint(warp * GRID) / GRID
        found = agreement(picture[1], template[1], warp)
        if found[0] > best[0]:
            best, best_warp = found, warp
        if found[0] >= enough:
            break
    if best[0] == 0:
        return 0.0, 0.0, 0.0, 0.0
    a, b, d, e = best_warp[0], best_warp[1], best_warp[3], best_warp[4]
    scale = np.sqrt(max(a * e - b * d, 0.0))
    rotation = np.degrees(np.arctan2(b - d, a + e))
    return np.round(best[0], 3), np.round(best[1], 3), np.round(scale, 3), np.round(rotation, 1)


@compiled
def coarse_match(picture: Plane, template: Plane, gradient: Plane, warp: NDArray[np.float64]) -> bool:
    """Align at 32 pixels, in two spells; most pairs are given up after the first."""
    for spell in range(2):
        if not align(picture, gradient, warp, COARSE_STEPS[spell]):
            return False
        if agreement(picture, template, warp)[0] < COARSE_CORRELATION[spell]:
            return False
    return True
