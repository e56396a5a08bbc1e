"""The command `train`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `train --help` loads neither numpy nor keras.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workspace.backend import load_keras
from workspace.console import JsonOption, Settings, application, run, show, with_settings

app = application("Train the paper's network, its baselines and better ones on FER-2013 or a workspace.", default="fit")


def main() -> None:
    """Entry point of the console command `train`."""
    run(app, "train")


@app.command("fit")
@with_settings("fit")
def fit_command(  # noqa: PLR0913 - one for each option
    *,
    data: Annotated[
        list[Path],
        typer.Option(help="FER-2013 (CSV, npz, Parquet), faces in folders by class, or a workspace; may be repeated."),
    ],
    out: Annotated[Path, typer.Option(help="Where the model goes, as cnn.keras.")],
    architecture: Annotated[
        str, typer.Option(help="Which network: see `train list`; or your own, as MODULE:FUNCTION.")
    ] = "vgg-compact",
    votes: Annotated[
        Path | None, typer.Option(help="FER+'s fer2013new.csv, joined to the first --data by row.")
    ] = None,
    keep_copies: Annotated[
        bool, typer.Option("--keep-copies", help="Learn also from faces that stand in validation or test too.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Take an unfinished training up.")] = False,
    start: Annotated[
        Path | None, typer.Option("--from", help="Start from this model's weights (the same architecture).")
    ] = None,
    without_samples: Annotated[
        bool, typer.Option("--without-samples", help="Learn from a balanced workspace as if it were not balanced.")
    ] = False,
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Train a network; write it, its card and its curves.

    The validation split (FER-2013's PublicTest) chooses the epoch; the test split is never looked at. A
    checkpoint is kept after each epoch. Ctrl-C keeps the best epoch so far.

    Example: train fit --data fer2013.csv --out cnn.keras --architecture paper
    """
    from train.order import Order
    from train.recipes import recipe as recipe_of
    from train.run import run as train, text

    recipe = settings("fit", None, recipe_of(architecture))
    order = Order(data, out, architecture, votes, keep_copies, resume, start, not without_samples)
    result = train(order, recipe)
    show(text(result), result, as_json=json)


@app.command("list")
def list_command(*, json: JsonOption = False) -> None:
    """List the networks that can be trained, with what each costs.

    Parameters, multiply-adds for one 48×48 face, and the size of the model file.

    Example: train list --json
    """
    load_keras()
    from train.listing import listing, text

    rows = listing()
    show(text(rows), {"architectures": rows}, as_json=json)


@app.command("curves")
def curves_command(
    models: Annotated[list[Path], typer.Argument(help="Trained models; what `train` wrote lies beside them.")],
    *,
    out: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("curves.png"),
    json: JsonOption = False,
) -> None:
    """Draw the training curves of several models into one picture.

    Accuracy and loss of training and validation by epoch, as in the paper's Figs. 4 to 6.

    Example: train curves paper.keras lenet5.keras --out curves.png
    """
    from train.together import text, together

    result = together(models, out)
    show(text(result), result, as_json=json)
