"""What a format's `write` is given: where, what, and the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TypeAlias

    from curate.export.pictures import Pictures
    from curate.export.selection import Row, Selection
    from schemas.settings import EngineSettings
    from workspace.store import Workspace

    Written: TypeAlias = Iterator[tuple[Row, str]]


@dataclass(frozen=True)
class Job:
    """One export.

    Attributes:
        folder: Where its files go.
        selection: Its rows.
        pictures: Their pictures.
        workspace: Read only.
        engine: How work is spread.
    """

    folder: Path
    selection: Selection
    pictures: Pictures
    workspace: Workspace
    engine: EngineSettings

    def place(self, *parts: str) -> Path:
        """A path below the folder, from parts of which some may be empty; its own folder is made."""
        path = self.folder.joinpath(*(part for part in parts if part))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
