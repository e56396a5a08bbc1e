"""A photograph with its faces in boxes, and below it a card for each: the face, and its seven probabilities.

Beside the boxes the probabilities would cover other faces, and be too small to read on small ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from evaluate.colours import COLOURS
from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from evaluate.photo.faces import Faces

LONGEST, SHORTEST = 1600, 480
"""Pixels of the longer side that a picture is shrunk or enlarged to."""
_LEGIBLE = 64
"""Width that the median box is enlarged to, as far as `LONGEST` lets it: less is covered by its neighbours' tags."""
_PAPER, _INK, _FAINT = "#ffffff", "#1f2428", "#5c6670"
_CARD, _HIGH, _FACE, _GAP, _LINE = 268, 140, 96, 10, 15
_BAR = 54
_NARROW = 2 * _CARD + 3 * _GAP
_TEXT, _SMALL = 13, 11

Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture as it is drawn upon.

    Attributes:
        pixels: uint8 RGB `[H, W, 3]`.
        scale: Its pixels for one of the photograph.
    """

    pixels: NDArray[np.uint8]
    scale: float

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], faces: Faces) -> Shown:
        """A photograph, uint8 RGB `[H, W, 3]` or grey `[H, W]`, in a size that fits a screen and its faces' tags."""
        image = Image.fromarray(pixels).convert("RGB")
        longest = max(image.size)
        wanted = _LEGIBLE / float(np.median(faces.boxes[:, 2] - faces.boxes[:, 0])) if len(faces) else 1.0
        scale = min(LONGEST / longest, max(1.0, SHORTEST / longest, wanted))
        if scale != 1:
            size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
            image = image.resize(size, how)
        return cls(np.asarray(image), scale)


def drawing(shown: Shown, faces: Faces, rows: Sequence[dict[str, Any]]) -> NDArray[np.uint8]:
    """The photograph with boxes and cards.

    Args:
        shown: The photograph.
        faces: Its faces.
        rows: What was said of them, as `evaluate.photo.record.records` gives it.

    Returns:
        uint8 RGB `[H, W, 3]`.
    """
    high, wide = shown.pixels.shape[:2]
    width = _width(wide, high, len(rows))
    across = (width - _GAP) // (_CARD + _GAP)
    below = -(-len(rows) // across) * (_HIGH + _GAP) + _GAP if rows else 2 * _LINE
    foot = 2 * _LINE if faces.left_out else 0
    page = Image.new("RGB", (width, high + below + foot), _PAPER)
    page.paste(Image.fromarray(shown.pixels), ((width - wide) // 2, 0))
    pen = ImageDraw.Draw(page)
    boxes = [_placed(box, shown.scale, (wide, high), (width - wide) // 2) for box in faces.boxes]
    area = ((width - wide) // 2, 0, (width - wide) // 2 + wide - 1, high - 1)
    _boxes(pen, boxes, rows, area)
    for at, row in enumerate(rows):
        left = _GAP + at % across * (_CARD + _GAP)
        _card(page, pen, (left, high + _GAP + at // across * (_HIGH + _GAP)), row, faces.crops[at])
    if not rows:
        pen.text((_GAP, high + _LINE // 2), "no face found", _INK, ImageFont.load_default(_TEXT))
    if foot:
        text = f"{faces.left_out:,} further faces are not shown: --most-faces"
        pen.text((_GAP, high + below + 2), text, _FAINT, ImageFont.load_default(_TEXT))
    return np.asarray(page)


def _width(wide: int, high: int, cards: int) -> int:
    """The page's: at least the picture's, and as much more as keeps a crowd's cards from making a long strip."""
    width = max(wide, _NARROW)
    while width < LONGEST and high + cards * (_HIGH + _GAP) * (_CARD + _GAP) / width > 1.5 * width:
        width += _CARD + _GAP
    return width


def _placed(box: NDArray[np.float32], scale: float, size: tuple[int, int], shift: int) -> Box:
    """A box on the page; what reaches outside the photograph is drawn at its border."""
    left, top, right, bottom = (round(float(side) * scale) for side in box)
    wide, high = size
    left, right = (min(max(side, 0), wide - 1) + shift for side in (left, right))
    top, bottom = (min(max(side, 0), high - 1) for side in (top, bottom))
    return left, top, right, bottom


# Boxes and their tags


def _boxes(pen: ImageDraw.ImageDraw, boxes: list[Box], rows: Sequence[dict[str, Any]], area: Box) -> None:
    taken: list[Box] = []
    for box, row in zip(boxes, rows, strict=True):
        thick = min(4, 1 + (box[2] - box[0]) // 60)
        pen.rectangle(box, outline=COLOURS[row["label"]], width=thick)
    for box, row in sorted(zip(boxes, rows, strict=True), key=lambda pair: -_surface(pair[0])):
        text, font, place = _tag(pen, (box, row), area, (taken, [other for other in boxes if other is not box]))
        taken.append(place)
        pen.rectangle(place, fill=COLOURS[row["label"]])
        middle = ((place[0] + place[2]) / 2, (place[1] + place[3]) / 2)
        pen.text(middle, text, _on(COLOURS[row["label"]]), font, anchor="mm")


def _tag(
    pen: ImageDraw.ImageDraw, face: tuple[Box, dict[str, Any]], area: Box, others: tuple[list[Box], list[Box]]
) -> tuple[str, Any, Box]:
    """Text, font and place: number, expression and share where that covers no other tag or face, else the number."""
    box, row = face
    tags, faces = others
    number = str(row["face"])
    whole = f"{number} {row['label']} {100 * row['confidence']:.0f} %"
    for text, size, avoided in (
        (whole, _TEXT, [*tags, *faces]),
        (number, _SMALL, [*tags, *faces]),
        (number, _SMALL, tags),
    ):
        font = ImageFont.load_default(size)
        for place in _places(pen, text, font, box, area):
            if not any(_meet(place, other) for other in avoided):
                return text, font, place
    return number, font, _clamped(pen, number, font, box, area)


def _places(pen: ImageDraw.ImageDraw, text: str, font: Any, box: Box, area: Box) -> Iterator[Box]:
    """Above the box, below it, then in its upper and its lower corner: those that lie inside the picture."""
    wide, high = _extent(pen, text, font)
    left = max(area[0], min(box[0], area[2] - wide))
    for top in (box[1] - high, box[3], box[1], box[3] - high):
        if left + wide <= area[2] and area[1] <= top and top + high <= area[3]:
            yield left, top, left + wide, top + high


def _clamped(pen: ImageDraw.ImageDraw, text: str, font: Any, box: Box, area: Box) -> Box:
    """In the upper corner of the box whatever it covers there, as far inside the picture as that goes."""
    wide, high = _extent(pen, text, font)
    left, top = max(area[0], min(box[0], area[2] - wide)), max(area[1], min(box[1], area[3] - high))
    return left, top, left + wide, top + high


def _extent(pen: ImageDraw.ImageDraw, text: str, font: Any) -> tuple[int, int]:
    left, top, right, bottom = pen.textbbox((0, 0), text, font)
    return int(right - left) + 7, int(bottom - top) + 6


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _surface(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _on(colour: str) -> str:
    """Black or white, whichever stands out more from a colour (WCAG 2.2's relative luminance, exponent 2.2)."""
    red, green, blue = (level / 255 for level in ImageColor.getrgb(colour)[:3])
    light = 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2
    return "#000000" if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else "#ffffff"


# Cards


def _card(
    page: Image.Image, pen: ImageDraw.ImageDraw, place: tuple[int, int], row: dict[str, Any], crop: NDArray[np.uint8]
) -> None:
    left, top = place
    text, small = ImageFont.load_default(_TEXT), ImageFont.load_default(_SMALL)
    pen.rectangle((left, top, left + 3, top + _HIGH - 1), fill=COLOURS[row["label"]])
    pen.text((left + _GAP, top), f"{row['face']}  {row['label']} {100 * row['confidence']:.0f} %", _INK, text)
    face = Image.fromarray(crop).resize((_FACE, _FACE), Image.Resampling.NEAREST)
    page.paste(face, (left + _GAP, top + 20))
    size = f"{row['size']:.0f} pixels" + (", enlarged" if row["size"] < crop.shape[0] else "")
    pen.text((left + _GAP, top + 20 + _FACE + 4), size, _FAINT, small)
    names = left + _GAP + _FACE + 8
    bars = names + 52
    for at, name in enumerate(NAMES):
        line = top + 20 + at * _LINE
        share = row[name]
        pen.text((names, line), name, _INK, small)
        if share * _BAR >= 0.5:
            pen.rectangle((bars, line + 2, bars + round(share * _BAR), line + 11), fill=COLOURS[name])
        pen.text((left + _CARD - 2, line), f"{100 * share:.1f}", _INK, small, anchor="ra")
