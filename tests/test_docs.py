"""The docs name every command, show an example of each, and every command line they show can be parsed."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
TOOLS = ("curate", "annotate", "augment", "train", "evaluate")
APPS = {tool: typer.main.get_command(importlib.import_module(f"{tool}.cli").app) for tool in TOOLS}


def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Every command below a group, by the words that call it."""
    if not hasattr(command, "commands"):
        yield " ".join(words), command
        return
    for name, inner in command.commands.items():
        yield from walk(inner, (*words, name))


COMMANDS = {words: command for tool in TOOLS for words, command in walk(APPS[tool], (tool,))}


def parse(line: str) -> str:
    """Parses a command line as its tool would, without running it; the words of the command it calls."""
    tool, *arguments = shlex.split(line)
    words, command = (tool,), APPS[tool]
    while hasattr(command, "commands"):
        context = command.make_context(words[-1], list(arguments), resilient_parsing=False)
        name, command, arguments = command.resolve_command(context, [*context._protected_args, *context.args])  # noqa: SLF001
        words = (*words, name)
    command.make_context(words[-1], arguments, resilient_parsing=False)
    return " ".join(words)


def command_lines() -> list[str]:
    """Every line of a code block in the Markdown files that calls one of the tools."""
    lines = []
    call = re.compile(rf"\$? ?(?:pip install uv && )?(?:uv run )?((?:{'|'.join(TOOLS)}) .*?)(?:\s+#.*)?$")
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").glob("*.md")):
        for block in re.findall(r"```(?:bash|console|sh)\n(.*?)```", path.read_text(), re.DOTALL):
            lines += [found[1] for line in block.splitlines() if (found := call.match(line))]
    return lines


def test_there_are_command_lines() -> None:
    """The test below would pass on an empty list."""
    lines = command_lines()
    assert len(lines) >= 10
    assert {line.split()[0] for line in lines} == set(TOOLS)


@pytest.mark.parametrize("line", command_lines())
def test_every_command_line_parses(line: str) -> None:
    """No flag and no command in the docs is out of date."""
    assert parse(line) in COMMANDS


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_in_readme_and_reference(words: str) -> None:
    """A command that nobody told of does not exist for a user."""
    assert f"### `{words}`" in (ROOT / "docs/reference.md").read_text()
    assert words in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_an_example_that_parses(words: str) -> None:
    """The help ends with an example, and the example works."""
    found = re.search(r"^\s*Example: (.+)$", COMMANDS[words].help or "", re.MULTILINE)
    assert found is not None
    assert parse(found[1]) == words


@pytest.mark.parametrize("words", [words for words in COMMANDS if words != "curate demo"])
def test_every_command_prints_json(words: str) -> None:
    """Scripts can rely on it."""
    assert "--json" in {flag for parameter in COMMANDS[words].params for flag in parameter.opts}


@pytest.mark.parametrize(
    "words",
    [words for words in COMMANDS if words.startswith(("curate", "annotate", "augment")) and words != "curate demo"],
)
def test_every_command_on_a_data_set_takes_a_workspace(words: str) -> None:
    """Under the same flag everywhere."""
    assert "--workspace" in {flag for parameter in COMMANDS[words].params for flag in parameter.opts}


def test_links_lead_somewhere() -> None:
    """No relative link in the docs is broken."""
    broken = [
        f"{path.name}: {target}"
        for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text())
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert broken == []
