"""Bars before and after balancing, as an SVG that any browser shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LEFT, _WIDTH, _ROW, _BAR = 90, 420, 34, 20
_COLOURS = (("originals", "#3d5a80"), ("samples", "#98c1d9"), ("left out", "#dddddd"))


def draw(classes: Sequence[dict[str, Any]], out: Path) -> None:
    """Draws a bar for each class: originals that are shown, samples, and originals left out.

    Args:
        classes: As in `Plan`.
        out: Where the SVG goes.

    Raises:
        StorageError: The disk refused it.
    """
    longest = max(max(row["before"], row["after"]) for row in classes) or 1
    height = 40 + _ROW * len(classes)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 130}" height="{height}">',
        "<style>text { font: 13px sans-serif }</style>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for at, (name, colour) in enumerate(_COLOURS):
        parts.append(f'<rect x="{_LEFT + 110 * at}" y="10" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{_LEFT + 18 + 110 * at}" y="21">{name}</text>')
    for at, row in enumerate(classes):
        top = 34 + _ROW * at
        parts.append(f'<text x="{_LEFT - 8}" y="{top + 15}" text-anchor="end">{row["class"]}</text>')
        x = float(_LEFT)
        shown = min(row["before"], row["after"])
        for count, (_, colour) in zip((shown, row["after"] - shown, row["before"] - shown), _COLOURS, strict=True):
            width = _WIDTH * count / longest
            parts.append(f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>')
            x += width
        parts.append(f'<text x="{x + 6:.1f}" y="{top + 15}">{row["before"]:,} → {row["after"]:,}</text>')
    write_atomically(out, "\n".join([*parts, "</svg>", ""]).encode())
