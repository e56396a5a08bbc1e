"""A folder for each class, below one for each split."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curate.export.job import Job, Written


def write(job: Job) -> Written:
    """Writes `[SPLIT/]CLASS/NAME.png`; every split has a folder for every class, so that class numbers agree.

    Yields:
        Each row and its file.
    """
    for split in job.selection.splits:
        for name in job.selection.classes:
            job.place(split, name).mkdir()
    for row in job.selection.rows():
        path = job.place(row.split, str(row.label), f"{row.name}.png")
        path.write_bytes(job.pictures.png(row))
        yield row, path.relative_to(job.folder).as_posix()
