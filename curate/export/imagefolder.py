"""Hugging Face ImageFolder: pictures and a `metadata.jsonl` beside them, a folder for each split."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from schemas.emotion import FERPLUS_VOTES

if TYPE_CHECKING:
    from curate.export.job import Job, Written


def write(job: Job) -> Written:
    """Writes `data/SPLIT/NAME.png` and `data/SPLIT/metadata.jsonl`; without splits all is `train`, as there.

    Every line has the same keys with values of the same type: the reader tells types from each split alone, and
    refuses splits that differ. So what is not known is an empty text, a missing label too.

    Yields:
        Each row and its file.
    """
    with_votes = bool(job.selection.frame["votes"].notna().any())
    for split in job.selection.splits:
        folder = job.place("data", split or "train", "metadata.jsonl").parent
        with (folder / "metadata.jsonl").open("w", encoding="ascii") as file:
            for row in job.selection.rows(split):
                path = folder / f"{row.name}.png"
                path.write_bytes(job.pictures.png(row))
                line: dict[str, str | int] = {
                    "file_name": path.name,
                    "label": row.label or "",
                    "face_id": row.face_id,
                    "licence": row.licence or "",
                    "author": row.author or "",
                    "source_page": row.page or "",
                }
                if with_votes:
                    line |= dict(zip(FERPLUS_VOTES, row.votes or (0,) * len(FERPLUS_VOTES), strict=True))
                file.write(json.dumps(line) + "\n")
                yield row, path.relative_to(job.folder).as_posix()
