"""FER+'s CSV of votes, with the pictures beside it."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from curate.export.fer2013 import usage
from schemas.emotion import FERPLUS_VOTES
from workspace.declared import one_vote

if TYPE_CHECKING:
    from curate.export.job import Job, Written

FILE = "fer2013new.csv"


def write(job: Job) -> Written:
    """Writes `fer2013new.csv` with the columns of FER+'s release, and `images/NAME.png`.

    A face without votes gets a single one, for its label.

    Yields:
        Each row and its file.
    """
    with job.place(FILE).open("w", encoding="ascii", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["Usage", "Image name", *FERPLUS_VOTES])
        for row in job.selection.rows():
            path = job.place("images", f"{row.name}.png")
            path.write_bytes(job.pictures.png(row))
            lines.writerow([usage(row), path.name, *(row.votes or one_vote(str(row.label)))])
            yield row, path.relative_to(job.folder).as_posix()
