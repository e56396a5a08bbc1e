"""Whether two pictures are the same photograph, decided on their stored 64 x 64 grey thumbnails alone.

The one is laid over the other (`curate.align`) at 32 and 64 pixels, each start giving up as soon as it cannot become
a match any more. What is left is compared by its detail: both are freed of their local mean (11 x 11 pixels), the
worst 8 % of the common pixels (a watermark, a caption, clipped highlights) are put aside, and Pearson's correlation
of the rest is the figure. Look-alike faces agree in their coarse light and shade, not in this; `docs/dedupe.md`
has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from curate.align import MIN_OVERLAP, align, halve, resample, slopes, soften
from curate.compiled import compiled, compiled_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from curate.align import Plane

    Pyramid = tuple[Plane, Plane]
    Prepared = tuple[NDArray[np.uint8], Pyramid, Pyramid]  # thumbnail, its pyramid, their gradients

SIDE = 64
"""Side of a stored thumbnail, in pixels."""

SAME_PHOTOGRAPH = 0.992
"""Least correlation of two copies of one photograph; `docs/dedupe.md` has the measurement."""

TRIMMED = 0.08
"""Share of the common pixels, the worst-fitting ones, that are put aside."""

COARSE_STEPS = (4, 6)
"""Most Gauss-Newton steps at 32 pixels, in two spells."""

COARSE_CORRELATION = (0.35, 0.65)
"""Needed after each spell; a 5 % border, the hardest true case, has 0.70 after the second at its 2 % quantile."""

FINE_STEPS = 8
"""Most steps at 64 pixels. 16 pixels are no use as a first size: there the border of a picture pulls the warp away."""

LEAST_DETAIL = 0.25
"""Variance of the detail, in squared grey levels, below which a picture is blank: half a grey level is rounding."""

REACH = 12
"""Detail is what differs from the mean within a twelfth of the side: 11 x 11 of 64 pixels."""

WHITE = 250.0
"""Grey level from which a pixel may be clipped: the brighter copy of a photograph has lost its detail there."""

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


@compiled
def agreement(picture: Plane, template: Plane, warp: NDArray[np.float64]) -> tuple[float, float]:
    """Correlate the detail of the common pixels, without the worst-fitting; also give the share in common.

    The worst are put aside before the local means are taken: otherwise a caption spoils the detail around it.
    """
    side = len(template)
    pixels = side * side
    seen, inside = np.empty(pixels, dtype=np.float32), np.empty(pixels, dtype=np.float32)
    count = resample(picture, warp, seen, inside)
    if count < MIN_OVERLAP * pixels:
        return 0.0, 0.0
    own = np.ascontiguousarray(template).ravel()
    misfit = np.empty(pixels, dtype=np.float32)
    residuals(seen, own, inside, misfit)
    kept = inside.copy()
    drop_clipped(seen, own, kept)
    drop_worst(misfit, kept)
    reach = max(2, side // REACH)
    there, here = np.empty(pixels, dtype=np.float32), np.empty(pixels, dtype=np.float32)
    detail(seen, kept, side, reach, there)
    detail(own, kept, side, reach, here)
    return correlation(there, here, kept), count / pixels


@compiled_sums
def residuals(seen: Plane, own: Plane, inside: Plane, misfit: Plane) -> None:
    """Write how far each common pixel is from the line that best turns the one's grey levels into the other's.

    The line is fitted twice, the second time without the pixels more than two mean residuals off the first.
    """
    pixels = len(seen)
    limit = np.float32(np.inf)
    misfit[:] = 0
    for _ in range(2):
        n = x = y = xx = xy = 0.0
        for pixel in range(pixels):
            if inside[pixel] > 0 and misfit[pixel] <= limit:
                n += 1.0
                x += own[pixel]
                y += seen[pixel]
                xx += own[pixel] * own[pixel]
                xy += own[pixel] * seen[pixel]
        spread = xx - x * x / n
        gain = (xy - x * y / n) / spread if spread > 1e-6 else 0.0
        offset = (y - gain * x) / n
        total, count = 0.0, 0.0
        for pixel in range(pixels):
            misfit[pixel] = abs(seen[pixel] - np.float32(gain) * own[pixel] - np.float32(offset))
            total += misfit[pixel] * inside[pixel]
            count += inside[pixel]
        limit = np.float32(2 * total / count)


@compiled
def drop_clipped(seen: Plane, own: Plane, kept: Plane) -> None:
    """Put aside white pixels, which may have been brighter still, unless that would leave less than half."""
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
def drop_worst(misfit: Plane, kept: Plane) -> None:
    """Put aside the trimmed share of the common pixels: those in the highest bins of 1,024 of half a grey level."""
    bins = np.zeros(1024, dtype=np.int64)
    for pixel in range(len(kept)):
        if kept[pixel] > 0:
            bins[min(int(misfit[pixel] * 2), 1023)] += 1
    wanted = bins.sum() * (1 - TRIMMED)
    total, last = 0, 0
    while last < 1023 and total + bins[last] < wanted:
        total += bins[last]
        last += 1
    for pixel in range(len(kept)):
        if min(int(misfit[pixel] * 2), 1023) > last:
            kept[pixel] = 0


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


@compiled_sums
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
