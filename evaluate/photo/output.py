"""The folder that results are written to."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from evaluate.folder import as_bytes, check_folder
from workspace.files import disk_errors, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

JSON, CSV = "faces.json", "faces.csv"
FORMAT = "mien-faces/1"


class Output:
    """A new folder, or one that an earlier run filled: what that left there goes once there is something new."""

    def __init__(self, folder: Path) -> None:
        """Refuses a folder that holds something else, before anything is computed.

        Raises:
            UsageError: It is a file, or has files but no results.
        """
        check_folder(folder, JSON)
        self.folder = folder
        self._fresh = False

    def put(self, name: str, data: bytes) -> None:
        """Writes a file.

        Args:
            name: Path below the folder.
            data: Its content.

        Raises:
            StorageError: The disk refused it.
        """
        if not self._fresh:
            self._clear()
            self._fresh = True
        write_atomically(self.folder / name, data, durable=False)

    def finish(self, result: dict[str, Any], columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """Writes the table of faces, and last the JSON: where it lies, the rest is whole.

        Args:
            result: What the JSON holds beside its format.
            columns: Of the table.
            rows: Of the table.

        Returns:
            What the JSON holds.
        """
        table = io.StringIO()
        writer = csv.DictWriter(table, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        whole = {"format": FORMAT, **result}
        self.put(CSV, table.getvalue().encode())
        self.put(JSON, as_bytes(whole))
        return whole

    def _clear(self) -> None:
        """Removes what an earlier run says that it wrote."""
        place = self.folder / JSON
        if not place.is_file():
            return
        with disk_errors(place):
            try:
                drawn = json.loads(place.read_text(encoding="utf-8"))["drawn"]
            except (ValueError, KeyError, TypeError):
                drawn = []
            place.unlink()
            for name in [CSV, *(name for name in drawn if isinstance(name, str))]:
                path = self.folder / name
                if path.resolve().is_relative_to(self.folder.resolve()) and path.suffix in {".csv", ".png"}:
                    path.unlink(missing_ok=True)
