"""Merges Parquet files into one sequence of rows sorted by key, with memory that does not grow with the rows.

Only the keys of all rows are held at once, some hundred bytes a row. They give each row its rank. The rows themselves
are dealt by rank into files that each fit into memory, and these are sorted one by one. (DuckDB's ORDER BY, with the
same 1 GB to work in, ran out of memory at 300,000 rows with thumbnails.)
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workspace.files import disk_errors
from workspace.parquet import read_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.tables import Table

_MOST_FILES = 200  # open at once while rows are dealt; systems allow 256 to 1,024


def merged(table: Table, paths: Sequence[Path], scratch: Path) -> Iterator[pa.Table]:
    """Yields the rows of all files, sorted by key; of rows with one key, that of the first file.

    Args:
        table: What the files hold.
        paths: Parquet files with all its columns, those that win first.
        scratch: A folder for what is dealt; cleared before and after.

    Yields:
        Tables of a multiple of `table.part_rows` rows, the last of them shorter.

    Raises:
        StorageError: The disk refused what is dealt.
    """
    ranks, total = _ranks(table, paths)
    parts = -(-total // table.part_rows)
    rows = table.part_rows * max(-(-parts // _MOST_FILES), 1)
    shutil.rmtree(scratch, ignore_errors=True)
    with disk_errors(scratch):
        scratch.mkdir(parents=True)
        try:
            dealt = _deal(table, paths, ranks, rows, scratch)
            for path in dealt:
                with pa.memory_map(str(path)) as file:
                    content = pa.ipc.open_stream(file).read_all()
                    yield content.take(pc.sort_indices(content["_rank"])).select(table.names)
                path.unlink()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _ranks(table: Table, paths: Sequence[Path]) -> tuple[NDArray[np.int64], int]:
    """The place of every row in the sorted whole, -1 for one that gives way, and the length of the whole."""
    keys = pa.concat_tables([read_part(path, table.key) for path in paths])
    # Rows stand in the order of their files, which settles who gives way.
    keys = keys.append_column("_row", pa.array(np.arange(keys.num_rows)))
    order = pc.sort_indices(keys, [(name, "ascending") for name in (*table.key, "_row")])
    repeats = np.zeros(len(order), bool)
    if len(order) > 1:
        columns = [keys[name].take(order) for name in table.key]
        equal = [
            pc.equal(column[1:], column[:-1]).combine_chunks().to_numpy(zero_copy_only=False) for column in columns
        ]
        repeats[1:] = np.logical_and.reduce(equal)
    ranks = np.empty(len(order), np.int64)
    ranks[order.to_numpy()] = np.where(repeats, -1, np.cumsum(~repeats) - 1)
    return ranks, int((~repeats).sum())


def _deal(table: Table, paths: Sequence[Path], ranks: NDArray[np.int64], rows: int, scratch: Path) -> list[Path]:
    """Deals all rows into files by rank, `rows` ranks to a file, and returns the files in order."""
    files = [scratch / f"{number:05}.arrow" for number in range(-(-int(ranks.max(initial=-1) + 1) // rows))]
    with contextlib.ExitStack() as stack:
        writers: dict[int, pa.RecordBatchStreamWriter] = {}
        start = 0
        for content in _gathered(table, paths):
            mine = ranks[start : start + content.num_rows]
            start += content.num_rows
            content = content.append_column("_rank", pa.array(mine))  # noqa: PLW2901 - the same rows, ranked
            for number in np.unique(mine[mine >= 0] // rows).tolist():
                if number not in writers:
                    sink = stack.enter_context(pa.OSFile(str(files[number]), "wb"))
                    writers[number] = stack.enter_context(pa.ipc.new_stream(sink, content.schema))
                writers[number].write_table(
                    content.take(pa.array(np.flatnonzero((mine >= 0) & (mine // rows == number))))
                )
    return files


def _gathered(table: Table, paths: Sequence[Path]) -> Iterator[pa.Table]:
    """The contents of the files in their order, small ones put together so that dealing has something to deal."""
    waiting: list[pa.Table] = []
    for path in paths:
        waiting.append(read_part(path, table.names))
        if sum(content.num_rows for content in waiting) >= table.part_rows:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()
