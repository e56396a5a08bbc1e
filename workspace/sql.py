"""Questions in SQL over a workspace's tables, answered by DuckDB, which can read them and do nothing else.

DuckDB is given the tables by Arrow and never the files, so that its access to files, the network, extensions and other
databases can be off altogether, and its settings locked. Beside that, one statement is taken, and only one that reads.
"""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import difflib
import math
import re
import uuid
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from schemas.errors import UsageError, WorkspaceError
from schemas.tables import TABLES
from workspace.console import printable
from workspace.parquet import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workspace.store import Workspace

_READING = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
"""Kinds of statement that change nothing; DESCRIBE, SHOW, SUMMARIZE, VALUES and WITH are SELECTs to DuckDB."""

_POINTERS = re.compile(
    r"\b(arrow_scan\w*|pandas_scan|python_map_function)\b|\b(query|query_table)\b\W*\(", re.IGNORECASE
)
"""Functions of DuckDB's Python package that follow an address in memory that the caller makes up, and those that run
a statement put together from pieces, in which they could hide."""

_WIDEST = 64
"""Characters of a cell in the text table; `--json` and `--csv` give all of it."""

_BATCH = 2048


@dataclass(frozen=True)
class Answer:
    """What a statement gave.

    Attributes:
        columns: Names of its columns.
        rows: Its rows, fetched as they are asked for.
    """

    columns: list[str]
    rows: Iterator[tuple[Any, ...]]


def sql(workspace: Workspace, statement: str) -> Answer:
    """Asks a question of the tables.

    Args:
        workspace: Read only; another command may be writing to it.
        statement: One SELECT, or what DuckDB takes for one (SHOW TABLES, DESCRIBE, SUMMARIZE, FROM ...), or EXPLAIN.
            A table that has not been written has no rows.

    Raises:
        UsageError: It is no SQL, more than one statement, or one that does not only read; it names no table or column
            of ours, or asks for a file, the network or an extension.
        WorkspaceError: A table was replaced while it was being read.
    """
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            # A query that outgrows the memory fails: rows of pictures must not spill onto the disk.
            "temp_directory": "",
        }
    )
    for name in TABLES:
        connection.register(name, _dataset(workspace, name))
    connection.execute("SET python_enable_replacements = false")  # else names of Python variables are tables
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    try:
        asked = connection.execute(_checked(connection, statement))
        columns = [column[0] for column in asked.description or ()]
    except duckdb.Error as error:
        raise _said(error) from error
    return Answer(columns, _rows(connection))


def _dataset(workspace: Workspace, table: str) -> ds.Dataset | pa.Table:
    # A dataset is read when and as far as a query needs it: its columns, its row groups.
    parts = workspace.parts(table)
    if not parts:
        return workspace.read_arrow(table)
    return ds.dataset([str(part) for part in parts], schema=arrow_schema(TABLES[table]), format="parquet")


def _checked(connection: duckdb.DuckDBPyConnection, statement: str) -> duckdb.Statement:
    found = connection.extract_statements(statement)
    if len(found) != 1:
        what = "more than one statement" if found else "no statement"
        raise UsageError(what, 'give one, for example "select reason, count(*) from decisions group by 1"')
    if found[0].type not in _READING:
        kind = str(found[0].type).rpartition(".")[2]
        raise UsageError(f"{kind} is not run: the tables are read only", "ask with SELECT, SHOW TABLES or DESCRIBE")
    pointer = _POINTERS.search(statement)
    if pointer:
        what = f"`{pointer[1] or pointer[2]}` is not run: it can read what is no table"
        raise UsageError(what, f"name a table: {', '.join(TABLES)}")
    return found[0]


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    try:
        while rows := connection.fetchmany(_BATCH):
            yield from rows
    except duckdb.Error as error:
        raise _said(error) from error
    finally:
        connection.close()


def _said(error: duckdb.Error) -> UsageError | WorkspaceError:
    """DuckDB's error as one of ours, in DuckDB's own words where they are the clearest."""
    text = str(error).strip()
    missing = re.match(r"Catalog Error: Table with name (.+?) does not exist", text)
    if missing:
        near = difflib.get_close_matches(missing[1], TABLES, n=3, cutoff=0.5)
        fix = f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else f"one of: {', '.join(TABLES)}"
        return UsageError(f"there is no table `{missing[1]}`", fix)
    if isinstance(error, duckdb.PermissionException):
        return UsageError("only the workspace's tables can be read: " + text.partition("\n")[0], "name a table instead")
    if isinstance(error, duckdb.OutOfMemoryException):
        return WorkspaceError("the answer does not fit into memory", "ask for fewer columns, or add `limit 1000`")
    if isinstance(error, duckdb.IOException) or ("No such file" in text):
        return WorkspaceError(f"a table was replaced while it was read: {text}", "run the command again")
    return UsageError(text, "`curate sql 'describe images'` shows a table's columns")


# Printing


def plain(value: Any) -> Any:
    r"""A cell as JSON can hold it: bytes in hexadecimal, times in ISO 8601, not-a-number as null.

    >>> plain(b"\x00\xff"), plain(float("nan")), plain([1, None])
    ('00ff', None, [1, None])
    """
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return next((form(value) for kinds, form in _FORMS if isinstance(value, kinds)), value)


_FORMS: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((bytes, bytearray, memoryview), lambda value: bytes(value).hex()),
    ((float,), lambda value: value if math.isfinite(value) else None),
    ((decimal.Decimal,), lambda value: int(value) if value == value.to_integral_value() else float(value)),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    ((dt.timedelta, uuid.UUID), str),
)
"""How a kind of value that JSON does not know, or not all of, is written."""


def text(columns: list[str], rows: list[tuple[Any, ...]]) -> str:
    """A table for a terminal: numbers to the right, long cells cut, nothing that could move the cursor.

    >>> print(text(["reason", "n"], [("blur", 12), (None, 3)]))
    reason   n
    ------  --
    blur    12
             3
    """
    cells = [[_cell(value) for value in row] for row in rows]
    heads = [_cut(name) for name in columns]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    right = [all(_number(row[at]) for row in rows) and bool(rows) for at in range(len(columns))]
    lines = [heads, ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def _number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value):,} bytes>"
    if isinstance(value, float):
        return f"{value:.6g}"
    return _cut(str(value))


def _cut(value: str) -> str:
    line = printable(value.replace("\n", "\\n"))
    return line if len(line) <= _WIDEST else line[: _WIDEST - 1] + "…"


def write_csv(file: IO[str], columns: list[str], rows: Iterator[tuple[Any, ...]]) -> int:
    """Writes rows as CSV with a line of names; returns their number. A missing value is an empty cell."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - it is the count of all rows afterwards
        writer.writerow([plain(value) for value in row])
    return count
