"""The command `annotate`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `annotate --help` loads no heavy library.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workspace.console import (
    DEFAULT_WORKSPACE,
    JsonOption,
    Settings,
    WorkspaceOption,
    application,
    note,
    printable,
    run,
    show,
    with_settings,
)

if TYPE_CHECKING:
    from workspace.store import Workspace

app = application("Blind, multi-rater expert labelling in Label Studio, and what the experts agree on.")

server_app = application("The workspace's own Label Studio: on this machine alone, by invitation only, telling nobody.")
app.add_typer(server_app, name="server")

raters_app = application("Raters under pseudonymous ids; one file that no export carries says who they are.")
app.add_typer(raters_app, name="raters")

AllowHttpOption = Annotated[
    bool, typer.Option("--allow-http", help="Let the token go to another machine in clear text, without TLS.")
]

FacesOption = Annotated[
    Path | None, typer.Option(help="Faces named in this file: one face_id a line, or CSV with a column face_id.")
]
GoldOption = Annotated[
    Path | None,
    typer.Option(help="CSV with face_id and label: known labels [default: the agreed ones of the table labels]."),
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
    from annotate.raters import states, strangers
    from annotate.studio import connect

    opened = _open(workspace)
    with connect(opened, allow_http=allow_http) as studio:
        found, unknown = states(opened, studio), strangers(opened, studio)
    show(
        "\n".join(f"{name}  {state}" for name, state in found.items()) or "no raters",
        {"raters": found, "strangers": unknown},
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


@app.command("push")
@with_settings("push")
def push_command(  # noqa: PLR0913 - one for each option
    *,
    split: Annotated[str, typer.Option(help="Faces of this split only.")] = "",
    sql: Annotated[str, typer.Option(help="Faces that this SELECT gives, in its column face_id.")] = "",
    faces: FacesOption = None,
    below: Annotated[int, typer.Option(help="Faces that fewer raters than this have labelled.", min=0)] = 0,
    gold: GoldOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is new, present and changed, and stop.")] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="Make projects anew, with all their tasks, that are gone from the server.")
    ] = False,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    allow_http: AllowHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Give raters faces to label.

    Each face goes to several raters, each of whom has a project, an order and opaque names of their own. Faces of
    known label and repeats are hidden among them. Twice is once: what the server has already is left alone.

    Example: annotate push --split test --raters-per-face 3 --gold gold.csv --dry-run
    """
    from annotate.push import Asked, push, text
    from annotate.select import Wanted
    from annotate.studio import connect

    opened = _open(workspace)
    asked = Asked(Wanted(split, sql, faces, below), gold, dry_run=dry_run, renew=renew)
    with connect(opened, allow_http=allow_http) as studio:
        result = push(opened, studio, asked, settings("push", opened))
    show(text(result), result.as_dict(), as_json=json)


@app.command("audit-blind")
def audit_blind_command(
    *, workspace: WorkspaceOption = DEFAULT_WORKSPACE, allow_http: AllowHttpOption = False, json: JsonOption = False
) -> None:
    """Look for what could tell raters a label.

    Reads what the server has of each project (names, pages, task data, predictions, drafts, answers of others, picture
    folders) and the picture files. Exit status 1 if anything tells of a label, a source, a split, a rater or a model.

    Example: annotate audit-blind --json
    """
    from annotate.audit import audit_blind, text
    from annotate.studio import connect

    opened = _open(workspace)
    with connect(opened, allow_http=allow_http) as studio:
        result = audit_blind(opened, studio)
    show(text(result), dataclasses.asdict(result), as_json=json)
    if result.findings:
        raise typer.Exit(1)


@app.command("withdraw")
def withdraw_command(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say how many tasks there are, and stop.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    allow_http: AllowHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Delete from the server the tasks of faces that `curate forget` took out.

    In the workspace's own projects every task goes, with its answers, that the table `tasks` does not know: those of
    forgotten faces, and any that somebody made there by hand. Pull first.

    Example: annotate withdraw --dry-run
    """
    from annotate.studio import connect
    from annotate.withdraw import text, withdraw

    opened = _open(workspace)
    with connect(opened, allow_http=allow_http) as studio:
        result = withdraw(opened, studio, dry_run=dry_run)
    show(text(result), {**dataclasses.asdict(result), "tasks": result.tasks}, as_json=json)


@app.command("status")
def status_command(
    *,
    faces: Annotated[bool, typer.Option("--faces", help="List the faces that lack answers.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Show how far each rater and each face is, the pace, and the time left.

    As of the last `annotate pull`; the server is not asked.

    Example: annotate status
    """
    from annotate.status import status, text

    result = status(_open(workspace))
    show(text(result, faces=faces), result, as_json=json)


@app.command("agreement")
@with_settings("agreement")
def agreement_command(
    *,
    page: Annotated[
        Path | None, typer.Option(help="Where the page goes.  [default: agreement.html in the workspace]")
    ] = None,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Say how far the raters agree, where they split, and how each of them does.

    Prints the figures and writes them as one page that opens offline. Nobody passes or fails: chance and published
    levels stand beside the figures.

    Example: annotate agreement --page ./agreement.html
    """
    from annotate.agreement.page import write_page
    from annotate.agreement.step import agreement
    from annotate.agreement.text import text

    opened = _open(workspace)
    result = agreement(opened, settings("agreement", opened))
    path = page or opened.path / "agreement.html"
    write_page(path, opened.path.name, result)
    show(printable(text(result)), {**result, "page": str(path)}, as_json=json)
    note(f"wrote {path}")


@app.command("consensus")
@with_settings("consensus")
def consensus_command(
    *,
    votes: Annotated[Path | None, typer.Option(help="Write the votes as a CSV file with FER+'s columns too.")] = None,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Make one label of the answers to each face, with its votes and how sure it is.

    Fills the table `labels`. Ties and doubtful faces get no label; `annotate adjudicate` lists them. Adjudicators'
    answers win.

    Example: annotate consensus --consensus-method dawid-skene --votes ./votes.csv
    """
    from annotate.consensus.step import consensus
    from annotate.consensus.text import text
    from annotate.consensus.votes import write_votes

    opened = _open(workspace)
    result = consensus(opened, settings("consensus", opened))
    if votes:
        note(f"wrote the votes of {write_votes(opened, votes):,} faces to {votes}")
    show(printable(text(result)), result, as_json=json)


@app.command("adjudicate")
@with_settings("push")
def adjudicate_command(  # noqa: PLR0913 - one for each option
    *,
    rater: Annotated[
        list[str] | None, typer.Option(help="Senior rater who decides; repeatable for a panel. None: only list them.")
    ] = None,
    queue: Annotated[
        Path | None, typer.Option(help="Where the list goes.  [default: adjudicate.csv in the workspace]")
    ] = None,
    show_votes: Annotated[
        bool, typer.Option("--show-votes/--hide-votes", help="Put the raters' votes beside each face in the list.")
    ] = False,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    allow_http: AllowHttpOption = False,
    json: JsonOption = False,
) -> None:
    """List the faces that the raters left open, and give them to a senior rater or a panel.

    Ties and doubtful faces, as the last `annotate consensus` found them, the least sure first. With --rater they are
    pushed to that rater's project, and nothing else is; on the labelling page no votes are shown. After `annotate
    pull` and `annotate consensus` the answers win and are marked.

    Example: annotate adjudicate --rater R09
    """
    from annotate.adjudicate import adjudicate, text

    opened = _open(workspace)
    path = queue or opened.path / "adjudicate.csv"
    result = adjudicate(opened, path, show_votes=show_votes)
    if rater and result["faces"]:
        from annotate.push import Asked, push
        from annotate.queue import plan_queue
        from annotate.select import Wanted
        from annotate.studio import connect

        result["planned"] = plan_queue(opened, result["queue"], rater)
        alone = dataclasses.replace(settings("push", opened), raters_per_face=1, gold_share=0.0, repeat_share=0.0)
        with connect(opened, allow_http=allow_http) as studio:
            result["pushed"] = push(opened, studio, Asked(Wanted(file=path)), alone).as_dict()
    show(printable(text(result)), result, as_json=json)


@app.command("suggest-next")
@with_settings("suggest")
def suggest_next_command(
    *,
    out: Annotated[
        Path | None, typer.Option(help="Where the list goes.  [default: suggest-next.csv in the workspace]")
    ] = None,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """List the faces to label next, the most useful first.

    By the model's doubt, the raters' disagreement so far, and the classes that lack labels.

    Example: annotate suggest-next --suggest-faces 200 --deficit-weight 2
    """
    from annotate.suggest.step import suggest, text

    opened = _open(workspace)
    result = suggest(opened, out or opened.path / "suggest-next.csv", settings("suggest", opened))
    show(printable(text(result)), result, as_json=json)


@app.command("watch")
@with_settings("watch", "pull")
def watch_command(
    *,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    allow_http: AllowHttpOption = False,
    json: JsonOption = False,
) -> None:
    """Pull again and again, whenever raters have answered, until Ctrl-C.

    Asks the server every few seconds whether anything changed. Waits for a server that is down.

    Example: annotate watch --watch-seconds 5
    """
    import signal
    import threading

    from annotate.pull import text
    from annotate.studio import connect
    from annotate.watch import watch

    ended = threading.Event()

    def end(number: int, _: object) -> None:
        ended.set()
        signal.signal(number, signal.SIG_DFL)  # a second Ctrl-C does not wait for the pull under way

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    opened = _open(workspace)
    with connect(opened, allow_http=allow_http) as studio:
        for result in watch(opened, studio, (settings("pull", opened), settings("watch", opened)), ended.wait):
            show(text(result), result, as_json=json)


@app.command("import")
@with_settings("import")
def import_command(
    *,
    path: Annotated[Path, typer.Argument(help="CSV table, fer2013new.csv, JSON export, or folders by class.")],
    rater: Annotated[
        str | None, typer.Option(help="Whose labels they are; of a JSON export the beginning of the raters' ids.")
    ] = None,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Take labels that were made elsewhere, as raters of their own.

    Wrong rows are named with their lines, and then nothing is taken. Imported again, nothing is added.

    Example: annotate import crowd.csv --rater crowd
    """
    from annotate.imports.step import import_labels, text

    opened = _open(workspace)
    result = import_labels(opened, path, rater, settings("import", opened))
    show(text(result), result, as_json=json)


def _open(path: Path) -> Workspace:
    from workspace.store import Workspace

    return Workspace.open(path)
