"""Hugging Face Parquet: the columns `image` and `label` in the types of `datasets`, pictures inside the file."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.emotion import FERPLUS_VOTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from curate.export.job import Job, Written
    from curate.export.selection import Row

FILE_ROWS = 4_000
"""Pictures in one file: 224×224 PNGs are up to 100 kB, and Hugging Face advises files of up to 500 MB."""
_GROUP_ROWS = 100
"""Pictures in one row group, as Hugging Face writes them: a reader of one picture loads no more."""
_TEXTS = ("face_id", "licence", "author", "source_page")


def write(job: Job) -> Written:
    """Writes `data/SPLIT-00000-of-00001.parquet`; without splits all is `train`, as there.

    Yields:
        Each row and its file.
    """
    with_votes = bool(job.selection.frame["votes"].notna().any())
    schema = _schema(job.selection.classes, with_votes=with_votes)
    for split in job.selection.splits:
        total = -(-int((job.selection.frame["split"] == split).sum()) // FILE_ROWS)
        rows = job.selection.rows(split)
        for place in range(total):
            path = job.place("data", f"{split or 'train'}-{place:05}-of-{total:05}.parquet")
            yield from _write_file(job, path, schema, itertools.islice(rows, FILE_ROWS))


def _write_file(job: Job, path: Path, schema: pa.Schema, rows: Iterator[Row]) -> Written:
    name = path.relative_to(job.folder).as_posix()
    # Pictures are compressed already.
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, use_dictionary=False) as writer:
        while group := list(itertools.islice(rows, _GROUP_ROWS)):
            columns = _columns(job, group)
            writer.write_table(pa.Table.from_pydict({key: columns[key] for key in schema.names}, schema=schema))
            yield from ((row, name) for row in group)


def _columns(job: Job, rows: Sequence[Row]) -> dict[str, list[Any]]:
    numbers = {name: number for number, name in enumerate(job.selection.classes)}
    none = (0,) * len(FERPLUS_VOTES)
    return {
        "image": [{"bytes": job.pictures.png(row), "path": f"{row.name}.png"} for row in rows],
        "label": [None if row.label is None else numbers[row.label] for row in rows],
        "face_id": [row.face_id for row in rows],
        "licence": [row.licence or "" for row in rows],
        "author": [row.author or "" for row in rows],
        "source_page": [row.page or "" for row in rows],
        **{name: [(row.votes or none)[place] for row in rows] for place, name in enumerate(FERPLUS_VOTES)},
    }


def _schema(classes: Sequence[str], *, with_votes: bool) -> pa.Schema:
    """Arrow types, and beside them the features by which `datasets` knows an image and a class label."""
    counts = FERPLUS_VOTES if with_votes else ()
    features: dict[str, Any] = {
        "image": {"_type": "Image"},
        "label": {"names": list(classes), "_type": "ClassLabel"},
        **{name: {"dtype": "string", "_type": "Value"} for name in _TEXTS},
        **{name: {"dtype": "int64", "_type": "Value"} for name in counts},
    }
    fields = [
        pa.field("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        pa.field("label", pa.int64()),
        *(pa.field(name, pa.string()) for name in _TEXTS),
        *(pa.field(name, pa.int64()) for name in counts),
    ]
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})
