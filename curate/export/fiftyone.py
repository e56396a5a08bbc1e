"""FiftyOne's `FiftyOneImageClassificationDataset`: `data/` and `labels.json`, a folder of them for each split."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from curate.export.job import Job, Written


def write(job: Job) -> Written:
    """Writes `[SPLIT/]data/NAME.png` and `[SPLIT/]labels.json`; a face without a label has `null` there.

    Yields:
        Each row and its file.
    """
    numbers = {name: number for number, name in enumerate(job.selection.classes)}
    for split in job.selection.splits:
        with job.place(split, "labels.json").open("w", encoding="ascii") as file:
            file.write(f'{{"classes": {json.dumps(job.selection.classes)},\n"labels": {{')
            for place, row in enumerate(job.selection.rows(split)):
                path = job.place(split, "data", f"{row.name}.png")
                path.write_bytes(job.pictures.png(row))
                number = None if row.label is None else numbers[row.label]
                file.write(f"{',' if place else ''}\n{json.dumps(row.name)}: {json.dumps(number)}")
                yield row, path.relative_to(job.folder).as_posix()
            file.write("\n}}\n")
