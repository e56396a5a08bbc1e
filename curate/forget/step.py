"""The command `forget`: what would go, shown; and gone, if it is confirmed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from curate.forget.choose import Asked, Choice, choose
from curate.forget.erase import erase, finish, pages, strangers, unfinished
from curate.forget.exported import holding
from curate.forget.sheet import sheet
from schemas.errors import UsageError
from workspace.console import note

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from curate.forget.exported import Holding
    from schemas.settings import FacesSettings
    from workspace.store import Workspace

_SHOWN = 40
"""Pictures that the text names; `--json` and the contact sheet have more."""


@dataclass(frozen=True)
class Preview:
    """What would be forgotten, and what would be left to the person.

    Attributes:
        choice: The pictures.
        exports: Exports that hold some of them; they are not touched.
        pages: Reports and contact sheets in the workspace; they are deleted.
        strangers: What lies in the workspace and is none of mien's; it is not touched.
    """

    choice: Choice
    exports: list[Holding]
    pages: list[str]
    strangers: list[str]


def forget(
    workspace: Workspace, asked: Asked, settings: FacesSettings, confirm: Callable[[Preview], bool]
) -> dict[str, Any]:
    """Takes pictures out of a workspace for good.

    A run that was stopped half-way is finished first. Then what is asked for is looked up, shown, and, if that is
    confirmed, erased; the workspace is held all the time, so that what is erased is what was shown.

    Args:
        workspace: From which.
        asked: What is meant.
        settings: Detector and thresholds for faces.
        confirm: Is given what would go; whether it shall.

    Returns:
        What was shown, as `as_json` has it, and `forgotten`: whether it was erased.

    Raises:
        UsageError: Something asked for is not there, or nothing is asked for and nothing was stopped.
        WorkspaceBusyError: Another command is writing to the workspace.
        StorageError: The disk refused a write; the next call goes on.
    """
    with workspace.lock(finishing=True):
        before = unfinished(workspace)
        if before is not None:
            counts = finish(workspace, before)
            note(f"finished what was stopped: {counts['pictures']:,} pictures forgotten")
        elif not asked.anything():
            raise UsageError("nothing is named", "give ids, --source, --identity or --like")
        preview = look(workspace, asked, settings)
        empty = not preview.choice.gone.image_ids and not preview.choice.gone.sources
        if empty or not confirm(preview):
            return {**as_json(preview), "forgotten": before is not None}
        erase(workspace, preview.choice.gone)
        return {**as_json(preview), "forgotten": True}


def look(workspace: Workspace, asked: Asked, settings: FacesSettings) -> Preview:
    """What would be forgotten; changes nothing.

    Raises:
        UsageError: Something asked for is not there.
    """
    choice = choose(workspace, asked, settings)
    return Preview(choice, holding(workspace, choice.gone), pages(workspace), strangers(workspace))


def draw(workspace: Workspace, preview: Preview, out: Path) -> Path:
    """Writes the contact sheet; see `curate.forget.sheet.sheet`."""
    return sheet(workspace, preview.choice, out)


def as_json(preview: Preview) -> dict[str, Any]:
    """All that would be forgotten, as plain JSON."""
    return {
        "pictures": [dataclasses.asdict(item) for item in preview.choice.items],
        "rejected": list(preview.choice.rejected),
        "exports": [dataclasses.asdict(export) for export in preview.exports],
        "pages": preview.pages,
        "not_ours": preview.strangers,
    }


def text(preview: Preview) -> str:
    """The same for people: each picture with its reason, then what is left to do."""
    items = preview.choice.items
    faces = sum(item.faces for item in items)
    lines = [f"{len(items):,} pictures with {faces:,} faces, from {_files(preview):,} files:"]
    for item in items[:_SHOWN]:
        names = ", ".join(item.sources[:3]) + (f" and {len(item.sources) - 3} more" if len(item.sources) > 3 else "")
        lines.append(f"  {item.image_id[:12]}  {names}  ({item.why})")
    if len(items) > _SHOWN:
        lines.append(f"  … and {len(items) - _SHOWN:,} more; --json names them all")
    lines += [f"  {name}  (rejected)" for name in preview.choice.rejected[:_SHOWN]]
    return "\n".join([*lines, *_left(preview)])


def _files(preview: Preview) -> int:
    return sum(len(item.sources) for item in preview.choice.items) + len(preview.choice.rejected)


def _left(preview: Preview) -> list[str]:
    lines = []
    if preview.pages:
        lines.append(f"deleted with them, since they may show them: {', '.join(preview.pages)}")
    located = [place for item in preview.choice.items for place in item.locations]
    if located:
        lines += ["not ours to delete, originals referred to in place:", *(f"  {place}" for place in located)]
    for export in preview.exports:
        gone = "" if export.there else " (nothing is there now)"
        holds = f"still holds {export.rows:,} of their faces"
        lines.append(f"{holds}: {export.path} ({export.format}){gone}; export it again")
    if preview.strangers:
        lines.append(f"not mien's, and not looked into: {', '.join(preview.strangers)}")
    return lines
