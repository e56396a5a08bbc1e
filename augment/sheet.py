"""Contact sheets of faces: as one PNG, and as one HTML page that opens offline."""

from __future__ import annotations

import base64
import html
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from augment.files import png

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_ZOOM, _GAP, _NAME, _MARGIN, _HEAD, _TITLE = 2, 6, 130, 14, 26, 34
"""Size of a pixel, space between faces, width of the lines' names, border, heights of the heads and of the title."""
_SIDE = 48 * _ZOOM


@dataclass(frozen=True)
class Cell:
    """A face of a sheet.

    Attributes:
        pixels: uint8 `[48, 48]`.
        caption: What stands below it in the PNG (a word or two), and beside it on the page.
        detail: What the page says when it is pointed at.
    """

    pixels: NDArray[np.uint8]
    caption: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a sheet.

    Attributes:
        name: What stands before it.
        cells: Its faces; None leaves a place free.
    """

    name: str
    cells: Sequence[Cell | None]


def picture(title: str, heads: Sequence[str], lines: Sequence[Line]) -> bytes:
    """The sheet as a PNG.

    Args:
        title: Stands above it.
        heads: What stands above each column; as many as the longest line has cells, or none.
        lines: From top to bottom.
    """
    from PIL import Image, ImageDraw, ImageFont

    captions = 14 if any(cell and cell.caption for line in lines for cell in line.cells) else 0
    columns = max((len(line.cells) for line in lines), default=1)
    step = _SIDE + captions + _GAP
    size = (_NAME + 2 * _MARGIN + columns * (_SIDE + _GAP), _TITLE + _HEAD * bool(heads) + _MARGIN + len(lines) * step)
    page = Image.new("L", size, 255)
    pen, large, small = ImageDraw.Draw(page), ImageFont.load_default(16), ImageFont.load_default(12)
    pen.text((_MARGIN, 10), title, 60, large)
    for column, head in enumerate(heads):
        x = _NAME + _MARGIN + column * (_SIDE + _GAP) + _SIDE // 2
        pen.text((x, _TITLE + _HEAD // 2), head, 0, small, anchor="mm")
    for row, line in enumerate(lines):
        top = _TITLE + _HEAD * bool(heads) + row * step
        pen.text((_MARGIN, top + _SIDE // 2), line.name, 0, large, anchor="lm")
        for column, cell in enumerate(line.cells):
            if cell is None:
                continue
            left = _NAME + _MARGIN + column * (_SIDE + _GAP)
            page.paste(Image.fromarray(cell.pixels).resize((_SIDE, _SIDE), Image.Resampling.NEAREST), (left, top))
            caption = cell.caption.replace("→", ">")  # Pillow's own font has no arrow
            pen.text((left + _SIDE // 2, top + _SIDE + 1), caption, 60, small, anchor="mt")
    file = io.BytesIO()
    page.save(file, "PNG", optimize=True)
    return file.getvalue()


def page(title: str, text: str, heads: Sequence[str], lines: Sequence[Line]) -> bytes:
    """The sheet as a page; pointing at a face shows what was drawn for it.

    Args:
        title: Its heading.
        text: A sentence below that.
        heads: As for `picture`.
        lines: As for `picture`.
    """
    rows = [
        "<tr><th></th>" + "".join(f"<th scope='col'>{html.escape(head)}</th>" for head in heads) + "</tr>"
        if heads
        else ""
    ]
    for line in lines:
        cells = "".join(f"<td>{_figure(cell) if cell else ''}</td>" for cell in line.cells)
        rows.append(f"<tr><th scope='row'>{html.escape(line.name)}</th>{cells}</tr>")
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>
<style>
body {{ font: 14px/1.4 sans-serif; margin: 2em; color: #222; background: #fff }}
img {{ width: {_SIDE}px; height: {_SIDE}px; image-rendering: pixelated; display: block }}
th {{ font-weight: 600; text-align: left; padding: 2px 8px }} td {{ padding: 2px; vertical-align: top }}
figure {{ margin: 0 }} figcaption {{ font-size: 12px; color: #555 }}
</style>
<h1>{html.escape(title)}</h1>
<p>{html.escape(text)}</p>
<table>{"".join(rows)}</table>
</html>
""".encode()


def _figure(cell: Cell) -> str:
    data = base64.b64encode(png(cell.pixels)).decode()
    told = html.escape(cell.detail or cell.caption)
    caption = f"<figcaption>{html.escape(cell.caption)}</figcaption>" if cell.caption else ""
    return f'<figure title="{told}"><img alt="{told}" src="data:image/png;base64,{data}">{caption}</figure>'


def said(recipe: dict[str, dict[str, float]]) -> str:
    """A recipe in words.

    >>> said({"flip": {}, "rotation": {"degrees": -7.25}})
    'flip; rotation degrees -7.25'
    """
    parts = []
    for name, values in recipe.items():
        numbers = ", ".join(f"{key} {value:g}" for key, value in values.items() if key != "stream")
        parts.append(f"{name} {numbers}".strip())
    return "; ".join(parts)
