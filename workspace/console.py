"""What every command shares: flags made from settings, progress, errors, exit status, `--json`."""

from __future__ import annotations

import dataclasses
import inspect
import json
import os
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer._click import exceptions as parsing  # the base of its parse errors has no public name; typer is pinned

from schemas.errors import MienError, UsageError
from schemas.settings import STEPS, make

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from workspace.store import Workspace

WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", envvar="MIEN_WORKSPACE", help="Folder of the data set.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object, for scripts.")]

Settings = Callable[..., Any]
"""What a command with settings is given: a step's name and an open workspace (or None) -> the step's dataclass."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it: 128 and the signal's number. Typer returns it."""

DEFAULT_WORKSPACE = Path("mien-workspace")


def application(text: str, *, default: str = "") -> typer.Typer:
    """A Typer application whose help starts in a tenth of a second (plain text, no Rich).

    Args:
        text: What it is for.
        default: The command that is meant where the call begins with a flag: `train --data x` is `train fit --data x`.
    """

    class Group(typer.core.TyperGroup):
        """Puts the default command first (a callback with `invoke_without_command` would drop its options)."""

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            if default and args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
                args = [default, *args]
            return super().parse_args(ctx, args)

    return typer.Typer(
        cls=Group,
        help=text,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )


def with_settings(*steps: str, **some: tuple[str, ...]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command one flag per setting of the named steps, and `--settings FILE`.

    `some` names single settings of further steps, those that the command heeds: `faces=("detector",)`.

    The command receives `settings`, a function that takes a step's name, an open workspace (or None) and further
    defaults (or None), and gives that step's dataclass: defaults, then the further ones, then `workspace.toml`, then
    `--settings`, then flags.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        chosen = [(step, None) for step in steps] + list(some.items())
        flags = {
            item.name: _flag(item)
            for step, names in chosen
            for item in dataclasses.fields(STEPS[step])
            if names is None or item.name in names
        }
        file = inspect.Parameter(
            "settings_file",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                Path | None, typer.Option("--settings", help="TOML file of settings, a section a step.")
            ],
        )

        def wrapped(**given: Any) -> None:
            flagged = {name: given.pop(name) for name in flags}
            path: Path | None = given.pop("settings_file")
            from_file = _settings_file(path) if path else {}

            def settings(
                step: str, workspace: Workspace | None = None, defaults: Mapping[str, Any] | None = None
            ) -> Any:
                own_names = {item.name for item in dataclasses.fields(STEPS[step])}
                layers = (
                    defaults or {},
                    workspace.settings.get(step, {}) if workspace else {},
                    from_file.get(step, {}),
                    {name: value for name, value in flagged.items() if value is not None and name in own_names},
                )
                return make(STEPS[step], {name: value for layer in layers for name, value in layer.items()})

            command(**given, settings=settings)

        parameters = [parameter for parameter in own.parameters.values() if parameter.name != "settings"]
        wrapped.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
            + [file, *flags.values()]
        )
        wrapped.__name__ = command.__name__
        wrapped.__doc__ = command.__doc__
        return wrapped

    return decorate


def _flag(item: dataclasses.Field[Any]) -> inspect.Parameter:
    kind = type(item.default)
    name = "--" + item.name.replace("_", "-")
    text = item.metadata["help"]
    default = str(item.default) or "empty"
    if kind is bool:
        default = "on" if item.default else "off"
    choices = item.metadata["choices"]
    option = typer.Option(
        f"{name}/--no-{name[2:]}" if kind is bool else name,
        help=f"{text[:1].upper()}{text[1:]}.  [default: {default}]",
        show_default=False,
    )
    annotation: Any = Literal[choices] if choices else kind
    return inspect.Parameter(
        item.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[annotation | None, option]
    )


def _settings_file(path: Path) -> dict[str, Any]:
    from workspace.store import check_sections

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"cannot read the settings file {path}: {error}", "give a TOML file; see `docs/reference.md`"
        ) from error
    content.pop("format", None)
    check_sections(content)
    return content


def run(app: typer.Typer, name: str) -> None:
    """Runs a console command and ends the process with its exit status.

    0 when all went well, 1 for what went wrong, 2 for a wrong call, 130 after Ctrl-C. Results go to stdout,
    everything else to stderr. Any exception but these is a bug and keeps its traceback.
    """
    try:
        status = typer.main.get_command(app)(prog_name=name, standalone_mode=False)
    except MienError as error:
        complain(error.what, error.fix)
        status = error.exit_status
    except parsing.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        status = error.exit_code
    except parsing.ClickException as error:
        context = getattr(error, "ctx", None)
        complain(error.format_message(), f"see `{context.command_path if context else name} --help`")
        status = error.exit_code
    except BrokenPipeError:
        # Whoever read our output (`| head`) has gone; Python must not try to flush to them again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    if status == INTERRUPTED:
        complain("stopped", "run the command again; it goes on where it stopped")
    sys.exit(status if isinstance(status, int) else 0)


def complain(what: str, fix: str) -> None:
    """Prints an error and what to do about it, on stderr."""
    print(f"error: {printable(what)}\nfix: {printable(fix)}", file=sys.stderr)


def note(text: str) -> None:
    """Prints a remark on stderr."""
    print(printable(text), file=sys.stderr)


def show(text: str, result: dict[str, Any], *, as_json: bool) -> None:
    """Prints a result on stdout: for people, or as one JSON object."""
    print(json.dumps(result, ensure_ascii=False, indent=2, allow_nan=False) if as_json else text)


def printable(text: str) -> str:
    """Text that cannot move a terminal's cursor or change its colours: a stranger's file name may try."""
    return "".join(letter if letter.isprintable() or letter == "\n" else repr(letter)[1:-1] for letter in text)


def progress(items: Iterable[Any], *, text: str, total: int | None = None, unit: str = "pictures") -> Iterator[Any]:
    """Passes items on and draws a bar with rate and time left on stderr, if that is a terminal.

    Args:
        items: What is done; an int among them stands for that many units, anything else for one.
        text: What is being done, one word.
        total: How many units there will be.
        unit: What a unit is called.
    """
    from tqdm import tqdm

    with tqdm(total=total, desc=text, unit=f" {unit}", disable=None, dynamic_ncols=True, smoothing=0.1) as bar:
        for item in items:
            yield item
            bar.update(item if isinstance(item, int) else 1)
