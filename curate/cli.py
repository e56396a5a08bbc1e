"""The command `curate`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `curate --help` loads neither numpy nor pandas.
"""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.errors import UsageError
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

app = application("From a folder of scraped photographs to clean, deduplicated, normalised faces.")

Roots = Annotated[
    list[Path],
    typer.Argument(
        help="Folders, videos, zip or tar archives, or CSV/JSONL/Parquet lists with a column `path` or `url`."
    ),
]


def main() -> None:
    """Entry point of the console command `curate`."""
    run(app, "curate")


@app.command("ingest")
@with_settings("ingest", "fetch", "video", "engine")
def ingest_command(
    *, roots: Roots, settings: Settings, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False
) -> None:
    """Take pictures in, each opened once and measured.

    Files that hold no usable picture become rows of the table `rejected`, with the reason. Nothing is
    deleted. Run again, it opens only what is new or has changed.

    Example: curate ingest ./raw more.zip list.csv --workspace ./faces
    """
    counts = _ingest(roots, settings, workspace)
    show(_counts_text("ingest", counts), counts, as_json=json)


@app.command("dedupe")
@with_settings("dedupe", "engine")
def dedupe_command(
    *, settings: Settings, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False
) -> None:
    """Find copies of one picture.

    Pictures with near perceptual hashes are compared pixel by pixel. Reads the tables alone; opens no
    photograph. Pairs whose declared labels or identities differ are kept
    in the table `conflicts`.

    Example: curate dedupe --keeper sharpest
    """
    counts = _perform("dedupe", _open(workspace), settings)
    show(_counts_text("dedupe", counts), counts, as_json=json)


@app.command("filter")
@with_settings("filter", "engine")
def filter_command(
    *,
    settings: Settings,
    preview: Annotated[
        str | None, typer.Option(help="Write a contact sheet around this reason's threshold, decide nothing.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the contact sheet goes [default: REASON.png].")] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Decide which pictures are out, and why.

    Copies, blur, darkness, drawings and the rest, each with its figure and its own switch. Reads the tables
    alone. A picture that is out keeps its row, with the reason, the figure and the
    threshold, and is back as soon as a setting lets it in.

    Example: curate filter --preview blur --out blur.png
    """
    opened = _open(workspace)
    if preview is not None:
        from curate.preview import preview as draw

        path = draw(opened, settings("filter", opened), preview, out or Path(f"{preview}.png"))
        show(f"wrote {path}", {"preview": str(path)}, as_json=json)
        return
    counts = _perform("filter", opened, settings)
    show(_counts_text("filter", counts), counts, as_json=json)


@app.command("faces")
@with_settings("faces", "engine")
def faces_command(
    *, settings: Settings, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False
) -> None:
    """Find, judge and cut out the faces of kept pictures.

    Each kept face is written as an aligned colour crop and as the 48×48 grey that FER-2013 has. Detection is
    kept: with another crop or threshold it is not done again.

    Example: curate faces --min-face 64 --contrast clahe
    """
    counts = _perform("faces", _open(workspace), settings)
    show(_counts_text("faces", counts), counts, as_json=json)


@app.command("run")
@with_settings("ingest", "fetch", "video", "dedupe", "filter", "faces", "engine")
def run_command(
    *, roots: Roots, settings: Settings, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False
) -> None:
    """Do all of it: ingest, dedupe, filter, faces, report.

    A step that has nothing new to do is passed over.

    Example: curate run ./raw --workspace ./faces
    """
    from curate.status import status, text

    counts, opened, page = _run_all(roots, settings, workspace)
    show(f"{text(status(opened))}\n\nreport: {page}", {**counts, "report": str(page)}, as_json=json)


@app.command("status")
def status_command(*, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """Show counts, reasons, and what is out of date.

    Example: curate status --json
    """
    from curate.status import status, text

    result = status(_open(workspace))
    show(text(result), result, as_json=json)


@app.command("report")
def report_command(
    *,
    out: Annotated[
        Path | None, typer.Option(help="Where the page goes [default: report.html in the workspace].")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Write one HTML page that opens offline.

    Funnel, reasons, copies, thresholds, faces, conflicts.

    Example: curate report --out report.html
    """
    path = _report(_open(workspace), out)
    show(f"wrote {path}", {"report": str(path)}, as_json=json)


@app.command("doctor")
def doctor_command(*, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """Check the installation.

    Packages, OpenCV, mongod, GPU, detector weights, disk: each line ok, or what to do.

    Example: curate doctor
    """
    from curate.doctor import doctor, text

    checks = doctor(workspace)
    show(text(checks), {"checks": [dataclasses.asdict(check) for check in checks]}, as_json=json)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)


@app.command("demo")
@with_settings("engine")
def demo_command(
    *,
    folder: Annotated[Path, typer.Argument(help="A folder for the raw pictures and the workspace.")] = Path("demo"),
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Try it on photographs that come with libraries.

    Makes FOLDER/raw with the photographs and variations of them (copies, blur, a truncated file, a
    decompression bomb), runs everything into FOLDER/workspace, and says what became of each file. Needs no
    network.

    Example: curate demo
    """
    from curate.demo import explain, make_raw, text

    raw = make_raw(folder / "raw")
    counts, opened, page = _run_all(list(raw.roots), settings, folder / "workspace")
    rows = explain(opened)
    result = {**counts, "files": [dataclasses.asdict(row) for row in rows], "report": str(page)}
    show(f"{text(rows)}\n\nreport: {page}", result, as_json=json)
    if not all(row.as_expected for row in rows):
        raise typer.Exit(1)


@app.command("sql")
def sql_command(
    *,
    statement: Annotated[str, typer.Argument(help="One SELECT, SHOW TABLES, DESCRIBE or SUMMARIZE.")] = "show tables",
    limit: Annotated[
        int | None,
        typer.Option(help="Most rows to print; 0 prints all.  [default: 100, all for --json and --csv]", min=0),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the answer as CSV, for scripts.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Ask the tables a question in SQL.

    DuckDB answers from the tables and can read nothing else: no file, no network, no extension; and it can
    write nothing.

    Example: curate sql "select reason, count(*) from decisions group by 1"
    """
    import itertools
    import sys

    from workspace.sql import plain, sql, text, write_csv

    if as_csv and json:
        raise UsageError("--csv and --json exclude each other", "give one of them")
    answer = sql(_open(workspace), statement)
    most = limit if limit is not None else 0 if json or as_csv else 100
    rows = itertools.islice(answer.rows, most) if most else answer.rows
    if as_csv:
        write_csv(sys.stdout, answer.columns, rows)
    else:
        taken = list(rows)
        result = {"columns": answer.columns, "rows": [plain(row) for row in taken]} if json else {}
        show(text(answer.columns, taken) if not json else "", result, as_json=json)
    if most and next(answer.rows, None) is not None:
        note(f"the first {most:,} rows; --limit 0 prints all")


@app.command("export")
@with_settings("export", "engine")
def export_command(  # noqa: PLR0913 - one for each option
    *,
    form: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT", help="folders, fer2013, ferplus, coco, parquet, imagefolder or fiftyone (docs/export.md)."
        ),
    ],
    target: Annotated[Path, typer.Argument(help="The folder to write; it must not be there yet.")],
    settings: Settings,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of an older export.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Write the kept faces in a format that others read.

    With each goes a data-set card (README.md), a list of the faces and Croissant metadata. The folder appears
    whole or not at all.

    Example: curate export parquet ./faces-hf --unlabelled skip
    """
    from curate.export.formats import find
    from curate.export.target import Target
    from curate.export.text import text

    found = find(form)
    opened = _open(workspace)
    from curate.export.step import export  # loads pandas: not before the call is known to be right

    place = Target(target, replace=replace)
    result = export(opened, found, place, settings("export", opened), settings("engine", opened))
    show(text(result), result, as_json=json)


@app.command("split")
@with_settings("split", "engine")
def split_command(  # noqa: PLR0913 - each is a flag
    *,
    data: Annotated[
        Path | None,
        typer.Argument(help="With --check: a data set of any maker instead of the workspace.", show_default=False),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Split nothing; look for leaks, exit 1 if there is one.")
    ] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Forget the split that is there. Pictures will move.")] = False,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Deal pictures to train, validation and test without leaks.

    Copies, frames of one video, pictures of one declared person and faces of one photograph stay together.
    Labels are spread evenly. Pictures that come later never move those that have a split.

    With --check DATA it looks for pictures that stand in two splits, as they are, resized, cropped, mirrored or
    as another picture of one person, in a folder with train/ and test/, a list with a column `split`, or
    FER-2013's CSV or npz.

    Example: curate split --check fer2013.csv
    """
    if data is not None and not check:
        raise UsageError(
            "DATA is given without --check", "curate split --check DATA; `curate split` splits the workspace"
        )
    if check:
        from curate.split.check import check as look, text as told

        result = look(data or _open(workspace), settings("engine"))
        show(printable(told(result)), result, as_json=json)
        raise typer.Exit(1 if result["leaks"] else 0)
    opened = _open(workspace)
    from curate.split.step import forgotten
    from curate.split.text import text

    with forgotten(opened) if anew else contextlib.nullcontext():
        counts = _perform("split", opened, settings)
    show(text(counts), counts, as_json=json)


@app.command("forget")
@with_settings("faces")
def forget_command(  # noqa: PLR0913 - one for each way to say what is meant
    *,
    names: Annotated[
        list[str] | None, typer.Argument(help="image_id or face_id, whole or its first eight digits or more.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Name of a file, of a folder with all below, or a pattern; repeatable.")
    ] = None,
    identity: Annotated[list[str] | None, typer.Option(help="Declared person; repeatable.")] = None,
    like: Annotated[
        list[Path] | None, typer.Option(help="Picture file; all that is like it or holds a face of it; repeatable.")
    ] = None,
    copies: Annotated[
        bool,
        typer.Option("--copies/--no-copies", help="Take copies, and other pictures of one of the faces, with them."),
    ] = True,
    out: Annotated[Path | None, typer.Option("--sheet", help="Write a contact sheet of them, a PNG file.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be forgotten, and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Forget without asking.")] = False,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Take pictures, a source or a person out for good.

    Out of every table, crop and log line; then what cannot be taken back, exports and originals in their own
    place, is listed. Only a keyed digest stays, so that the same file is not taken in again. Asks before it
    deletes. A run that was stopped is finished by the next.

    Example: curate forget --source raw/holiday --sheet ./going.png --dry-run
    """
    import sys

    from curate.forget.choose import Asked
    from curate.forget.step import Preview, as_json, draw, forget, look, text

    asked = Asked(names or (), source or (), identity or (), like or (), copies)
    opened = _open(workspace)
    if asked.anything() and not (dry_run or yes or sys.stdin.isatty()):
        raise UsageError("nobody is there to confirm it", "look with --dry-run, then say --yes")

    def confirm(preview: Preview) -> bool:
        note(text(preview))
        if out:
            note(f"wrote {draw(opened, preview, out)}")
        return yes or typer.confirm("Forget them? This cannot be undone", err=True)

    if dry_run:
        preview = look(opened, asked, settings("faces", opened))
        if out:
            note(f"wrote {draw(opened, preview, out)}")
        show(text(preview), {**as_json(preview), "forgotten": False}, as_json=json)
        return
    result = forget(opened, asked, settings("faces", opened), confirm)
    done = "forgotten; run `curate dedupe`, `filter`, `faces` and `report` again"
    show(done if result["forgotten"] else "nothing forgotten", result, as_json=json)


@app.command("verify")
def verify_command(*, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False) -> None:
    """Check that the workspace is whole.

    Reads every original and compares its hash; checks the digests and columns of all tables, what they say of
    each other, the crops and the counts. Exit status 1 if anything is wrong, each problem with what to do.

    Example: curate verify --json
    """
    from curate.verify import text, verify_workspace

    result = verify_workspace(_open(workspace))
    show(text(result), dataclasses.asdict(result), as_json=json)
    if result.problems:
        raise typer.Exit(1)


def _open(path: Path) -> Workspace:
    from workspace.store import Workspace

    return Workspace.open(path)


def _ingest(roots: list[Path], settings: Settings, path: Path) -> dict[str, Any]:
    from curate.ingest import ingest
    from curate.inputs import check_roots
    from workspace.store import Workspace

    check_roots(roots)  # before a workspace is made for nothing
    opened = Workspace.open(path, create=True)
    chosen = settings("ingest", opened), settings("engine", opened), settings("fetch", opened)
    counts = ingest(opened, roots, *chosen, filming=settings("video", opened))
    for name, held in counts.get("fer2013", {}).items():
        for difference in held["differences"]:
            note(f"{name}: {difference}")
    return counts


def _run_all(roots: list[Path], settings: Settings, path: Path) -> tuple[dict[str, Any], Workspace, Path]:
    counts = {"ingest": _ingest(roots, settings, path)}
    opened = _open(path)
    for name in ("dedupe", "filter", "faces"):
        counts[name] = _perform(name, opened, settings)
    return counts, opened, _report(opened, None)


def _perform(name: str, workspace: Workspace, settings: Settings) -> dict[str, Any]:
    from curate.pipeline import STEPS, perform

    step = next(step for step in STEPS if step.name == name)
    counts = perform(step, workspace, settings(name, workspace), settings("engine", workspace))
    note(f"{name}: nothing new to do" if counts["done_before"] else f"{name}: done in {counts['seconds']:.1f} s")
    return counts


def _report(workspace: Workspace, out: Path | None) -> Path:
    from curate.report.step import report

    return report(workspace, out)


def _counts_text(step: str, counts: dict[str, Any]) -> str:
    parts = [f"{name.replace('_', ' ')} {value:,}" for name, value in counts.items() if isinstance(value, int)]
    return f"{step}: {', '.join(parts)}"
