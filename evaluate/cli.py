"""The command `evaluate`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `evaluate --help` loads no heavy library.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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

app = application("How well a network recognises expressions, with intervals, what it confuses and why.")


def main() -> None:
    """Entry point of the console command `evaluate`."""
    run(app, "evaluate")


ModelOption = Annotated[
    str, typer.Option("--model", "-m", help="A .keras, .h5, .onnx or .tflite file, or `pretrained`.")
]


@app.command("predict")
@with_settings("predict")
def predict_command(
    *, model: ModelOption, settings: Settings, workspace: WorkspaceOption = DEFAULT_WORKSPACE, json: JsonOption = False
) -> None:
    """Write what a network sees in each kept face into the table `predictions`.

    No labels are needed. A stranger's model file is checked before it is opened (docs/models.md).

    Example: evaluate predict --model cnn.keras
    """
    from evaluate.predict import predict
    from workspace.store import Workspace

    opened = Workspace.open(workspace)
    with opened.lock():
        counts = predict(opened, model, settings("predict", opened))
    labels = ", ".join(f"{name} {count:,}" for name, count in counts["labels"].items())
    show(f"{counts['model']}: {counts['in']:,} faces: {labels}", counts, as_json=json)


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
