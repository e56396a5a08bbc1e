"""How well two aligned pictures agree: bring them to one tone, leave out what covers one of them, correlate the rest.

1. Tone. The one's grey levels are expressed by the other's through a cubic, fitted by weighted least squares in which
   pixels that do not fit lose weight. It follows brightness, contrast and gamma, and bends where highlights are cut.
2. Overlay. A watermark, a caption, a corner left black by turning, makes a picture lighter there, or darker, but not
   both, and reaches across it. A changed expression stays in one place, and does both: where an eye closes it gets
   lighter, where a brow comes down, darker. So pixels that have changed much are left out only where they all have
   changed in one direction and reach across half the picture; otherwise they count.
3. Detail. Both are freed of their local mean, and correlated. Look-alike faces agree in coarse light and shade, not
   in this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from curate.dedupe.align import MIN_OVERLAP, resample, solve
from curate.dedupe.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curate.dedupe.align import Plane

LEAST_DETAIL = 0.25
"""Variance of the detail, in squared grey levels, below which a picture is blank: half a grey level is rounding."""

REACH = 12
"""Detail is what differs from the mean within a twelfth of the side: 11 x 11 of 64 pixels."""

WHITE = 250.0
"""Grey level from which a pixel may be clipped: the brighter copy of a photograph has lost its detail there."""

TONE_ROUNDS = 4
"""Times the curve of tone is fitted, each with the weights that the last leaves."""

COVERED = 16.0
"""Grey levels, off the curve of tone, from which a pixel may be covered by something."""

CHANGED = 24.0
"""Grey levels from which it has changed for certain: an overlay has next to no such pixel of the other sign."""

OTHER_SIGN = 0.003
"""Most of them, by the pixels of the picture: 12 of 64 x 64. A changed expression, drawn small, has 13."""

ACROSS = 0.5
"""Share of the side that an overlay reaches across; a mouth in a portrait is narrower."""

MOST_COVERED = 0.3
"""Most of the common pixels that may be left out as covered; three lines of large text cover a quarter."""


@compiled
def agreement(picture: Plane, template: Plane, warp: NDArray[np.float64]) -> tuple[float, float]:
    """Correlate the detail that a picture and the template have in common.

    Args:
        picture: The picture to be laid over the template, float32 `[n, n]`.
        template: Grey levels, float32 `[n, n]`.
        warp: How it is laid, float64 `[6]`, as in `curate.dedupe.align`.

    Returns:
        Pearson's correlation, -1 to 1, and the share of the template that the picture covers. Both are 0 where that is
        too little.

    """
    side = len(template)
    pixels = side * side
    seen, kept = np.empty(pixels, dtype=np.float32), np.empty(pixels, dtype=np.float32)
    count = resample(picture, warp, seen, kept)
    if count < MIN_OVERLAP * pixels:
        return 0.0, 0.0
    own = np.ascontiguousarray(template).ravel()
    drop_clipped(seen, own, kept)
    toned = np.empty(pixels, dtype=np.float32)
    if not fit_tone(seen, own, kept, toned):
        return 0.0, 0.0
    drop_covered(seen - toned, side, kept)
    reach = max(2, side // REACH)
    there, here = np.empty(pixels, dtype=np.float32), np.empty(pixels, dtype=np.float32)
    detail(seen, kept, side, reach, there)
    detail(toned, kept, side, reach, here)
    return correlation(there, here, kept), count / pixels


@compiled
def drop_clipped(seen: Plane, own: Plane, kept: Plane) -> None:
    """Leave out white pixels, which may have been brighter still, unless that would leave less than half."""
    white, total = 0, 0
    for pixel in range(len(kept)):
        if kept[pixel] > 0:
            total += 1
            white += max(seen[pixel], own[pixel]) >= WHITE
    if 2 * white <= total:
        for pixel in range(len(kept)):
            if max(seen[pixel], own[pixel]) >= WHITE:
                kept[pixel] = 0


@compiled
def fit_tone(seen: Plane, own: Plane, kept: Plane, out: Plane) -> bool:
    """Write the template's grey levels as the curve of tone turns them into the picture's; False without a curve.

    The weights are those of `curate.dedupe.align`: a quarter at two mean residuals.
    """
    pixels = len(own)
    total, levels, squares = 0.0, 0.0, 0.0
    for pixel in range(pixels):
        total += kept[pixel]
        levels += kept[pixel] * own[pixel]
        squares += kept[pixel] * own[pixel] * own[pixel]
    mean = levels / total
    spread = np.sqrt(max(squares / total - mean * mean, 1.0))
    weights = kept.astype(np.float64)
    for _ in range(TONE_ROUNDS):
        found = _cubic(seen, own, weights, (mean, spread))
        if not np.isfinite(found[0]):
            return False
        misfit, weight = 0.0, 0.0
        for pixel in range(pixels):
            x = (own[pixel] - mean) / spread
            out[pixel] = ((found[3] * x + found[2]) * x + found[1]) * x + found[0]
            misfit += weights[pixel] * abs(seen[pixel] - out[pixel])
            weight += weights[pixel]
        scale = 2 * (misfit / weight + 0.5)
        for pixel in range(pixels):
            off = (seen[pixel] - out[pixel]) / scale
            weights[pixel] = kept[pixel] / ((1 + off * off) * (1 + off * off))
    return True


@compiled
def _cubic(seen: Plane, own: Plane, weights: NDArray[np.float64], scaling: tuple[float, float]) -> NDArray[np.float64]:
    """Fit the four numbers of a cubic in the scaled grey levels; NaN where they are not determined."""
    mean, spread = scaling
    moments, right = np.zeros(7), np.zeros(4)
    for pixel in range(len(own)):
        x, power = (own[pixel] - mean) / spread, weights[pixel]
        for degree in range(4):
            moments[degree] += power
            right[degree] += power * seen[pixel]
            power *= x
        for degree in range(4, 7):
            moments[degree] += power
            power *= x
    left = np.empty((4, 4))
    for row in range(4):
        left[row] = moments[row : row + 4]
        if row > 0:  # a thousandth of a hundredth steadies the curve of a picture of two grey levels
            left[row, row] += 1e-4 * moments[0]
    if not solve(left, right):
        right[:] = np.nan
    return right


@compiled
def drop_covered(misfit: Plane, side: int, kept: Plane) -> None:
    """Leave out what an overlay covers, and the pixels beside it; nothing where the changes are not an overlay's."""
    lighter, darker, much_lighter, much_darker = 0, 0, 0, 0
    for pixel in range(len(misfit)):
        if kept[pixel] > 0:
            lighter += misfit[pixel] > COVERED
            darker += misfit[pixel] < -COVERED
            much_lighter += misfit[pixel] > CHANGED
            much_darker += misfit[pixel] < -CHANGED
    sign = 1 if lighter >= darker else -1
    if (much_darker if sign > 0 else much_lighter) > OTHER_SIGN * len(misfit):
        return
    covered = (sign * misfit > COVERED) & (kept > 0)
    places = np.flatnonzero(covered)
    if len(places) == 0:
        return
    columns = places % side
    if max(places[-1] // side - places[0] // side, columns.max() - columns.min()) + 1 < ACROSS * side:
        return
    left = kept.copy()
    for place in places:
        row, column = place // side, place % side
        for near in range(max(row - 1, 0), min(row + 2, side)):
            left[near * side + max(column - 1, 0) : near * side + min(column + 2, side)] = 0
    if left.sum() >= (1 - MOST_COVERED) * kept.sum():
        kept[:] = left


@compiled
def detail(levels: Plane, inside: Plane, side: int, reach: int, out: Plane) -> None:
    """Subtract from each common pixel the mean of the common pixels within `reach`, by summed-area tables."""
    sums, counts = np.zeros((side + 1, side + 1)), np.zeros((side + 1, side + 1))
    for row in range(side):
        line, seen = 0.0, 0.0
        for column in range(side):
            pixel = row * side + column
            line += levels[pixel] * inside[pixel]
            seen += inside[pixel]
            sums[row + 1, column + 1] = sums[row, column + 1] + line
            counts[row + 1, column + 1] = counts[row, column + 1] + seen
    for row in range(side):
        top, bottom = max(row - reach, 0), min(row + reach + 1, side)
        for column in range(side):
            pixel = row * side + column
            out[pixel] = 0
            if inside[pixel] > 0:
                left, right = max(column - reach, 0), min(column + reach + 1, side)
                total = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
                count = counts[bottom, right] - counts[top, right] - counts[bottom, left] + counts[top, left]
                out[pixel] = levels[pixel] - np.float32(total / count)


@compiled
def correlation(one: Plane, other: Plane, kept: Plane) -> float:
    """Give Pearson's correlation over the kept pixels; 0 where a side is blank there."""
    n = x = y = xx = yy = xy = 0.0
    for pixel in range(len(one)):
        weight, a, b = kept[pixel], one[pixel], other[pixel]
        n += weight
        x += weight * a
        y += weight * b
        xx += weight * a * a
        yy += weight * b * b
        xy += weight * a * b
    own, others = xx - x * x / n, yy - y * y / n
    if own < LEAST_DETAIL * n or others < LEAST_DETAIL * n:
        return 0.0
    return float((xy - x * y / n) / np.sqrt(own * others))
