"""The docs name every command, show an example of each, and every command line they show can be parsed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from curate.cli import app

ROOT = Path(__file__).parent.parent
GROUP = typer.main.get_command(app)
COMMANDS: dict[str, typer.core.TyperCommand] = GROUP.commands  # type: ignore[attr-defined]


def command_lines() -> list[str]:
    """Every line of a code block in the Markdown files that begins with `curate` or `uv run curate`."""
    lines = []
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").glob("*.md")):
        for block in re.findall(r"```(?:bash|console|sh)\n(.*?)```", path.read_text(), re.DOTALL):
            for line in block.splitlines():
                found = re.match(r"\$? ?(?:pip install uv && )?(?:uv run )?(curate .*?)(?:\s+#.*)?$", line)
                if found:
                    lines.append(found[1])
    return lines


def test_there_are_command_lines() -> None:
    """The test below would pass on an empty list."""
    assert len(command_lines()) >= 10


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_parses(line: str) -> None:
    """No flag and no command in the docs is out of date."""
    name, *arguments = shlex.split(line)[1:]
    COMMANDS[name].make_context(name, arguments, resilient_parsing=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_readme_and_reference(name: str) -> None:
    """A command that nobody told of does not exist for a user."""
    assert f"### `curate {name}`" in (ROOT / "docs/reference.md").read_text()
    assert f"curate {name}" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_parses(name: str) -> None:
    """The help ends with an example, and the example works."""
    text = COMMANDS[name].help or ""
    found = re.search(r"^\s*Example: (curate .+)$", text, re.MULTILINE)
    assert found is not None
    called, *arguments = shlex.split(found[1])[1:]
    assert called == name
    COMMANDS[name].make_context(name, arguments, resilient_parsing=False)


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "demo"])
def test_every_command_takes_a_workspace_and_json(name: str) -> None:
    """Scripts can rely on both."""
    flags = {flag for parameter in COMMANDS[name].params for flag in parameter.opts}
    assert {"--workspace", "--json"} <= flags


def test_links_lead_somewhere() -> None:
    """No relative link in the docs is broken."""
    broken = [
        f"{path.name}: {target}"
        for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text())
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []
