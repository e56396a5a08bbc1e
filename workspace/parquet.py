"""Tables as Arrow and Parquet: schemas, checks, parts. Loads pandas for none of it but a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from schemas.tables import Table


def is_current(table: Table, path: Path) -> bool:
    """Whether a file has today's columns; one that another version of mien left may not."""
    with pq.ParquetFile(path) as file:
        return bool(file.schema_arrow.equals(arrow_schema(table)))


def arrow_schema(table: Table) -> pa.Schema:
    """The table's columns as an Arrow schema."""
    return pa.schema(
        [pa.field(column.name, pa.type_for_alias(column.type), column.nullable) for column in table.columns]
    )


def to_arrow(table: Table, frame: pd.DataFrame) -> pa.Table:
    """A frame as an Arrow table with exactly the table's columns and types.

    A column that may lack values may be left out; it is filled with none.

    Raises:
        WorkspaceError: A column is missing, unknown, of another type, or lacks a value where it may not.
    """
    needed = {column.name for column in table.columns if not column.nullable}
    wrong = sorted((set(frame.columns) - set(table.names)) | (needed - set(frame.columns)))
    if wrong:
        raise WorkspaceError(f"table `{table.name}` and the frame differ in {wrong}", "see schemas/tables.py")
    frame = frame.reindex(columns=table.names)
    try:
        content = pa.Table.from_pandas(frame, schema=arrow_schema(table), preserve_index=False, safe=True)
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise WorkspaceError(f"table `{table.name}`: {error}", "see schemas/tables.py") from error
    for column in table.columns:
        if not column.nullable and content[column.name].null_count:
            raise WorkspaceError(f"table `{table.name}`: `{column.name}` lacks a value", "see schemas/tables.py")
    return content.replace_schema_metadata(None)


def read_part(path: Path, columns: Sequence[str]) -> pa.Table:
    """Columns of one Parquet file."""
    # Not pq.read_table: it loads pyarrow.dataset, which loads pandas, which takes a second.
    with pq.ParquetFile(path) as file:
        return file.read(columns=list(columns))


def no_rows(schema: pa.Schema) -> pa.Table:
    """A table without rows."""
    # Not schema.empty_table(): it loads pandas too.
    return pa.Table.from_batches([], schema)


def parquet_bytes(content: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file; the same rows give the same bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(content, sink, compression="zstd")
    return bytes(sink.getvalue())


def parts(batches: Iterable[pa.Table], table: Table) -> Iterator[pa.Table]:
    """Cuts tables of any length into parts of `part_rows` rows; at least one part, so that types are on disk."""
    waiting = no_rows(arrow_schema(table))
    written = False
    for batch in batches:
        waiting = pa.concat_tables([waiting, batch])
        while waiting.num_rows >= table.part_rows:
            yield waiting.slice(0, table.part_rows).combine_chunks()
            written = True
            waiting = waiting.slice(table.part_rows)
    if waiting.num_rows or not written:
        yield waiting.combine_chunks()
