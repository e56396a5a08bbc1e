"""Faces and what is laid over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from schemas.emotion import NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evaluate.explain.means import MeanFace

SIDE = 192
"""Of a picture, pixels: four for each of the face's."""
_WARM, _COLD = np.array([214, 69, 12]), np.array([20, 90, 180])


def face_picture(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face enlarged pixel by pixel, as the network sees it: u8 `[192, 192, 3]`."""
    large = cv2.resize(pixels, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    return np.repeat(large[..., None], 3, axis=2).astype(np.uint8)


def heat_picture(pixels: NDArray[np.uint8], heat: NDArray[Any]) -> NDArray[np.uint8]:
    """A face under its Grad-CAM, from dark (none) to yellow (the most of this face); enlarged bilinearly.

    Args:
        pixels: u8 `[H, W]`.
        heat: `[h, w]`, at least 0.
    """
    scaled = heat.astype(np.float32) / (float(heat.max()) or 1.0)
    levels = np.rint(255 * cv2.resize(scaled, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)).astype(np.uint8)
    colours = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1]
    mixed: NDArray[np.uint8] = np.rint(0.5 * face_picture(pixels) + 0.5 * colours).astype(np.uint8)
    return mixed


def fall_picture(pixels: NDArray[np.uint8], fall: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A face under its occlusion map: orange where covering it takes from the probability, blue where it adds.

    The strongest colour is the greatest change of this face.

    Args:
        pixels: u8 `[H, W]`.
        fall: `[H, W]`, falls of a probability.
    """
    scaled = fall / (float(np.abs(fall).max()) or 1.0)
    large = cv2.resize(scaled, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)[..., None]
    share = 0.75 * np.abs(large)
    colours = np.where(large > 0, _WARM, _COLD)
    mixed: NDArray[np.uint8] = np.rint((1 - share) * face_picture(pixels) + share * colours).astype(np.uint8)
    return mixed


def means_picture(rows: list[list[MeanFace]]) -> NDArray[np.uint8]:
    """The mean faces as the confusion matrix has them, with their counts: u8 `[H, W, 3]`."""
    cell, head = 100, 90
    image = Image.new("RGB", (head + cell * len(rows), 28 + cell * len(rows)), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    for at, row in enumerate(rows):
        draw.text((head + cell * at + cell / 2, 14), NAMES[at], "black", font, anchor="mm")
        draw.text((head - 8, 28 + cell * at + cell / 2), NAMES[at], "black", font, anchor="rm")
        for one in row:
            left, top = head + cell * one.predicted, 28 + cell * at
            if one.pixels is not None:
                image.paste(Image.fromarray(one.pixels).resize((96, 96), Image.Resampling.NEAREST), (left + 2, top + 2))
                draw.text((left + 5, top + 95), str(one.n), "white", font, "ls", stroke_width=2, stroke_fill="black")
    return np.asarray(image)
