"""The probabilities of each followed face over the time of a video, as a picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.colours import COLOURS
from schemas.emotion import NAMES
from schemas.errors import MissingPartError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_FACES = 12
"""Faces that are drawn: those that are seen longest."""
_COLUMNS = 1000
"""Most stretches of time; more would be finer than the picture's pixels, and are averaged."""


@dataclass(frozen=True, eq=False)
class Course:
    """A followed face.

    Attributes:
        face: Its number.
        times: When it was seen, seconds, float64 `[N]`.
        probabilities: float32 `[N, 7]`, in the order of `schemas.emotion.NAMES`.
        crop: uint8 `[48, 48]`, a picture of it.
    """

    face: int
    times: NDArray[np.float64]
    probabilities: NDArray[np.float32]
    crop: NDArray[np.uint8]


def chart(courses: Sequence[Course], title: str, times: NDArray[np.float64], step: float) -> bytes:
    """Draws a strip for each face: the seven probabilities upon each other, white where it was not seen.

    Args:
        courses: The faces in the order in which they are drawn; at most `MOST_FACES`.
        title: What stands above.
        times: Of all frames that were looked at, seconds, float64 `[M]`; a frame stands until the next.
        step: Seconds that the last one stands.

    Returns:
        A PNG without a date.

    Raises:
        MissingPartError: Matplotlib is not there.
    """
    try:
        from matplotlib.figure import Figure
        from matplotlib.patches import Patch
    except ImportError as error:
        raise MissingPartError("a timeline needs Matplotlib", "pip install 'mien[evaluate]'") from error
    rows = max(1, len(courses))
    figure = Figure(figsize=(10, 1.1 + 0.95 * rows), layout="constrained")
    grid = figure.add_gridspec(rows, 2, width_ratios=(1, 13))
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    group = -(-len(times) // _COLUMNS)
    edges = np.append(times[::group], times[-1] + step)
    for at, course in enumerate(courses):
        picture, strip = figure.add_subplot(grid[at, 0]), figure.add_subplot(grid[at, 1])
        picture.imshow(course.crop, cmap="gray", vmin=0, vmax=255)
        picture.set_axis_off()
        _strip(strip, averaged(course, times, group), edges)
        strip.set_ylabel(f"face {course.face}", fontsize=9, rotation=0, ha="right", va="center")
        if at + 1 < rows:
            strip.set_xticklabels([])
        else:
            strip.set_xlabel("seconds", fontsize=9)
    if not courses:
        figure.text(0.5, 0.4, "no face found", ha="center", fontsize=12)
    shades = [Patch(color=COLOURS[name], label=name) for name in NAMES]
    figure.legend(handles=shades, loc="outside lower center", ncols=len(NAMES), fontsize=9, frameon=False)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
    return file.getvalue()


def _strip(axes: Any, means: NDArray[np.float64], edges: NDArray[np.float64]) -> None:
    heights = np.cumsum(means, axis=1)
    # The last stretch needs a right end.
    tops = np.concatenate([np.zeros((len(means), 1)), heights], axis=1)
    tops = np.concatenate([tops, tops[-1:]])
    for k, name in enumerate(NAMES):
        axes.fill_between(edges, tops[:, k], tops[:, k + 1], step="post", color=COLOURS[name], linewidth=0)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.tick_params(labelsize=8)


def averaged(course: Course, times: NDArray[np.float64], group: int) -> NDArray[np.float64]:
    """Mean probabilities of a face over groups of frames.

    Args:
        course: The face.
        times: Of all frames, ascending, float64 `[M]`.
        group: Frames in a group.

    Returns:
        float64 `[ceil(M / group), 7]`; not a number where the face was in no frame of a group.
    """
    places = np.searchsorted(times, course.times) // group
    count = -(-len(times) // group)
    sums, seen = np.zeros((count, len(NAMES))), np.zeros(count)
    np.add.at(sums, places, course.probabilities)
    np.add.at(seen, places, 1)
    sums[seen == 0] = np.nan
    return np.asarray(sums / np.maximum(seen, 1)[:, None], np.float64)
