"""Questions in SQL: answered from the tables, and from nothing else."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

from curate.cli import app
from schemas.errors import MienError, UsageError
from workspace.sql import sql, text, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Three decisions and a rejected file with a name that would move a terminal's cursor."""
    rows = [("a", True, ""), ("b", False, "blur"), ("c", False, "blur")]
    frame = pd.DataFrame(rows, columns=["image_id", "kept", "reason"])
    workspace.replace("decisions", frame.assign(step="filter", value=0.5, threshold=float("nan"), also=""))
    rejected = pd.DataFrame({"source": ["raw/\x1b[2J.png"], "reason": ["damaged"], "detail": ["x"], "bytes": [2**40]})
    workspace.replace("rejected", rejected)
    return workspace


def state(folder: Path) -> dict[str, str]:
    """Digest of every file."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_groups_and_counts(filled: Workspace) -> None:
    """The example of the help gives one row a reason."""
    answer = sql(filled, "select reason, count(*) from decisions group by 1 order by 1")
    assert list(answer.rows) == [("", 1), ("blur", 2)]


def test_table_not_written_is_empty(filled: Workspace) -> None:
    """A table that no step has written yet has its columns and no rows."""
    answer = sql(filled, "select face_id from faces")
    assert (answer.columns, list(answer.rows)) == (["face_id"], [])


def test_show_tables_names_all(filled: Workspace) -> None:
    """What there is to ask can be asked."""
    assert ("decisions",) in list(sql(filled, "show tables").rows)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_text('/etc/passwd')",
        "select * from read_blob('/etc/*')",
        "select * from '{inside}'",
        "select * from read_parquet('{inside}')",
        "select * from parquet_metadata('{inside}')",
        "select * from glob('/etc/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from read_csv('http://127.0.0.1:9/x.csv')",
        "copy decisions to '{outside}'",
        "copy decisions to '{inside}'",
        "copy (select 1) to '{outside}'",
        "export database '{outside}'",
        "import database '{outside}'",
        "attach '{outside}'",
        "attach ':memory:' as x",
        "install httpfs",
        "load httpfs",
        "create table t as select 1",
        "create or replace temp view decisions as select 1",
        "create macro m() as 1",
        "create secret s (type s3)",
        "drop view decisions",
        "insert into decisions select * from decisions",
        "update decisions set reason = ''",
        "delete from decisions",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "reset enable_external_access",
        "pragma enable_profiling",
        "call enable_logging()",
        "checkpoint",
        "vacuum",
        "select 1; drop view decisions",
        "begin; select 1",
        "prepare q as select 1",
        "explain analyze copy decisions to '{outside}'",
        "select * from arrow_scan(1, 2, 3)",
        'select * from "arrow_scan" (1, 2, 3)',
        "select * from query('select * from arrow_' || 'scan(1, 2, 3)')",
        "select * from answer",
        "selec 1",
        "",
        "-- nothing",
    ],
)
def test_attacks_are_errors_and_change_nothing(filled: Workspace, tmp_path: Path, statement: str) -> None:
    """No file, network, extension, other database, setting or Python variable; nothing is written."""
    answer = pd.DataFrame({"secret": [1]})
    inside = filled.parts("decisions")[0]
    before = state(tmp_path)
    with pytest.raises(MienError) as caught:
        list(sql(filled, statement.format(inside=inside, outside=tmp_path / "out")).rows)
    assert caught.value.fix
    assert state(tmp_path) == before
    assert len(answer) == 1


def test_unknown_table_names_the_nearest(filled: Workspace) -> None:
    """A slip of the finger is answered with the right name."""
    with pytest.raises(UsageError, match="no table `decision`") as caught:
        sql(filled, "select * from decision")
    assert "`decisions`" in caught.value.fix


def test_syntax_error_is_duckdbs_own(filled: Workspace) -> None:
    """DuckDB says where it stopped reading."""
    with pytest.raises(UsageError, match="LINE 1"):
        sql(filled, "select reason form decisions group by")


def test_text_hides_escapes_and_bytes(filled: Workspace) -> None:
    """A stranger's file name is spelt out, bytes are counted."""
    answer = sql(filled, "select source, 'abc'::blob as data from rejected")
    shown = text(answer.columns, list(answer.rows))
    assert "\x1b" not in shown
    assert "raw/\\x1b[2J.png" in shown
    assert "<3 bytes>" in shown


def test_csv(filled: Workspace) -> None:
    """CSV as pandas reads it: names, rows, and nothing where a value is missing."""
    answer = sql(filled, "select image_id, threshold, value from decisions")
    file = io.StringIO()
    assert write_csv(file, answer.columns, answer.rows) == 3
    assert file.getvalue() == "image_id,threshold,value\na,,0.5\nb,,0.5\nc,,0.5\n"


def test_json_and_limit(filled: Workspace) -> None:
    """`--json` is one object with columns and rows; a limit is told on stderr."""
    arguments = ["sql", "select image_id, kept from decisions", "-w", str(filled.path), "--limit", "2", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert json.loads(done.stdout) == {"columns": ["image_id", "kept"], "rows": [["a", True], ["b", False]]}
    assert done.stderr == "the first 2 rows; --limit 0 prints all\n"
