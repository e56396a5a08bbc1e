"""A contact sheet around a filter's threshold: the pictures it only just takes out, and only just keeps."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from curate.filter import COLUMNS, Check, checks
from schemas.errors import UsageError
from schemas.settings import unknown
from workspace.files import write_atomically
from workspace.pixels import decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from schemas.settings import FilterSettings
    from workspace.store import Workspace

    Tiles = Sequence[tuple[int, Image.Image]]

_ACROSS, _ROWS = 6, 3
"""Pictures in a row, and rows on either side of the threshold."""
_TILE, _GAP, _LINE = 160, 8, 22
_PAPER, _INK, _OUT, _KEPT = "#ffffff", "#222222", "#b3261e", "#1b6e3a"


def preview(workspace: Workspace, settings: FilterSettings, reason: str, out: Path) -> Path:
    """Draws the pictures nearest to a threshold, each with its figure.

    Args:
        workspace: With the table `images` and the originals.
        settings: The thresholds; the filter must be on.
        reason: A filter's reason code, as in the table `decisions`.
        out: The PNG file to write.

    Returns:
        `out`.

    Raises:
        UsageError: There is no such filter, or it is off.
        WorkspaceError: An original is gone.
        StorageError: The file cannot be written.
    """
    images = workspace.read("images", [*COLUMNS, "format"])
    filters = {check.reason: check for check in checks(images, settings)}
    if reason not in filters:
        raise unknown("filter", reason, filters)
    check = filters[reason]
    if not check.threshold:
        raise UsageError(f"the filter `{reason}` is off", "give its setting a value other than 0")
    below, above = nearest(check, _ACROSS * _ROWS)
    originals = workspace.originals()

    def tile(at: int) -> Image.Image:
        row = images.iloc[at]
        picture = Image.fromarray(decode(originals(row["image_id"], row["format"])).pixels).convert("RGB")
        picture.thumbnail((_TILE, _TILE), Image.Resampling.BOX)
        return picture

    sheet = _sheet(check, [(at, tile(at)) for at in below], [(at, tile(at)) for at in above])
    file = io.BytesIO()
    sheet.save(file, "PNG")
    write_atomically(out, file.getvalue())
    return out


def nearest(check: Check, count: int) -> tuple[list[int], list[int]]:
    """The pictures nearest to a threshold on either side, in ascending order of the figure.

    Args:
        check: A filter applied to all pictures.
        count: At most so many on a side.

    Returns:
        Their positions: those below the threshold, and those at it or above.
    """
    order = np.argsort(check.figures, kind="stable")
    split = int(np.searchsorted(check.figures[order], np.float32(check.threshold), side="left"))
    return order[max(0, split - count) : split].tolist(), order[split : split + count].tolist()


def _sheet(check: Check, below: Tiles, above: Tiles) -> Image.Image:
    cell = _TILE + _GAP
    rows = -(-len(below) // _ACROSS) + -(-len(above) // _ACROSS)
    size = _ACROSS * cell + _GAP, rows * (cell + _LINE) + 3 * _LINE + _GAP
    sheet = Image.new("RGB", size, _PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    top = _GAP
    for name, tiles in (("below", below), ("at or above", above)):
        pen.text((_GAP, top), f"{check.reason}: {len(tiles)} pictures {name} {check.threshold:g}", _INK, font)
        top += _LINE
        for place, (at, picture) in enumerate(tiles):
            left, high = _GAP + place % _ACROSS * cell, top + place // _ACROSS * (cell + _LINE)
            sheet.paste(picture, (left, high))
            word, ink = ("out", _OUT) if check.out[at] else ("kept", _KEPT)
            pen.text((left, high + _TILE + 2), f"{check.figures[at]:.4g}  {word}", ink, font)
        top += -(-len(tiles) // _ACROSS) * (cell + _LINE)
    return sheet
