"""What the network is shown: faces of each class, each beside augmented versions of it (the paper's Fig. 3)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Augment = Callable[[NDArray[np.uint8], np.random.Generator], NDArray[Any]]

VERSIONS = 6
"""Augmented versions beside each face."""
_PER_CLASS = 2
_ZOOM, _GAP, _NAME, _MARGIN = 2, 4, 110, 16
"""Of the sheet: size of a pixel, space between pictures, width of the classes' names, border."""
_HEAD = 44


@dataclass(frozen=True)
class Sample:
    """A face and versions of it.

    Attributes:
        name: Its class.
        original: uint8 `[H, W]`.
        versions: uint8 `[VERSIONS, h, w]`, as the network is shown it.
    """

    name: str
    original: NDArray[np.uint8]
    versions: NDArray[np.uint8]


def samples(
    pixels: NDArray[np.uint8],
    labels: NDArray[np.integer[Any]],
    classes: Sequence[str],
    augment: Augment,
    seed: int,
) -> list[Sample]:
    """Draws two faces of each class and augments them.

    Args:
        pixels: uint8 `[N, H, W]`, faces of the training set.
        labels: int `[N]`, index into `classes`; negative where a face has none.
        classes: Their names.
        augment: Faces uint8 `[B, H, W]` and a generator -> `[B, h, w]` or `[B, h, w, 1]`, uint8 or float, 0 to 255.
        seed: Of the choice and of the augmentation.

    Returns:
        In the classes' order; of a class with one face that one, of an empty one none.
    """
    random = np.random.default_rng(seed)
    drawn = []
    for number, name in enumerate(classes):
        of_class = np.flatnonzero(labels == number)
        for at in np.sort(random.choice(of_class, min(_PER_CLASS, len(of_class)), replace=False)):
            versions = np.asarray(augment(np.repeat(pixels[at : at + 1], VERSIONS, axis=0), random))
            grey = np.clip(np.rint(versions.reshape(versions.shape[:3])), 0, 255).astype(np.uint8)
            drawn.append(Sample(name, pixels[at], grey))
    return drawn


def sheet(drawn: Sequence[Sample]) -> bytes:
    """All samples as one picture: a line for each class, in it each face with its versions to the right of it.

    Args:
        drawn: As `samples` gives them.

    Returns:
        A PNG.
    """
    from PIL import Image, ImageDraw, ImageFont

    names = list(dict.fromkeys(sample.name for sample in drawn))
    lines = [[sample for sample in drawn if sample.name == name] for name in names]
    side = _ZOOM * max((max(sample.original.shape) for sample in drawn), default=48)
    group = (VERSIONS + 1) * (side + _GAP) + 3 * _GAP
    size = (
        _NAME + 2 * _MARGIN + group * max(map(len, lines), default=1),
        _HEAD + _MARGIN + len(lines) * (side + 2 * _GAP),
    )
    page = Image.new("L", size, 255)
    pen = ImageDraw.Draw(page)
    pen.text(
        (_MARGIN, 12), "Framed: a training face. Right of it: as the network is shown it.", 60, _font(ImageFont, 16)
    )
    for row, line in enumerate(lines):
        top = _HEAD + row * (side + 2 * _GAP)
        pen.text((_MARGIN, top + side // 2), line[0].name, 0, _font(ImageFont, 20), anchor="lm")
        for column, sample in enumerate(line):
            left = _NAME + _MARGIN + column * group
            for at, picture in enumerate([sample.original, *sample.versions]):
                x = left + at * (side + _GAP) + (_GAP if at else 0)
                large = Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST)
                page.paste(large, (x, top))
            pen.rectangle((left - 2, top - 2, left + side + 1, top + side + 1), outline=0, width=2)
    file = io.BytesIO()
    page.save(file, "PNG", optimize=True)
    return file.getvalue()


def _font(fonts: Any, size: int) -> Any:
    return fonts.load_default(size)
