"""FER-2013's CSV: `emotion,pixels,Usage`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.export.selection import USAGES

if TYPE_CHECKING:
    from curate.export.job import Job, Written
    from curate.export.selection import Row

FILE = "fer2013.csv"

_LEVELS = [str(level) for level in range(256)]
_SPLIT_USAGE = {split: usage for usage, split in USAGES.items()}


def write(job: Job) -> Written:
    """Writes `fer2013.csv`: the class number, 2,304 grey levels row by row, and the usage.

    Yields:
        Each row and its file.
    """
    numbers = {name: number for number, name in enumerate(job.selection.classes)}
    with job.place(FILE).open("w", encoding="ascii", newline="") as file:
        file.write("emotion,pixels,Usage\n")
        for row in job.selection.rows():
            pixels = " ".join([_LEVELS[level] for level in job.pictures.pixels(row).ravel().tolist()])
            file.write(f"{numbers[str(row.label)]},{pixels},{usage(row)}\n")
            yield row, FILE


def usage(row: Row) -> str:
    """FER-2013's word for the row's split; Training where there are no splits."""
    return _SPLIT_USAGE.get(row.split, "Training")
