"""Corruptions of faces at five strengths: what `evaluate robustness` and the section of the report are made of.

Formulas and constants are those of Hendrycks and Dietterich, 'Benchmarking neural network robustness to common
corruptions and perturbations' (ICLR 2019), where they have the corruption: of ImageNet-C (224 pixels) where they do not
depend on the size of the picture, of CIFAR-10-C (32 pixels, the size next to ours) where they do. The rest is our own,
in pixels of the 48×48 face. Grey levels go from 0 to 255; results are rounded and clipped to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

STRENGTHS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Corruption:
    """A way in which a face is seen worse.

    Attributes:
        name: What it is called.
        constants: Of the five strengths.
        words: What a constant says of the faces, as a format.
        apply: From a face u8 `[H, W]`, a constant and the face's own random numbers to a face u8 `[H, W]`.
    """

    name: str
    constants: tuple[float, ...]
    words: str
    apply: Callable[[Pixels, float, np.random.Generator], Pixels]

    def says(self, strength: int) -> str:
        """What is done at a strength of 1 to 5, in words."""
        return self.words.format(self.constants[strength - 1]).replace("%", " %")


def corrupt(pixels: Pixels, corruption: Corruption, strength: int, rows: Sequence[int], seed: int) -> Pixels:
    """Corrupts faces.

    A face's random numbers depend on the seed and on its number alone: neither on the other faces nor on the strength,
    so that a stronger noise is the same noise, louder.

    Args:
        pixels: u8 `[N, H, W]`.
        corruption: Which.
        strength: 1 to 5.
        rows: N numbers of the faces, at least 0.
        seed: At least 0.

    Returns:
        u8 `[N, H, W]`.
    """
    constant = corruption.constants[strength - 1]
    made = [
        corruption.apply(face, constant, np.random.default_rng([seed, int(row)]))
        for face, row in zip(pixels, rows, strict=True)
    ]
    return np.stack(made) if made else pixels


def blur(face: Pixels, sigma: float, _random: np.random.Generator) -> Pixels:
    """Convolves with a Gaussian, weights exp(-d² / 2σ²) / Σ, cut off at 3σ; σ in pixels.

    σ as CIFAR-10-C's `gaussian_blur` has it, times 48 / 32.
    """
    return _levels(cv2.GaussianBlur(face.astype(np.float32), _odd(sigma), sigma, borderType=cv2.BORDER_REPLICATE))


def noise(face: Pixels, share: float, random: np.random.Generator) -> Pixels:
    """Adds 255 c n to each pixel, n standard normal; c as CIFAR-10-C's `gaussian_noise` has it.

    ImageNet-C's, up to 0.38, is for pictures of which a network sees twenty times as many pixels.
    """
    return _levels(face + 255 * share * random.standard_normal(face.shape))


def jpeg(face: Pixels, quality: float, _random: np.random.Generator) -> Pixels:
    """Compresses as a grey JPEG (ITU-T T.81) of that quality and opens it; qualities are ImageNet-C's."""
    _, data = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def brightness(face: Pixels, share: float, random: np.random.Generator) -> Pixels:
    """Adds or takes away 255 c from all pixels, either for half of the faces; c is ImageNet-C's.

    Theirs only adds. Of a grey picture the V of HSV is the grey level.
    """
    return _levels(face + _sign(random) * 255 * share)


def contrast(face: Pixels, share: float, _random: np.random.Generator) -> Pixels:
    """Brings each pixel to mean + c (x - mean), the mean being the face's; c is ImageNet-C's."""
    mean = face.mean()
    return _levels(mean + share * (face - mean))


def occlusion(face: Pixels, side: float, random: np.random.Generator) -> Pixels:
    """Covers a square by the face's mean level, anywhere within the picture.

    As Zeiler and Fergus (ECCV 2014) cover parts. Our own sides: of 8 pixels, 1/36 of the face, to 24, a quarter of
    it: more than the 18 pixels between the eyes (docs/framing.md), as a hand or a mask covers.
    """
    length = int(side)
    top, left = (int(random.random() * (whole - length + 1)) for whole in face.shape)
    covered = face.copy()
    covered[top : top + length, left : left + length] = round(float(face.mean()))
    return covered


def rotation(face: Pixels, degrees: float, random: np.random.Generator) -> Pixels:
    """Turns about the middle, to the left or right, each for half of the faces; edges are repeated.

    Our own angles: training turns by some 10 degrees, and heads in photographs are seldom tilted by more than 30.
    """
    return _transformed(face, _sign(random) * degrees, 1.0)


def shift(face: Pixels, distance: float, random: np.random.Generator) -> Pixels:
    """Moves the face by whole pixels left, right, up or down, each for a quarter of the faces; edges are repeated.

    Our own distances: FER-2013's frames lie 1.3 and 1.8 pixels off the rule's (docs/framing.md); a detector's box is
    off by more.
    """
    down, right = ((0, -1), (0, 1), (-1, 0), (1, 0))[int(4 * random.random())]
    far = int(distance)
    padded: Pixels = np.pad(face, far, mode="edge")
    top, left = far - down * far, far - right * far
    return padded[top : top + face.shape[0], left : left + face.shape[1]]


def size(face: Pixels, change: float, random: np.random.Generator) -> Pixels:
    """Enlarges or shrinks about the middle by e^c, each for half of the faces; edges are repeated.

    Our own c: half to two and a half times 0.14, by which the size of FER-2013's faces deviates (docs/framing.md).
    """
    return _transformed(face, 0.0, float(np.exp(_sign(random) * change)))


def low_resolution(face: Pixels, side: float, _random: np.random.Generator) -> Pixels:
    """Shrinks to so many pixels a side by means over areas, and enlarges again, bilinear.

    As ImageNet-C's `pixelate` shrinks, to 0.6, 0.5, 0.4, 0.3 and 0.25 of the side; it enlarges by boxes, while small
    faces come to a network enlarged smoothly.
    """
    small = cv2.resize(face, (int(side), int(side)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, face.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


CORRUPTIONS = (
    Corruption("blur", (0.6, 0.9, 1.05, 1.2, 1.5), "σ {:g} px", blur),
    Corruption("noise", (0.04, 0.06, 0.08, 0.09, 0.10), "σ {:.0%} of white", noise),
    Corruption("JPEG", (25, 18, 15, 10, 7), "quality {:g}", jpeg),
    Corruption("brightness", (0.1, 0.2, 0.3, 0.4, 0.5), "{:.0%} of white more or less", brightness),
    Corruption("contrast", (0.4, 0.3, 0.2, 0.1, 0.05), "{:.0%} of it left", contrast),
    Corruption("occlusion", (8, 12, 16, 20, 24), "{:g} px square", occlusion),
    Corruption("rotation", (6, 12, 18, 24, 30), "by {:g}°", rotation),
    Corruption("framing: place", (2, 4, 6, 8, 10), "{:g} px off", shift),
    Corruption("framing: size", (0.07, 0.14, 0.21, 0.28, 0.35), "by a factor of e^{:g}", size),
    Corruption("low resolution", (29, 24, 19, 14, 12), "{:g} px a side", low_resolution),
)
"""All of them; the constants' sources are in the functions."""


def _levels(values: NDArray[Any]) -> Pixels:
    levels: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return levels


def _odd(sigma: float) -> tuple[int, int]:
    """The kernel that reaches three σ to each side."""
    side = 2 * int(np.ceil(3 * sigma)) + 1
    return side, side


def _sign(random: np.random.Generator) -> int:
    return 1 if random.random() < 0.5 else -1


def _transformed(face: Pixels, degrees: float, scale: float) -> Pixels:
    """Turned (anticlockwise) and scaled about the middle, bilinear."""
    middle = ((face.shape[1] - 1) / 2, (face.shape[0] - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, scale)
    moved = cv2.warpAffine(face, matrix, face.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved.astype(np.uint8)
