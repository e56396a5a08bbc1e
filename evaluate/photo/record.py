"""What was seen in faces, as rows for JSON, CSV and the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.emotion import NAMES
from workspace.framing import FER_SIDE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evaluate.photo.faces import Faces

COLUMNS = ("face", "label", "confidence", *NAMES, "score", "size", "left", "top", "right", "bottom")
"""Of `faces.csv`, after the picture's name or the time."""


def records(faces: Faces, probabilities: NDArray[np.float32]) -> list[dict[str, Any]]:
    """One record a face.

    Args:
        faces: Of one picture.
        probabilities: float32 `[N, 7]`, what the network says of them.

    Returns:
        Of each face its number from 1, `label`, `confidence`, the probability of each expression, the detector's
        `score`, `size`, and the box in pixels.
    """
    found = []
    for at in range(len(faces)):
        shares = {name: round(float(probabilities[at, k]), 4) for k, name in enumerate(NAMES)}
        label = NAMES[int(probabilities[at].argmax())]
        sides = (round(float(side), 1) for side in faces.boxes[at])
        found.append(
            {"face": at + 1, "label": label, "confidence": shares[label]}
            | shares
            | {"score": round(float(faces.scores[at]), 3), "size": round(faces.sizes[at], 1)}
            | dict(zip(("left", "top", "right", "bottom"), sides, strict=True))
        )
    return found


def lines(rows: list[dict[str, Any]]) -> list[str]:
    """The faces of a picture as a table of text, probabilities in per cent."""
    head = ["face", "expression", *NAMES, "pixels"]
    cells = [head] + [
        [str(row["face"]), row["label"], *(f"{100 * row[name]:.1f}" for name in NAMES), f"{row['size']:.0f}"]
        for row in rows
    ]
    widths = [max(len(line[at]) for line in cells) for at in range(len(head))]
    return [
        "  ".join(cell.ljust(width) if at == 1 else cell.rjust(width) for at, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in cells)
    ]


def summary(result: dict[str, Any]) -> str:
    """What was seen in one photograph, or in how many of several which expressions."""
    pictures, rejected = result["pictures"], result["rejected"]
    faces = [row for picture in pictures for row in picture["faces"]]
    found = f"{len(faces):,} {'face' if len(faces) == 1 else 'faces'}" if faces else "no face found"
    text = []
    if len(pictures) == 1 and not rejected:
        text = [f"{pictures[0]['picture']}: {found}", *(lines(faces) if faces else [])]
    else:
        labels = [f"{name} {count:,}" for name in NAMES if (count := sum(row["label"] == name for row in faces))]
        many = f"{len(pictures):,} {'photograph' if len(pictures) == 1 else 'photographs'}"
        text = [f"{many}: {found}{': ' if labels else ''}{', '.join(labels)}"]
    if rejected:
        first = f"{rejected[0]['picture']} ({rejected[0]['reason']})"
        many = f"{len(rejected):,} {'file' if len(rejected) == 1 else 'files'}"
        text.append(f"cannot use {many}, {first}{'' if len(rejected) == 1 else ' first'}")
    left_out = sum(picture["left_out"] for picture in pictures)
    if left_out:
        text.append(f"{left_out:,} further faces were left out: --most-faces")
    small = sum(row["size"] < FER_SIDE for row in faces)
    if small:
        text.append(f"{small:,} of the faces are smaller than {FER_SIDE} pixels: enlarged, and little to go by")
    return "\n".join(text)
