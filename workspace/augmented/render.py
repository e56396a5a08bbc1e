"""From a crop and a recipe to a 48×48 face: everything was drawn before, nothing here is left to chance.

Albumentations does the work by its functions; its classes, which would draw the numbers themselves, are not used.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from workspace.contrast import CLAHE_TILES, normalise
from workspace.framing import FER_MIDDLE, FER_SIDE, grey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Recipe = Mapping[str, Mapping[str, float]]
    """Name of a transformation -> name of a parameter -> its value, as `schemas.transforms` has them."""

RENDERER = "mien-augment/1"
"""Changed whenever the same recipe would give other pixels."""


@dataclass(frozen=True)
class View:
    """How the 48×48 picture lies in the crop it is cut from.

    Attributes:
        matrix: float64 `[2, 3]`: `grey = M @ (x, y, 1)`, x and y in the crop, pixels.
        contrast: See `workspace.contrast.normalise`.
    """

    matrix: NDArray[np.float64]
    contrast: str = "none"

    @classmethod
    def of_whole(cls, width: int, height: int, contrast: str = "none") -> View:
        """All of the picture, as for a picture that is a face crop already."""
        across, down = FER_SIDE / width, FER_SIDE / height
        return cls(np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5]]), contrast)


def render(crop: NDArray[np.uint8], recipe: Recipe, view: View) -> NDArray[np.uint8]:
    """Makes a face by a recipe.

    The frame is sampled at about the crop's own resolution (bilinear), turned, scaled and moved by the same sampling;
    what lies outside the crop is its reflection. Light, colour, lens, sensor and file follow in colour; then the frame
    is made grey, averaged down and normalised as `curate faces` does it.

    Args:
        crop: uint8 RGB `[H, W, 3]` or grey `[H, W]`.
        recipe: What to do; empty: the face as it is.
        view: Where the frame lies.

    Returns:
        uint8 `[48, 48]`.
    """
    per_pixel = 1 / float(np.hypot(view.matrix[0, 0], view.matrix[1, 0]))
    samples = max(1, int(np.ceil(per_pixel - 1e-6)))
    frame = _framed(crop, recipe, view.matrix, samples)
    for name, values in recipe.items():
        if name in _APPLY:
            frame = _APPLY[name](frame, values, samples)
    small = grey(frame)
    if samples > 1:
        small = np.asarray(cv2.resize(small, (FER_SIDE, FER_SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    return normalise(small, view.contrast)


def _framed(crop: NDArray[np.uint8], recipe: Recipe, matrix: NDArray[np.float64], samples: int) -> NDArray[np.uint8]:
    whole = np.concatenate([matrix, [[0.0, 0.0, 1.0]]])
    fine = np.diag([samples, samples, 1.0])
    # Sample i of pixel p sits at p + (i + 0.5) / samples - 0.5.
    fine[:2, 2] = (samples - 1) / 2
    side = FER_SIDE * samples
    framed = _functions().geometric.warp_affine(
        crop,
        fine @ _placed(recipe) @ whole,
        interpolation=cv2.INTER_LINEAR,
        fill=0,
        border_mode=cv2.BORDER_REFLECT_101,
        output_shape=(side, side),
    )
    return np.asarray(framed, np.uint8)


def _placed(recipe: Recipe) -> NDArray[np.float64]:
    """Mirroring, turn, change of size and shift as one map of the 48×48 frame onto itself, float64 `[3, 3]`."""
    mirror = -1.0 if "flip" in recipe else 1.0
    factor = recipe.get("scale", {}).get("factor", 1.0)
    angle = np.deg2rad(recipe.get("rotation", {}).get("degrees", 0.0))
    shift = recipe.get("shift", {})
    cosine, sine = factor * np.cos(angle), factor * np.sin(angle)
    linear = np.array([[cosine * mirror, -sine], [sine * mirror, cosine]])
    middle = np.array([FER_MIDDLE, FER_MIDDLE])
    moved = np.array([shift.get("right", 0.0), shift.get("down", 0.0)]) * FER_SIDE
    return np.concatenate([np.c_[linear, middle + moved - linear @ middle], [[0.0, 0.0, 1.0]]])


@dataclass(frozen=True)
class _Functions:
    """Modules of albumentations."""

    geometric: Any
    pixel: Any
    blur: Any
    dropout: Any
    core: Any


@functools.cache
def _functions() -> _Functions:
    """Albumentations, which would ask the package index for a newer version of itself when it is imported."""
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albucore
    from albumentations.augmentations.blur import functional as blur
    from albumentations.augmentations.dropout import functional as dropout
    from albumentations.augmentations.geometric import functional as geometric
    from albumentations.augmentations.pixel import functional as pixel

    return _Functions(geometric, pixel, blur, dropout, albucore)


def _lighting(frame: NDArray[np.uint8], values: Mapping[str, float], _samples: int) -> Any:
    contrast = values["contrast"]
    lit = _functions().core.multiply_add(frame, contrast, 128 * (1 - contrast) + 255 * values["brightness"])
    return _functions().pixel.gamma_transform(lit, values["gamma"])


def _colour(frame: NDArray[np.uint8], values: Mapping[str, float], _samples: int) -> Any:
    if frame.ndim == 2:
        return frame
    pixel = _functions().pixel
    return pixel.adjust_hue_torchvision(pixel.adjust_saturation_torchvision(frame, values["saturation"]), values["hue"])


def _occlusion(frame: NDArray[np.uint8], values: Mapping[str, float], _samples: int) -> Any:
    side = len(frame)
    width, height = round(values["width"] * side), round(values["height"] * side)
    left, top = round(values["across"] * (side - width)), round(values["along"] * (side - height))
    holes = np.array([[left, top, left + width, top + height]])
    return _functions().dropout.cutout(frame, holes, int(values["level"]), None)


def _blur(frame: NDArray[np.uint8], values: Mapping[str, float], samples: int) -> Any:
    sigma = values["sigma"] * samples
    if int(sigma * 3.5) == 0:  # a kernel of one pixel
        return frame
    functions = _functions()
    return functions.pixel.separable_convolve(frame, functions.blur.create_gaussian_kernel_1d(sigma))


def _noise(frame: NDArray[np.uint8], values: Mapping[str, float], samples: int) -> Any:
    # One plane for all channels, and as much more as averaging `samples` squared pixels takes off again.
    random = np.random.Generator(np.random.PCG64(int(values["stream"])))
    plane = random.standard_normal(frame.shape[:2], np.float32) * np.float32(values["deviation"] * samples)
    noise = plane if frame.ndim == 2 else np.repeat(plane[..., None], frame.shape[2], axis=2)
    return _functions().pixel.add_noise(frame, noise)


def _jpeg(frame: NDArray[np.uint8], values: Mapping[str, float], _samples: int) -> Any:
    # A picture of one channel comes back with an axis for it.
    return _functions().pixel.image_compression(frame, int(values["quality"]), ".jpg").reshape(frame.shape)


def _clahe(frame: NDArray[np.uint8], values: Mapping[str, float], _samples: int) -> Any:
    return _functions().pixel.clahe(frame, values["clip"], (CLAHE_TILES, CLAHE_TILES))


_APPLY: dict[str, Callable[[NDArray[np.uint8], Mapping[str, float], int], Any]] = {
    "lighting": _lighting,
    "colour": _colour,
    "occlusion": _occlusion,
    "blur": _blur,
    "noise": _noise,
    "jpeg": _jpeg,
    "clahe": _clahe,
}
"""All but those that `_placed` does at once."""
