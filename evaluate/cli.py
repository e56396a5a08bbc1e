"""The command `evaluate`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `evaluate --help` loads no heavy library.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workspace.console import (
    DEFAULT_WORKSPACE,
    JsonOption,
    Settings,
    WorkspaceOption,
    application,
    run,
    show,
    with_settings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evaluate.app.serve import Opened
    from workspace.store import Workspace

app = application("How well a network recognises expressions, with intervals, what it confuses and why.", default="run")


def main() -> None:
    """Entry point of the console command `evaluate`."""
    run(app, "evaluate")


ModelOption = Annotated[
    str, typer.Option("--model", "-m", help="A .keras, .h5, .onnx or .tflite file, `pretrained` or `pretrained-votes`.")
]
DataOption = Annotated[
    Path | None,
    typer.Option(help="Labelled faces: a workspace, fer2013.csv, a folder a class.  [default: --workspace]"),
]
SplitOption = Annotated[
    Literal["auto", "train", "validation", "test", "all"],
    typer.Option(help="Which faces; auto: test where there are any, else validation, else all."),
]


@app.command("run")
@with_settings("evaluate", "predict")
def run_command(  # noqa: PLR0913 - one for each option
    *,
    model: ModelOption,
    data: Annotated[
        Path | None,
        typer.Option(help="Labelled faces: a workspace, fer2013.csv, a folder a class.  [default: --workspace]"),
    ] = None,
    split: Annotated[
        Literal["auto", "train", "validation", "test", "all"],
        typer.Option(help="Which faces; auto: test where there are any, else validation, else all."),
    ] = "auto",
    out: Annotated[Path, typer.Option(help="Folder for report, tables, figures and results.")] = Path("evaluation"),
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Measure a network on labelled faces and write the report (the default command).

    Prints the answer in one sentence with its interval; the folder gets report.html, the tables as CSV and LaTeX,
    the figures as PDF and PNG, the answer on each face, and results.json. docs/evaluate.md says how each figure is
    made.

    Example: evaluate --model cnn.keras --data fer2013.csv --split test --out evaluation
    """
    from evaluate.folder import check_folder
    from evaluate.run import Call, run as measure
    from evaluate.summary import summary
    from evaluate.write import RESULTS, as_json, write
    from workspace.store import Workspace

    check_folder(out, RESULTS)
    opened = Workspace.open(workspace) if data is None else _workspace_at(data)
    options = settings("evaluate", opened)
    found = measure(Call(model, data or workspace, split, options, settings("predict", opened)))
    write(found, out, options.cell_faces, draw=options.figures)
    show(f"{summary(found)}\n{out / 'report.html'}", as_json(found), as_json=json)


def _workspace_at(path: Path) -> Workspace | None:
    """The workspace at a path, whose settings hold then; None where something else lies there."""
    from workspace.store import Workspace

    return Workspace.at(path)


@app.command("predict")
@with_settings(
    "predict",
    "photo",
    faces=("detector", "detector_weights", "min_score", "grey_margin", "grey_offset", "contrast"),
    video=("max_video_hours", "max_video_gb", "video_timeout", "video_memory_gb"),
    ingest=("max_pixels", "max_side", "max_file_mb"),
)
def predict_command(  # noqa: PLR0913 - one for each option
    *,
    photos: Annotated[
        list[Path] | None,
        typer.Argument(help="Photographs, folders of them, or one video.  [default: the workspace's faces]"),
    ] = None,
    model: ModelOption,
    out: Annotated[
        Path | None, typer.Option(help="Folder for what is written of photographs.  [default: recognised]")
    ] = None,
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Say what a network sees in the faces of a photograph, a folder, a video, or the workspace.

    With photographs or folders: finds the faces, prints their probabilities, writes them to faces.csv and faces.json
    and each picture with boxes and bars. With a video: follows faces and draws their probabilities over time. No
    workspace is needed; if there is one, its settings for faces hold. docs/photo.md says more.

    With none of them: writes the answer on each kept face of the workspace into the table `predictions`.

    No labels are needed. A stranger's model file is checked before it is opened (docs/models.md).

    Example: evaluate predict photo.jpg --model pretrained --out recognised
    """
    from evaluate.predict import predict
    from schemas.errors import UsageError
    from workspace.store import Workspace

    if photos:
        _recognise(photos, model, out or Path("recognised"), settings, _workspace_at(workspace), as_json=json)
        return
    if out is not None:
        raise UsageError("--out goes with a photograph, a folder or a video", "name one, or leave --out away")
    opened = Workspace.open(workspace)
    with opened.lock():
        counts = predict(opened, model, settings("predict", opened))
    labels = ", ".join(f"{name} {count:,}" for name, count in counts["labels"].items())
    show(f"{counts['model']}: {counts['in']:,} faces: {labels}", counts, as_json=json)


def _recognise(  # noqa: PLR0913 - what the command was given
    photos: Sequence[Path],
    model: str,
    out: Path,
    settings: Settings,
    workspace: Workspace | None,
    *,
    as_json: bool,
) -> None:
    """Asks about the faces of photographs, folders or a video; a video that breaks off is an error in the end."""
    import dataclasses

    from evaluate.photo.faces import Finder
    from evaluate.photo.network import Network
    from evaluate.photo.record import summary
    from evaluate.photo.step import recognise
    from schemas.errors import ImageError, InputError
    from workspace.console import printable
    from workspace.pixels import Limits
    from workspace.video.reading import is_video

    for path in photos:
        if not path.exists():
            raise InputError(f"there is no {path}", "check the path")
    asked, ingest = settings("photo", workspace), settings("ingest", workspace)
    limits = Limits(ingest.max_pixels, ingest.max_side, ingest.max_file_mb * 2**20)
    network = Network(model, settings("predict", workspace))
    finder = Finder.of(settings("faces", workspace), asked.most_faces)
    photo = photos[0]
    if len(photos) > 1 or photo.is_dir() or not is_video(photo):
        found = recognise(photos, network, finder, limits, out)
        show(printable(f"{summary(found)}\n{out}"), found, as_json=as_json)
        return
    from evaluate.timeline.step import summary as course, timeline

    filming = dataclasses.replace(
        settings("video", workspace), every_seconds=asked.timeline_seconds, frame_difference=0.0
    )
    found = timeline(photo, network, finder, (filming, limits), out)
    show(printable(f"{course(found)}\n{out}"), found, as_json=as_json)
    if found["ended"]:
        what = f"{photo}: {found['ended']['detail']}; what was read before that is in {out}"
        raise ImageError(found["ended"]["reason"], what)


@app.command("probe")
@with_settings("predict")
def probe_command(
    *,
    model: ModelOption,
    data: Annotated[Path, typer.Option(help="Labelled faces: fer2013.csv, a workspace, a folder a class.")],
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Find out on labelled faces which scaling and order of labels a network without a card wants.

    Example: evaluate probe --model stranger.h5 --data fer2013.csv
    """
    from evaluate.model import probe_model
    from workspace.faceset import read

    faces = read(data)
    found = probe_model(model, faces.pixels, faces.labels, settings("predict"))
    show(f"{found.sentence}\n{found.flags}", found.as_json(), as_json=json)


@app.command("app")
@with_settings("app", "predict")
def app_command(
    *,
    model: Annotated[
        str, typer.Option("--model", "-m", help="Asked about all faces first.  [default: what was predicted before]")
    ] = "",
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Open FiftyOne's App on the faces, their labels, raters and what networks say of them.

    Prints its address on this machine, 127.0.0.1, and runs until Ctrl-C. docs/app.md says what there is to see. What
    is tagged in it comes back with `evaluate pull-tags`.

    Example: evaluate app --model cnn.keras
    """
    from evaluate.app.step import open_app
    from workspace.store import Workspace

    opened = Workspace.open(workspace)
    app_settings, predict_settings = settings("app", opened), settings("predict", opened)
    _wait_for_app(open_app(opened, model, app_settings, predict_settings), as_json=json)


@app.command("view")
@with_settings("app")
def view_command(
    *,
    view: Annotated[
        str, typer.Argument(help="A saved view, as fear-as-surprise.  [default: the panel Model Evaluation]")
    ] = "",
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Open FiftyOne's App where the errors of the network are that was asked last.

    As `evaluate app`, which opens on the grid, but asks no network, and its address opens a saved view, or the panel
    Model Evaluation beside the grid.

    Example: evaluate view fear-as-surprise
    """
    from evaluate.app.step import open_view
    from workspace.store import Workspace

    opened = Workspace.open(workspace)
    _wait_for_app(open_view(opened, view, settings("app", opened)), as_json=json)


def _wait_for_app(app: Iterator[Opened], *, as_json: bool) -> None:
    """Says where the App is once it is open, and waits for Ctrl-C."""
    import dataclasses
    import sys

    from workspace.console import note

    for opened in app:
        faces = opened.changes
        text = f"{opened.address}\n{faces.added:,} faces new, {faces.changed:,} changed, {faces.removed:,} removed, "
        text += f"{faces.unchanged:,} as they were; open after {opened.seconds:.0f} s; Ctrl-C ends it"
        show(text, dataclasses.asdict(opened), as_json=as_json)
        sys.stdout.flush()
    note("the App is closed; `evaluate pull-tags` takes over what was tagged in it")


@app.command("explain")
@with_settings("explain", "predict")
def explain_command(  # noqa: PLR0913 - one for each option
    *,
    model: ModelOption,
    data: DataOption = None,
    split: SplitOption = "auto",
    faces: Annotated[
        list[str] | None,
        typer.Option(help="Name of a face, as in answers.csv; repeatable.  [default: the surest errors]"),
    ] = None,
    layer: Annotated[str, typer.Option(help="Whose maps Grad-CAM takes.  [default: the last convolution's]")] = "",
    training: Annotated[
        Path | None, typer.Option(help="Set whose training pictures are searched.  [default: that of the faces]")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for page, pictures and figures.")] = Path("explanation"),
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Show why a network errs: where it looks, what covering a part changes, which training pictures are near.

    Writes one page that opens offline, its pictures as PNG and its figures as JSON: Grad-CAM, occlusion maps, the mean
    face of each confused pair, the nearest training pictures. docs/why.md says what they tell and what they do not.

    Example: evaluate explain --model cnn.keras --data fer2013.csv --split validation --out explanation
    """
    from evaluate.explain.step import Order, explain
    from evaluate.explain.write import RESULTS, write
    from evaluate.folder import check_folder
    from evaluate.said import said

    check_folder(out, RESULTS)
    opened = _workspace_at(data or workspace)
    predict = settings("predict", opened)
    asked = said(model, data or workspace, split, predict)
    order = Order(model, predict, faces or (), layer, training)
    result = write(explain(asked, order, settings("explain", opened)), out)
    show(f"{len(result['faces']):,} faces explained\n{out / 'explain.html'}", result, as_json=json)


@app.command("features")
@with_settings(
    "predict",
    faces=("detector", "detector_weights", "min_score", "grey_margin", "grey_offset", "contrast"),
    ingest=("max_pixels", "max_side", "max_file_mb"),
)
def features_command(  # noqa: PLR0913 - one for each option
    picture: Annotated[str, typer.Argument(help="A photograph, a 48×48 face, or a face_id of the workspace.")],
    *,
    model: ModelOption,
    out: Annotated[Path, typer.Option(help="Where the picture goes, a PNG file.")] = Path("features.png"),
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Draw what the first convolutions of a network make of one face.

    The maps of each of the first three convolutions, fused into one picture (the paper's Fig. 2), and those that vary
    most singly. Of a photograph the largest face is taken. The network must be a Keras file.

    Example: evaluate features photo.jpg --model paper.keras --out features.png
    """
    from evaluate.features import features
    from evaluate.one_face import one_face
    from evaluate.photo.faces import Finder
    from workspace.pixels import Limits

    opened = _workspace_at(workspace)
    ingest = settings("ingest", opened)
    limits = Limits(ingest.max_pixels, ingest.max_side, ingest.max_file_mb * 2**20)
    face = one_face(picture, workspace, lambda: Finder.of(settings("faces", opened), 100), limits)
    found = features(model, face, settings("predict", opened), out)
    maps = ", ".join(f"{one['maps']} maps of {one['height']}×{one['width']}" for one in found["convolutions"])
    show(f"{maps}\n{out}", found, as_json=json)


@app.command("doubts")
@with_settings("doubts", "predict")
def doubts_command(  # noqa: PLR0913 - one for each option
    *,
    model: ModelOption,
    data: DataOption = None,
    split: SplitOption = "auto",
    out: Annotated[Path, typer.Option(help="Where the queue goes.")] = Path("doubts.csv"),
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """List the labels that are likely wrong, a queue for `annotate push`.

    By confident learning (Northcutt et al. 2021), the most doubtful first. The network must not have learnt from
    these faces: it would know their wrong labels by heart. docs/why.md says how good the list is.

    Example: evaluate doubts --model cnn.keras --split all --out doubts.csv
    """
    from evaluate.doubts_queue import doubts_queue, text
    from evaluate.said import said

    opened = _workspace_at(data or workspace)
    predict = settings("predict", opened)
    asked = said(model, data or workspace, split, predict)
    found = doubts_queue(asked, model, settings("doubts", opened), predict, out)
    show(text(found), found, as_json=json)


@app.command("changes")
def changes_command(
    before: Annotated[Path, typer.Argument(help="Folder of an evaluation, or its results.json.")],
    after: Annotated[Path, typer.Argument(help="The same of a later one.")],
    *,
    json: JsonOption = False,
) -> None:
    """Say what changed between two evaluations of the same faces: labels, accuracy, recall of each class.

    Where only faces were relabelled that the network had doubts about, accuracy rises by that choice alone:
    docs/why.md says how to read it.

    Example: evaluate changes before/results.json after/results.json
    """
    from evaluate.changes import changes, text

    found = changes(before, after)
    show(text(found), found, as_json=json)


@app.command("pull-tags")
def pull_tags_command(
    *,
    out: Annotated[
        Path | None, typer.Option(help="CSV of relabelled faces.  [default: relabelled.csv in the workspace's cache]")
    ] = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Take over what was tagged and relabelled in the App.

    Tags go into the table `tags`. Faces that were given another label, or the name of an expression as a tag, are
    listed in a CSV, a queue for `annotate push`; annotations and labels stay as they are.

    Example: evaluate pull-tags --out relabelled.csv
    """
    from evaluate.app.tags import pull_tags
    from workspace.store import Workspace

    opened = Workspace.open(workspace)
    with opened.lock():
        found = pull_tags(opened, out or opened.path / "cache" / "app" / "relabelled.csv")
    tags = ", ".join(f"{tag} {count:,}" for tag, count in found["tags"].items())
    text = f"{found['faces']:,} faces with tags{': ' if tags else ''}{tags}\n"
    show(f"{text}{found['relabelled']:,} relabelled: {found['file']}", found, as_json=json)


ModelsOption = Annotated[
    list[str],
    typer.Option(
        "--model",
        "-m",
        help="A model file or `pretrained`; several times for several. Settings of its own go behind it: "
        "stranger.h5,input_scaling=symmetric,label_order=angry,disgust,fear,happy,sad,surprise,neutral",
    ),
]


@app.command("robustness")
@with_settings("robustness", "predict")
def robustness_command(  # noqa: PLR0913 - one for each option
    *,
    model: ModelsOption,
    data: DataOption = None,
    split: SplitOption = "auto",
    out: Annotated[Path, typer.Option(help="Folder for page, curves, tables and results.")] = Path("robustness"),
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Measure networks on faces that are blurred, noisy, dark, covered, turned, cut otherwise.

    Ten corruptions at five strengths each; with several networks their errors are held against the first one's.
    docs/robustness.md has the formulas and what the figures mean.

    Example: evaluate robustness --model cnn.keras --data fer2013.csv --split test --out robustness
    """
    from evaluate.folder import check_folder
    from evaluate.robustness_curves import curves
    from evaluate.robustness_page import RESULTS, as_json, summary, write
    from evaluate.several import several

    check_folder(out, RESULTS)
    opened = _workspace_at(data or workspace)
    asked = several("robustness", model, data or workspace, split, settings("predict", opened))
    found = curves(asked, settings("robustness", opened))
    write(found, out)
    show(f"{summary(found)}\n{out / 'robustness.html'}", as_json(found), as_json=json)


@app.command("compare")
@with_settings("predict", evaluate=("resamples", "evaluate_seed"))
def compare_command(  # noqa: PLR0913 - one for each option
    *,
    model: ModelsOption,
    data: DataOption = None,
    split: SplitOption = "auto",
    out: Annotated[Path, typer.Option(help="Folder for page, tables and results.")] = Path("comparison"),
    settings: Settings,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    json: JsonOption = False,
) -> None:
    """Compare networks on the same faces, in pairs, with tests and intervals.

    McNemar's test, paired bootstrap, recall by label, agreement, and accuracy against size and speed. Networks may
    take other inputs and orders of labels: each has its card, or settings behind its name. docs/compare.md says more.

    Example: evaluate compare --model cnn.keras --model pretrained --data fer2013.csv --out comparison
    """
    from evaluate.compare import compare
    from evaluate.compare_page import RESULTS, as_json, summary, write
    from evaluate.folder import check_folder
    from evaluate.several import several
    from schemas.errors import UsageError

    if len(model) < 2:
        raise UsageError("one network alone cannot be compared", "name another one with --model; or `evaluate run`")
    check_folder(out, RESULTS)
    opened = _workspace_at(data or workspace)
    asked = several("compare", model, data or workspace, split, settings("predict", opened))
    found = compare(asked, settings("evaluate", opened))
    write(found, out)
    show(f"{summary(found)}\n{out / 'comparison.html'}", as_json(found), as_json=json)
