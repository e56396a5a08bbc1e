"""Writes what `docs/reference.md` says of commands, tables and reasons, from the code itself.

`cog -r docs/reference.md` runs it; `cog --check` fails where the page is not what it would write.
"""

from __future__ import annotations

import typer
from typer.testing import CliRunner

from schemas.errors import IMAGE_FIXES
from schemas.tables import TABLES


def commands(app: typer.Typer, name: str) -> str:
    """The help of a tool and of each of its commands, as Markdown."""
    group = typer.main.get_command(app)
    parts = [_help(app, name, [])]
    parts += [_help(app, name, [command]) for command in group.commands]  # type: ignore[attr-defined]
    return "\n".join(parts)


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
