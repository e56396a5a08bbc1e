"""The faces of a picture, found and cut as `curate faces` does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workspace.crops import CropRecipe, grey_crop
from workspace.detectors.choice import open_detector
from workspace.detectors.detections import detect
from workspace.framing import FER_SIDE, face_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schemas.settings import FacesSettings
    from workspace.detectors.detections import Detector


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of one picture, from left to right.

    Attributes:
        boxes: float32 `[N, 4]`, left, top, right, bottom in pixels; may reach outside the picture.
        scores: float32 `[N]`, the detector's, 0 to 1.
        sizes: Side in the picture of what became each 48×48 face, pixels; below 48 it was enlarged.
        crops: uint8 `[N, 48, 48]`, as the network sees them.
        left_out: Further faces, which were too many.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    sizes: tuple[float, ...]
    crops: NDArray[np.uint8]
    left_out: int

    def __len__(self) -> int:
        """Number of faces."""
        return len(self.scores)


@dataclass(frozen=True)
class Finder:
    """Finds faces and cuts them.

    Attributes:
        detector: What finds them; threads may share it.
        recipe: How they are cut.
        score: Least score of a face.
        most: Most faces of a picture; those of the best scores are taken.
    """

    detector: Detector
    recipe: CropRecipe
    score: float
    most: int

    @classmethod
    def of(cls, settings: FacesSettings, most: int) -> Finder:
        """The finder that settings ask for.

        Raises:
            UsageError: The detector and its file of weights do not fit.
            MissingPartError: Its weights are missing or not the right ones.
        """
        return cls(open_detector(settings), CropRecipe.of(settings), settings.min_score, most)

    def faces(self, pixels: NDArray[np.uint8]) -> Faces:
        """The faces of a picture.

        Args:
            pixels: uint8 RGB `[H, W, 3]` or grey `[H, W]`.
        """
        found = detect(self.detector, pixels)
        sure = np.flatnonzero(found.scores >= np.float32(self.score))
        taken = sure[: self.most]
        taken = taken[np.argsort(found.boxes[taken][:, [0, 2]].mean(axis=1), kind="stable")]
        marks = found.landmarks[taken]
        crops = [grey_crop(pixels, each, self.recipe) for each in marks]
        return Faces(
            boxes=found.boxes[taken],
            scores=found.scores[taken],
            sizes=tuple(face_size(each) for each in marks),
            crops=np.array(crops, np.uint8).reshape(-1, FER_SIDE, FER_SIDE),
            left_out=len(sure) - len(taken),
        )
