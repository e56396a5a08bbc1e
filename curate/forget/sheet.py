"""A contact sheet of the pictures that are about to be forgotten, written outside the workspace."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from schemas.errors import UsageError
from workspace.console import printable
from workspace.files import write_atomically
from workspace.pixels import Limits, decode

if TYPE_CHECKING:
    from pathlib import Path

    from curate.forget.choose import Choice
    from workspace.store import Workspace

_ACROSS = 6
_MOST = 300
"""Pictures on one sheet; what is beyond is only counted."""
_TILE, _GAP, _LINE = 160, 8, 34
_ANY_SIZE = Limits(max_pixels=2**62, max_side=2**31, max_bytes=2**62)


def sheet(workspace: Workspace, choice: Choice, out: Path) -> Path:
    """Draws the pictures with their names and reasons.

    Args:
        workspace: Where their originals are.
        choice: What is about to be forgotten.
        out: The PNG file to write; not inside the workspace, where it would have to be forgotten too.

    Raises:
        UsageError: `out` lies in the workspace.
        WorkspaceError: An original is gone.
        StorageError: The file cannot be written.
    """
    if out.resolve().is_relative_to(workspace.path.resolve()):
        raise UsageError(f"{out} lies in the workspace, where it would have to be forgotten too", "name another place")
    forms = workspace.read("images", ["image_id", "format"]).set_index("image_id")["format"]
    originals = workspace.originals()
    shown = choice.items[:_MOST]
    width, height = _ACROSS * (_TILE + _GAP) + _GAP, -(-len(shown) // _ACROSS) * (_TILE + _LINE + _GAP) + 3 * _GAP + 16
    page = Image.new("RGB", (width, height), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(12)
    pen.text((_GAP, _GAP), f"{len(choice.items):,} pictures to be forgotten, {len(shown)} shown", "black", font)
    for place, item in enumerate(shown):
        left = _GAP + place % _ACROSS * (_TILE + _GAP)
        top = 3 * _GAP + 16 + place // _ACROSS * (_TILE + _LINE + _GAP)
        picture = Image.fromarray(decode(originals(item.image_id, forms[item.image_id]), _ANY_SIZE).pixels)
        picture.thumbnail((_TILE, _TILE))
        page.paste(picture.convert("RGB"), (left, top))
        for line, text in enumerate((item.sources[0] if item.sources else item.image_id, item.why)):
            pen.text((left, top + _TILE + 2 + 15 * line), _short(text), "black", font)
    file = io.BytesIO()
    page.save(file, "PNG")
    write_atomically(out, file.getvalue())
    return out


def _short(text: str) -> str:
    line = printable(text)
    return line if len(line) <= 26 else f"…{line[-25:]}"
