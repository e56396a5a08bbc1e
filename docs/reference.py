"""Writes what `docs/reference.md` says of commands, tables and reasons, from the code itself.

`cog -r docs/reference.md` runs it; `cog --check` fails where the page is not what it would write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.testing import CliRunner

from schemas.errors import IMAGE_FIXES
from schemas.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(app: typer.Typer, name: str) -> str:
    """The help of a tool and of each of its commands, those of its groups too, as Markdown."""
    return "\n".join(_help(app, name, words) for words in _words(typer.main.get_command(app), []))


def _words(command: Any, before: list[str]) -> Iterator[list[str]]:
    yield before
    for name, inner in getattr(command, "commands", {}).items():
        yield from _words(inner, [*before, name])


def _help(app: typer.Typer, name: str, arguments: list[str]) -> str:
    runner = CliRunner(env={"COLUMNS": "110", "TERMINAL_WIDTH": "110"})
    output = runner.invoke(app, [*arguments, "--help"], prog_name=name).output
    text = "\n".join(line.rstrip() for line in output.strip().splitlines())
    return f"### `{' '.join([name, *arguments])}`\n\n```text\n{text}\n```\n"


def tables() -> str:
    """Every table with its columns, as Markdown."""
    parts = []
    for table in TABLES.values():
        rows = "\n".join(
            f"| `{column.name}` | {column.type}{', may be missing' if column.nullable else ''} | {column.meaning} |"
            for column in table.columns
        )
        key = ", ".join(f"`{name}`" for name in table.key)
        title = f"### `{table.folder}/{table.name}`\n\nA row: {table.meaning}. Key: {key}."
        parts.append(f"{title}\n\n| column | type | meaning |\n|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def rejections() -> str:
    """Every reason a file may be rejected for, as Markdown."""
    rows = "\n".join(f"| `{reason}` | {fix} |" for reason, fix in IMAGE_FIXES.items())
    return f"| reason | what to do |\n|---|---|\n{rows}\n"
