"""The command `augment`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `augment --help` loads no heavy library.
"""

from __future__ import annotations

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
    run,
    show,
    with_settings,
)

if TYPE_CHECKING:
    from workspace.store import Workspace

app = application("Rebalance the classes of the training split without leaking or inventing.")

SplitOption = Annotated[str, typer.Option(help="The split to balance; anything but train is refused.")]
WorkersOption = Annotated[int, typer.Option(min=0, max=1024, help="Threads that render; 0: one per CPU core.")]

PolicyOption = Annotated[str, typer.Option(help="What may be done to a face: mild, paper, strong, or a TOML file.")]


def main() -> None:
    """Entry point of the console command `augment`."""
    run(app, "augment")


@app.command("balance")
@with_settings("balance")
def balance_command(  # noqa: PLR0913 - one for each option
    *,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    split: SplitOption = "train",
    materialise: Annotated[
        bool, typer.Option("--materialise", help="Write the samples as pictures too, into `augmented/`.")
    ] = False,
    workers: WorkersOption = 0,
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Bring the training split to a balance.

    Writes a recipe for each sample into the table `augmented`; `train` and `augment.dataset` make the pictures when
    they need them. Validation and test are never touched.

    Example: augment balance --strategy equal --policy paper --cap-ratio 10
    """
    from augment.balance import balance
    from augment.plan import notes, text

    opened = _open(workspace)
    result = balance(opened, settings("balance", opened), split, files=materialise, workers=workers)
    for sentence in notes(result["classes"]):
        note(f"note: {sentence}")
    show(text(result["classes"]), result, as_json=json)


@app.command("plan")
@with_settings("balance")
def plan_command(
    *,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    split: SplitOption = "train",
    chart: Annotated[Path | None, typer.Option(help="Draw the bars into this SVG file too.")] = None,
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Show what `balance` would do, class by class, and write nothing.

    Example: augment plan --strategy effective-number --chart balance.svg
    """
    from augment.plan import notes, plan, text

    opened = _open(workspace)
    classes = plan(opened, settings("balance", opened), split).classes
    for sentence in notes(classes):
        note(f"note: {sentence}")
    if chart:
        from augment.chart import draw

        draw(classes, chart)
    show(text(classes), {"classes": classes}, as_json=json)


@app.command("replay")
def replay_command(
    sample: Annotated[str, typer.Argument(help="Face and copy number, as 3f9a0c.2; the face's first digits do.")],
    *,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    out: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("sample.png"),
    json: JsonOption = False,
) -> None:
    """Make one sample again, and show what was drawn for it.

    The same pixels, bit for bit; where other versions of the libraries are installed than made it, it is refused.

    Example: augment replay 3f9a0c.2 --out again.png
    """
    from augment.replay import replay, text

    result = replay(_open(workspace), sample, out)
    show(text(result), result, as_json=json)


@app.command("verify")
def verify_command(
    *, workspace: WorkspaceOption = DEFAULT_WORKSPACE, workers: WorkersOption = 0, json: JsonOption = False
) -> None:
    """Render every sample, and check it against its parent's split and its file.

    Prints a digest of all pixels: the same for every number of threads, every order and every run.

    Example: augment verify --workers 2
    """
    from augment.verify import text, verify

    result = verify(_open(workspace), workers)
    show(text(result), result, as_json=json)


@app.command("preview")
def preview_command(  # noqa: PLR0913 - one for each option
    *,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    policy: PolicyOption = "mild",
    balance_seed: Annotated[int, typer.Option(min=0, help="Of the samples, as for `balance`.")] = 0,
    per_class: Annotated[int, typer.Option(min=1, max=100, help="Faces of each class.")] = 2,
    out: Annotated[Path, typer.Option(help="Where the picture goes; a page goes beside it.")] = Path("preview.png"),
    json: JsonOption = False,
) -> None:
    """Show what a policy does to faces of each class: each transformation alone, and all together.

    Writes a PNG and an HTML page; pointing at a face there shows what was drawn for it.

    Example: augment preview --policy strong --per-class 3
    """
    from augment.preview import preview

    result = preview(_open(workspace), policy, balance_seed, per_class, out)
    show("\n".join(f"wrote {path}" for path in result["written"]), result, as_json=json)


@app.command("audit")
@with_settings("audit")
def audit_command(  # noqa: PLR0913 - one for each option
    *,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    policy: PolicyOption = "mild",
    model: Annotated[
        Path | None,
        typer.Option(
            help="A .keras file that `train` wrote, its card beside it, or `pretrained`; empty: ask no network."
        ),
    ] = None,
    no_detector: Annotated[bool, typer.Option("--no-detector", help="Do not ask the face detector.")] = False,
    out: Annotated[Path, typer.Option(help="Where the contact sheet goes; a page goes beside it.")] = Path("audit.png"),
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Say whether a policy leaves faces their expressions: what a network and the detector say before and after.

    Each transformation alone at three strengths, and the whole policy as it draws, on training faces.

    Example: augment audit --policy strong --model pretrained --audit-faces 50
    """
    from augment.answers import keras_answers
    from augment.audit import Judges, audit, text
    from augment.policy import policy as read_policy
    from schemas.settings import FacesSettings, make
    from workspace.detectors.choice import open_detector
    from workspace.pretrained import network_path

    opened = _open(workspace)
    judges = Judges(
        keras_answers(network_path(model)) if model else None,
        None if no_detector else open_detector(make(FacesSettings, opened.settings.get("faces", {}))),
    )
    result = audit(opened, read_policy(policy), judges, settings("audit", opened), out)
    show(text(result), result, as_json=json)


def _open(path: Path) -> Workspace:
    from workspace.store import Workspace

    return Workspace.open(path)
