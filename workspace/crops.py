"""How the two crops of a face are laid about it, the way from the one to the other, and the cut itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from workspace.contrast import normalise
from workspace.framing import FER_EYES, FER_MOUTH, FER_NOSE, FER_SIDE, Frame, cut, grey, placement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from schemas.settings import FacesSettings

RECIPE = "mien-crop/1"
_FRAME = r"Frame\(side=(\d+), margin=([-+.\de]+), offset=([-+.\de]+)\)"
_WRITTEN = re.compile(rf"{re.escape(RECIPE)} colour={_FRAME} grey={_FRAME} contrast=(\w+) opencv=\S+")


@dataclass(frozen=True)
class CropRecipe:
    """Everything the crops of a face depend on, beside its picture and landmarks.

    Attributes:
        colour: Frame of the colour crop.
        grey: Frame of the grey picture.
        contrast: See `workspace.contrast.normalise`.
    """

    colour: Frame
    grey: Frame
    contrast: str

    @classmethod
    def of(cls, settings: FacesSettings) -> CropRecipe:
        """The recipe that settings ask for."""
        return cls(
            Frame(settings.crop_size, settings.crop_margin),
            Frame(FER_SIDE, settings.grey_margin, settings.grey_offset),
            settings.contrast,
        )

    @classmethod
    def read(cls, text: str) -> CropRecipe | None:
        """The recipe that a row of the table `crops` has; None for one of another version of mien.

        Examples:
            >>> recipe = CropRecipe(Frame(224, 1.3), Frame(48, 1.0, -0.05), "clahe")
            >>> CropRecipe.read(str(recipe)) == recipe
            True
        """
        found = _WRITTEN.fullmatch(text)
        if found is None:
            return None
        colour, grey = (
            Frame(int(side), float(margin), float(offset))
            for side, margin, offset in (found.group(1, 2, 3), found.group(4, 5, 6))
        )
        return cls(colour, grey, found.group(7))

    def __str__(self) -> str:
        """The recipe as the table `crops` keeps it."""
        return f"{RECIPE} colour={self.colour} grey={self.grey} contrast={self.contrast} opencv={cv2.__version__}"

    def grey_in_colour(self) -> NDArray[np.float64]:
        """The map from the colour crop into the grey picture, the same for every face.

        Both frames are laid about the same landmarks by similarities, so the landmarks cancel out.

        Returns:
            float64 `[2, 3]`: `grey = M @ (x, y, 1)`, pixels from the middle of the first pixel.

        Examples:
            >>> CropRecipe(Frame(96, 2.0), Frame(48, 1.0), "none").grey_in_colour().round(6).tolist()
            [[1.0, 0.0, -24.0], [0.0, 1.0, -24.0]]
        """
        points = np.array([*FER_EYES, FER_NOSE, *FER_MOUTH], np.float32)
        colour = np.concatenate([placement(points, self.colour), [[0.0, 0.0, 1.0]]])
        return placement(points, self.grey) @ np.linalg.inv(colour)


def grey_crop(pixels: NDArray[np.uint8], landmarks: NDArray[np.float32], recipe: CropRecipe) -> NDArray[np.uint8]:
    """A face as FER-2013 has it and networks see it.

    Args:
        pixels: uint8 RGB `[H, W, 3]` or grey `[H, W]`, the whole photograph.
        landmarks: float32 `[5, 2]`, as in `Detections`.
        recipe: How to cut.

    Returns:
        uint8 `[48, 48]`.
    """
    return normalise(grey(cut(pixels, landmarks, recipe.grey)), recipe.contrast)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG file of pixels and nothing else: no EXIF, no time, no text.

    Args:
        pixels: uint8 RGB `[H, W, 3]` or grey `[H, W]`.
    """
    _, data = cv2.imencode(".png", pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    return data.tobytes()
