"""The command `annotate`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `annotate --help` loads no heavy library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workspace.console import (
    DEFAULT_WORKSPACE,
    JsonOption,
    Settings,
    WorkspaceOption,
    application,
    note,
    run,
    show,
    with_settings,
)

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

app = application("Blind, multi-rater expert labelling in Label Studio, and what the experts agree on.")

server_app = application("The workspace's own Label Studio: on this machine alone, by invitation only, telling nobody.")
app.add_typer(server_app, name="server")

raters_app = application("Raters under pseudonymous ids; one file that no export carries says who they are.")
app.add_typer(raters_app, name="raters")

AllowHttpOption = Annotated[
    bool, typer.Option("--allow-http", help="Let the token go to another machine in clear text, without TLS.")
]


def main() -> None:
    """Entry point of the console command `annotate`."""
    run(app, "annotate")


@server_app.command("start")
@with_settings("server")
def server_start_command(
    *, settings: Settings, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False
) -> None:
    """Start the workspace's own Label Studio and wait until it answers.

    The first start installs it, in an environment of its own.

    Example: annotate server start --studio-port 8085
    """
    from annotate.server import start

    opened = _open(workspace)
    state, new = start(opened, settings("server", opened))
    text = f"Label Studio {state.version} {'runs' if new else 'was running already'}: {state.url}"
    text += f"\nsign in with the account in {state.account}"
    show(text, {**state.as_dict(), "started": new}, as_json=json)


@server_app.command("stop")
def server_stop_command(*, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """Stop it, with all its processes; its data stays.

    Example: annotate server stop
    """
    from annotate.server import stop

    ran = stop(_open(workspace))
    show("stopped" if ran else "it was not running", {"stopped": ran}, as_json=json)


@server_app.command("status")
def server_status_command(*, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """Say whether it runs, where, and what its log ends with if it crashed.

    Example: annotate server status --json
    """
    from annotate.server import status

    state = status(_open(workspace))
    where = f": {state.url} (process {state.pid}, Label Studio {state.version})" if state.url else ""
    text = f"{state.state}{where}\nlog: {state.log}"
    show(f"{text}\n{state.log_end}".rstrip(), state.as_dict(), as_json=json)


@raters_app.command("add")
def raters_add_command(
    *,
    rater: Annotated[str, typer.Argument(help="Pseudonymous id, for example R01.")],
    email: Annotated[str, typer.Option(help="Address the person will sign up with.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    allow_http: AllowHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Record a rater and print the link to send.

    Nothing is sent by mien. The address is kept in one file that only you can read.

    Example: annotate raters add R01 --email ada@example.org
    """
    from annotate.raters import add
    from annotate.studio import connect

    opened = _open(workspace)
    with connect(opened, allow_http=allow_http) as studio:
        invitation = add(opened, studio, rater, email)
    text = (
        f"{rater} is invited. Send the person this link; they sign up with {invitation.rater.email}:\n{invitation.link}"
    )
    show(text, {"rater": rater, "link": invitation.link}, as_json=json)


@raters_app.command("list")
def raters_list_command(
    *, workspace: WorkspaceOption = DEFAULT_WORKSPACE, allow_http: AllowHttpOption = False, json: JsonOption = False
) -> None:
    """Show ids and who has signed up; no addresses.

    Example: annotate raters list
    """
    from annotate.raters import raters, strangers, user_ids
    from annotate.studio import connect

    opened = _open(workspace)
    with connect(opened, allow_http=allow_http) as studio:
        joined, unknown = user_ids(opened, studio), strangers(opened, studio)
    known = raters(opened).values()
    states = {item.id: "removed" if item.removed else "joined" if item.id in joined else "invited" for item in known}
    show(
        "\n".join(f"{name}  {state}" for name, state in states.items()) or "no raters",
        {"raters": states, "strangers": unknown},
        as_json=json,
    )
    if unknown:
        note(f"{unknown} people of the server's organisation are no raters; its page Organization names them")


@raters_app.command("remove")
def raters_remove_command(
    *,
    rater: Annotated[str, typer.Argument(help="Pseudonymous id.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    allow_http: AllowHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Take a rater's access away for good and forget the address; the answers stay.

    The link of the invitation changes: raters who have not signed up yet need the new one (`annotate raters add`
    with the same id and address prints it).

    Example: annotate raters remove R01
    """
    from annotate.raters import remove
    from annotate.studio import connect

    opened = _open(workspace)
    with connect(opened, allow_http=allow_http) as studio:
        joined = remove(opened, studio, rater)
    text = f"{rater} has no access any more" if joined else f"{rater} is not invited any more"
    show(text, {"rater": rater, "joined": joined}, as_json=json)


@app.command("pull")
@with_settings("pull")
def pull_command(
    *,
    project: Annotated[
        list[int] | None, typer.Option(help="Only this project, by its number; repeatable.  [default: all]")
    ] = None,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    allow_http: AllowHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Take the raters' answers into the table `annotations`.

    One row for each face, rater, showing and revision. Nothing that was taken is lost: a changed answer becomes a
    further revision, a deleted one is marked. What cannot be taken is kept in `rejected_annotations` with its reason.
    Pulled again, nothing is added.

    Example: annotate pull
    """
    from annotate.pull import pull, text
    from annotate.studio import connect

    opened = _open(workspace)
    with connect(opened, allow_http=allow_http) as studio:
        result = pull(opened, studio, settings("pull", opened), project or ())
    show(text(result), result, as_json=json)


def _open(path: Path) -> Workspace:
    from workspace.store import Workspace

    return Workspace.open(path)
