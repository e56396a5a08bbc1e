"""The faces in the page: small, without metadata, as data URIs."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from schemas.errors import ImageError
from workspace.pixels import decode

if TYPE_CHECKING:
    from evaluate.run import Evaluation

_SIDE = 96
"""Longer side of a colour crop in the page, in pixels."""
_QUALITY = 80


@dataclass(frozen=True)
class Face:
    """A face in the page.

    Attributes:
        uri: Data URI of what the network saw, pixel for pixel.
        colour: Data URI of the colour crop; None where there is none.
        name: The face's name.
        short: Its last part, short enough to stand under a picture.
        label: What it is labelled.
        answer: What the network says.
        confidence: How sure it is, 0 to 1.
        raters: What raters say, commonest first, in words; empty where nobody voted.
    """

    uri: str
    colour: str | None
    name: str
    short: str
    label: str
    answer: str
    confidence: float
    raters: str


class Faces:
    """Draws faces of an evaluation; each is drawn once, however often it is shown."""

    def __init__(self, evaluation: Evaluation) -> None:
        """Draws for one page."""
        self._evaluation = evaluation
        self._drawn: dict[int, Face] = {}
        self._predicted = evaluation.answers.predicted
        self._confidence = evaluation.answers.confidence

    def face(self, at: int) -> Face:
        """The face at a place among the answers."""
        if at not in self._drawn:
            self._drawn[at] = self._draw(at)
        return self._drawn[at]

    def __len__(self) -> int:
        """How many different faces were drawn."""
        return len(self._drawn)

    def _draw(self, at: int) -> Face:
        answers = self._evaluation.answers
        return Face(
            uri=data_uri(Image.fromarray(self._evaluation.pixels[at]), "PNG"),
            colour=self._colour(answers.names[at]),
            name=answers.names[at],
            short=_short(answers.names[at]),
            label=answers.classes[answers.labels[at]],
            answer=answers.classes[self._predicted[at]],
            confidence=float(self._confidence[at]),
            raters=self._raters(at),
        )

    def _colour(self, face_id: str) -> str | None:
        workspace = self._evaluation.workspace
        if workspace is None:
            return None
        try:
            pixels = decode(workspace.picture_path("faces", f"{face_id}.png").read_bytes()).pixels
        except (OSError, ImageError):
            return None
        image = Image.fromarray(pixels)
        image.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
        return data_uri(image, "JPEG")

    def _raters(self, at: int) -> str:
        answers = self._evaluation.answers
        if answers.shares is None or not answers.rated[at]:
            return ""
        shares = sorted(zip(answers.shares[at], answers.classes, strict=True), reverse=True)
        return ", ".join(f"{name} {100 * share:.0f}\N{NO-BREAK SPACE}%" for share, name in shares[:2] if share > 0)


def _short(name: str) -> str:
    """The end of a name, which tells faces apart.

    >>> _short("fer2013.csv:17"), _short("test/fear/a.png"), _short("0123456789abcdef0123456789abcdef")
    ('…:17', 'a.png', '0123456789ab…')
    """
    last = name.rpartition("/")[2]
    if last.rpartition(":")[2].isdecimal():
        return f"…:{last.rpartition(':')[2]}"
    if len(last) == 32 and all(letter in "0123456789abcdef" for letter in last):
        return f"{last[:12]}…"
    return last if len(last) <= 16 else f"…{last[-15:]}"


def data_uri(image: Image.Image, image_format: str) -> str:
    """A picture as an address that holds it: PNG as it is, JPEG at a small size."""
    file = io.BytesIO()
    if image_format == "JPEG":
        image.save(file, "JPEG", quality=_QUALITY, optimize=True)
    else:
        image.save(file, image_format, optimize=True)
    return f"data:image/{image_format.lower()};base64,{base64.b64encode(file.getvalue()).decode()}"
