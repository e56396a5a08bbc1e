"""The mean face of each cell of the confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class MeanFace:
    """A cell of the confusion matrix.

    Attributes:
        actual: Number of the label.
        predicted: Number of the answer.
        n: Faces.
        pixels: u8 `[H, W]`, their mean, with the contrast of a face; None where there are none.
    """

    actual: int
    predicted: int
    n: int
    pixels: NDArray[np.uint8] | None


def mean_faces(
    pixels: NDArray[np.uint8], labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> list[list[MeanFace]]:
    """Rows of cells, a row for each label.

    Each face is brought to mean 0 and deviation 1 first, so that a bright or hard picture counts no more than others;
    the mean of them is shown with mean 128 and a standard deviation of 45 grey levels, or many faces would be grey fog.

    Args:
        pixels: u8 `[N, H, W]`.
        labels: int64 `[N]`.
        predicted: int64 `[N]`.
        classes: K.
    """
    return [
        [_cell(pixels, (labels == actual) & (predicted == other), actual, other) for other in range(classes)]
        for actual in range(classes)
    ]


def _cell(pixels: NDArray[np.uint8], chosen: NDArray[np.bool_], actual: int, predicted: int) -> MeanFace:
    faces = np.flatnonzero(chosen)
    if not len(faces):
        return MeanFace(actual, predicted, 0, None)
    total = np.zeros(pixels.shape[1:])
    for at in faces:
        face = pixels[at].astype(np.float64)
        total += (face - face.mean()) / (float(face.std()) or 1.0)
    shown = np.clip(np.rint(128 + 45 * total / (float(total.std()) or 1.0)), 0, 255).astype(np.uint8)
    return MeanFace(actual, predicted, len(faces), shown)
