"""`faces.csv`, the same in every export: which file shows which face, its label, split and origin."""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from curate.export.job import Written
    from curate.export.selection import Row

FILE = "faces.csv"
COLUMNS = ("name", "file", "label", "split", "licence", "author", "source_page")
"""Columns of `faces.csv`; empty where nothing is known."""


def write_listing(path: Path, written: Written) -> Iterator[tuple[Row, str]]:
    """Writes a line for every row as it is written, and passes it on."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        for row, name in written:
            lines.writerow([row.name, name, row.label, row.split, row.licence, row.author, row.page])
            yield row, name


def files(folder: Path, without: Iterable[str]) -> list[tuple[str, str, int]]:
    """All files of an export but pictures and those named: path below the folder, SHA-256 and bytes, sorted."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".png", ".jpg"))
    names = [(path.relative_to(folder).as_posix(), path) for path in paths]
    return [(name, digest(path), path.stat().st_size) for name, path in names if name not in set(without)]


def digest(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
