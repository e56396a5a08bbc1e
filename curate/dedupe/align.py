"""Laying one small grey picture over another: an affine warp and a linear change of tone, by weighted least squares.

The warp W takes a place of the template T to a place of the other picture I; both go from -1 to 1 along each side, so
that one warp serves all sizes of a picture. Gauss-Newton on I(W(p)) = gain * T(p + d(p)) + offset, with d affine:
to first order the right side is linear in (gain * d, gain, offset), eight unknowns, and one 8 x 8 system gives them all
(Lucas and Kanade 1981, inverse form of Baker and Matthews 2004, with the tone of Evangelidis and Psarakis 2008).
Pixels that do not fit, such as a watermark, lose weight as in Geman and McClure's estimator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from curate.dedupe.compiled import compiled, compiled_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

UNKNOWNS = 8
MIN_OVERLAP = 0.55
"""Share of the template that must lie inside the other picture: a crop of 20 % of each side leaves 0.64."""

MIN_GAIN = 0.1
"""Below it the tone is inverted or flattened away, and the warp follows nothing."""

STEEPNESS = 2.0
"""Residual, in mean absolute residuals, at which a pixel's weight has fallen to a quarter."""


@compiled
def soften(plane: Plane) -> Plane:
    """Smooth with the binomial (1, 2, 1) / 4 along both sides, edges repeated.

    Args:
        plane: Grey levels, float32 `[n, n]`.

    Returns:
        float32 `[n, n]`.

    """
    side = len(plane)
    across = np.empty_like(plane)
    smooth = np.empty_like(plane)
    quarter, half = np.float32(0.25), np.float32(0.5)
    for row in range(side):
        for column in range(side):
            ends = plane[row, max(column - 1, 0)] + plane[row, min(column + 1, side - 1)]
            across[row, column] = half * plane[row, column] + quarter * ends
    for row in range(side):
        for column in range(side):
            ends = across[max(row - 1, 0), column] + across[min(row + 1, side - 1), column]
            smooth[row, column] = half * across[row, column] + quarter * ends
    return smooth


@compiled
def halve(plane: Plane) -> Plane:
    """Shrink to half the side by the means of 2 x 2 pixels.

    Args:
        plane: Grey levels, float32 `[2n, 2n]`.

    Returns:
        float32 `[n, n]`.

    """
    side = len(plane) // 2
    small = np.empty((side, side), dtype=np.float32)
    quarter = np.float32(0.25)
    for row in range(side):
        for column in range(side):
            top = plane[2 * row, 2 * column] + plane[2 * row, 2 * column + 1]
            bottom = plane[2 * row + 1, 2 * column] + plane[2 * row + 1, 2 * column + 1]
            small[row, column] = quarter * (top + bottom)
    return small


@compiled
def slopes(template: Plane) -> Plane:
    """Derive the template by the eight unknowns.

    Args:
        template: Grey levels, float32 `[n, n]`.

    Returns:
        float32 `[8, n * n]`: by the six of the warp (x from x, y, 1; y from x, y, 1), by gain and by offset.

    """
    side = len(template)
    half = np.float32(side / 2)
    result = np.empty((UNKNOWNS, side * side), dtype=np.float32)
    for row in range(side):
        above, below = max(row - 1, 0), min(row + 1, side - 1)
        y = np.float32((row + 0.5) / half - 1)
        for column in range(side):
            left, right = max(column - 1, 0), min(column + 1, side - 1)
            x = np.float32((column + 0.5) / half - 1)
            by_x = (template[row, right] - template[row, left]) / np.float32(right - left) * half
            by_y = (template[below, column] - template[above, column]) / np.float32(below - above) * half
            pixel = row * side + column
            result[0, pixel], result[1, pixel], result[2, pixel] = by_x * x, by_x * y, by_x
            result[3, pixel], result[4, pixel], result[5, pixel] = by_y * x, by_y * y, by_y
            result[6, pixel], result[7, pixel] = template[row, column], np.float32(1)
    return result


@compiled
def resample(picture: Plane, warp: NDArray[np.float64], out: Plane, inside: Plane) -> int:
    """Read the picture where the warp takes each pixel of the template, bilinearly.

    Args:
        picture: Grey levels, float32 `[n, n]`.
        warp: The six numbers of the warp, float64 `[6]`.
        out: Receives the grey levels, float32 `[n * n]`; 0 outside the picture.
        inside: Receives 1 where the place lies within the picture, else 0, float32 `[n * n]`.

    Returns:
        The number of places inside.

    """
    side = len(picture)
    half = side / 2
    count = 0
    for row in range(side):
        y = (row + 0.5) / half - 1
        for column in range(side):
            x = (column + 0.5) / half - 1
            pixel = row * side + column
            across = np.float32((warp[0] * x + warp[1] * y + warp[2] + 1) * half - 0.5)
            down = np.float32((warp[3] * x + warp[4] * y + warp[5] + 1) * half - 0.5)
            # Half a pixel beyond the outermost centres still is picture: its edge is repeated there.
            if not (-0.5 <= across <= side - 0.5 and -0.5 <= down <= side - 0.5):
                out[pixel], inside[pixel] = 0, 0
                continue
            across = min(max(across, np.float32(0)), np.float32(side - 1))
            down = min(max(down, np.float32(0)), np.float32(side - 1))
            left, top = min(int(across), side - 2), min(int(down), side - 2)
            right_part, bottom_part = across - np.float32(left), down - np.float32(top)
            upper = picture[top, left] + right_part * (picture[top, left + 1] - picture[top, left])
            lower = picture[top + 1, left] + right_part * (picture[top + 1, left + 1] - picture[top + 1, left])
            out[pixel], inside[pixel] = upper + bottom_part * (lower - upper), 1
            count += 1
    return count


@compiled_sums
def align(picture: Plane, gradient: Plane, warp: NDArray[np.float64], steps: int) -> bool:
    """Improve a warp.

    Args:
        picture: The picture to be laid over the template, float32 `[n, n]`.
        gradient: The template's `slopes`, float32 `[8, n * n]`.
        warp: First guess, float64 `[6]`; changed in place.
        steps: Most steps to take; fewer once a step moves nothing by a fiftieth of a pixel.

    Returns:
        Whether the warp stayed sensible: enough overlap, tone not inverted, no collapse.

    """
    pixels = gradient.shape[1]
    seen, inside = np.empty(pixels, dtype=np.float32), np.empty(pixels, dtype=np.float32)
    weights = np.empty(pixels, dtype=np.float32)
    left, right = np.empty((UNKNOWNS, UNKNOWNS)), np.empty(UNKNOWNS)
    gain, offset = np.float32(0), np.float32(0)
    for step in range(steps):
        count = resample(picture, warp, seen, inside)
        if count < MIN_OVERLAP * pixels:
            return False
        if step == 0:
            weights[:] = inside
        else:
            weigh(seen, gradient[6], inside, (gain, offset), weights)
        normal_equations(gradient, seen, weights, left, right)
        if not solve(left, right) or right[6] < MIN_GAIN:
            return False
        gain, offset = np.float32(right[6]), np.float32(right[7])
        moved = undo(warp, right)
        if moved < 0:
            return False
        if moved * len(picture) / 2 < 0.02:
            break
    return True


@compiled_sums
def weigh(seen: Plane, template: Plane, inside: Plane, tone: tuple[np.float32, np.float32], weights: Plane) -> None:
    """Give each pixel its weight, by how well it fits in comparison with all."""
    gain, offset = tone
    total, count = np.float32(0), np.float32(0)
    for pixel in range(len(seen)):
        total += abs(seen[pixel] - gain * template[pixel] - offset) * inside[pixel]
        count += inside[pixel]
    # Half a grey level: below it the rounding of the stored bytes is all there is to see.
    scale = np.float32(1) / (np.float32(STEEPNESS) * (total / count + np.float32(0.5)))
    for pixel in range(len(seen)):
        misfit = (seen[pixel] - gain * template[pixel] - offset) * scale
        falling = np.float32(1) / (np.float32(1) + misfit * misfit)
        weights[pixel] = inside[pixel] * falling * falling


@compiled_sums
def normal_equations(
    gradient: Plane, seen: Plane, weights: Plane, left: NDArray[np.float64], right: NDArray[np.float64]
) -> None:
    """Fill the 8 x 8 system; a thousandth more on the diagonal of the warp keeps it from running along an edge."""
    pixels = len(seen)
    weighted = np.empty(pixels, dtype=np.float32)
    for one in range(UNKNOWNS):
        row = gradient[one]
        for pixel in range(pixels):
            weighted[pixel] = row[pixel] * weights[pixel]
        right[one] = product(weighted, seen)
        for other in range(one, UNKNOWNS):
            left[one, other] = product(weighted, gradient[other])
            left[other, one] = left[one, other]
    for one in range(6):
        left[one, one] *= 1.001


@compiled_sums
def product(one: Plane, other: Plane) -> np.float32:
    """Sum the products of two rows."""
    total = np.float32(0)
    for place in range(len(one)):
        total += one[place] * other[place]
    return total


@compiled
def solve(left: NDArray[np.float64], right: NDArray[np.float64]) -> bool:
    """Solve a symmetric positive system in place by elimination; False where it is singular."""
    size = len(right)
    for pivot in range(size):
        if not left[pivot, pivot] > 1e-9:
            return False
        for row in range(pivot + 1, size):
            factor = left[row, pivot] / left[pivot, pivot]
            for column in range(pivot, size):
                left[row, column] -= factor * left[pivot, column]
            right[row] -= factor * right[pivot]
    for row in range(size - 1, -1, -1):
        for column in range(row + 1, size):
            right[row] -= left[row, column] * right[column]
        right[row] /= left[row, row]
    return True


@compiled
def undo(warp: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    """Put the inverse of the movement found before the warp; give the largest of its numbers, or -1 on collapse."""
    gain = found[6]
    a, b, c = 1 + found[0] / gain, found[1] / gain, found[2] / gain
    d, e, f = found[3] / gain, 1 + found[4] / gain, found[5] / gain
    determinant = a * e - b * d
    if not 0.3 < determinant < 3:
        return -1.0
    p, q, s, t = e / determinant, -b / determinant, -d / determinant, a / determinant
    r, u = -(p * c + q * f), -(s * c + t * f)
    for start in (0, 3):
        x, y, one = warp[start], warp[start + 1], warp[start + 2]
        warp[start], warp[start + 1] = x * p + y * s, x * q + y * t
        warp[start + 2] = x * r + y * u + one
    return float(max(abs(a - 1), abs(b), abs(c), abs(d), abs(e - 1), abs(f)))
