"""The command `train`: parses, calls the step, prints.

Steps are imported inside the command that runs them: `train --help` loads neither numpy nor keras.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from train.recipes import recipe
from train.start import ARCHITECTURE, begin
from workspace.backend import load_keras
from workspace.console import JsonOption, Settings, application, run, show, with_settings
from workspace.pretrained import network_path

app = application("Train the paper's network, its baselines and better ones on FER-2013 or a workspace.", default="fit")

DataOption = Annotated[
    list[Path],
    typer.Option(help="FER-2013 (CSV, npz, Parquet), faces in folders by class, or a workspace; may be repeated."),
]
ArchitectureOption = Annotated[
    str,
    typer.Option(
        help="Which network: see `train list`; vgg-compact@0.5 has half its widths; or your own, as MODULE:FUNCTION."
    ),
]
OfStartOption = Annotated[
    str | None,
    typer.Option(
        "--architecture",
        help="Which network: see `train list`; vgg-compact@0.5 has half its widths; or your own, as MODULE:FUNCTION. "
        "Default: that of --from, else vgg-compact.",
    ),
]
VotesOption = Annotated[Path | None, typer.Option(help="FER+'s fer2013new.csv, joined to the first --data by row.")]
CopiesOption = Annotated[
    bool, typer.Option("--keep-copies", help="Learn also from faces that stand in validation or test too.")
]
StartOption = Annotated[
    Path | None,
    typer.Option("--from", help="Start from the weights of this model, or of `pretrained`."),
]


def main() -> None:
    """Entry point of the console command `train`."""
    run(app, "train")


@app.command("fit")
@with_settings("fit")
def fit_command(  # noqa: PLR0913 - one for each option
    *,
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Where the model goes, as cnn.keras.")],
    architecture: OfStartOption = None,
    votes: VotesOption = None,
    keep_copies: CopiesOption = False,
    resume: Annotated[bool, typer.Option("--resume", help="Take an unfinished training up.")] = False,
    start: StartOption = None,
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
    from train.run import run as train, text

    name, weights = begin(architecture, start)
    own = settings("fit", None, recipe(name))
    order = Order(data, out, name, votes, keep_copies, resume, weights, not without_samples)
    result = train(order, own)
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


@app.command("distil")
@with_settings("distil", "fit")
def distil_command(  # noqa: PLR0913 - one for each option
    *,
    teacher: Annotated[
        list[Path],
        typer.Option(help="A .keras file that `train` wrote, its card beside it, or `pretrained`; may be repeated."),
    ],
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Where the student goes, as student.keras.")],
    architecture: OfStartOption = None,
    votes: VotesOption = None,
    keep_copies: CopiesOption = False,
    resume: Annotated[bool, typer.Option("--resume", help="Take an unfinished training up.")] = False,
    start: StartOption = None,
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Train a network to answer as others do: a small student of large teachers.

    The teachers see the very pictures that the student sees, augmented alike; the mean of their softened
    probabilities is learnt beside the labels. Prints how the teachers do, each and together.

    Example: train distil --teacher a.keras --teacher b.keras --data fer2013.csv --out student.keras
    """
    from train.order import Order
    from train.run import run as train, text

    name, weights = begin(architecture, start)
    own = settings("fit", None, recipe(name))
    order = Order(
        data,
        out,
        name,
        votes,
        keep_copies,
        resume,
        weights,
        teachers=[network_path(each) for each in teacher],
        distil=settings("distil"),
    )
    result = train(order, own)
    show(text(result), result, as_json=json)


@app.command("repeat")
@with_settings("fit")
def repeat_command(  # noqa: PLR0913 - one for each option
    *,
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Folder for the networks and the result.")],
    seeds: Annotated[int, typer.Option(help="How many seeds, counted from --seed.")] = 3,
    architecture: ArchitectureOption = ARCHITECTURE,
    votes: VotesOption = None,
    keep_copies: CopiesOption = False,
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Train the same network from several seeds: how much of a figure is luck.

    Prints mean ± standard deviation, a t-interval, and the accuracy of all networks together. Run it again after a
    kill and it goes on where it was.

    Example: train repeat --seeds 3 --data fer2013.csv --out seeds
    """
    from train.order import Order
    from train.repeat import repeat, text

    result = repeat(
        Order(data, out, architecture, votes, keep_copies), seeds, settings("fit", None, recipe(architecture))
    )
    show(text(result), result, as_json=json)


@app.command("cross-validate")
@with_settings("fit")
def cross_validate_command(  # noqa: PLR0913 - one for each option
    *,
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Folder for the figures.")],
    folds: Annotated[int, typer.Option(help="Parts that the training faces are dealt to.")] = 5,
    architecture: ArchitectureOption = ARCHITECTURE,
    votes: VotesOption = None,
    keep_copies: CopiesOption = False,
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Test a recipe on the training split: each face once, by a network that has not learnt it or a copy of it.

    Neither validation nor test is looked at. Prints each fold, mean ± standard deviation and an interval. Run it
    again after a kill and it goes on where it was.

    Example: train cross-validate --folds 5 --data fer2013.csv --out folds
    """
    from train.cross_validate import cross_validate, text
    from train.order import Order

    order = Order(data, out, architecture, votes, keep_copies)
    result = cross_validate(order, folds, settings("fit", None, recipe(architecture)))
    show(text(result), result, as_json=json)


@app.command("tune")
@with_settings("tune", "fit")
def tune_command(  # noqa: PLR0913 - one for each option
    *,
    data: DataOption,
    out: Annotated[Path, typer.Option(help="Where the best recipe goes, as best.toml; the study lies beside it.")],
    architecture: ArchitectureOption = ARCHITECTURE,
    votes: VotesOption = None,
    keep_copies: CopiesOption = False,
    settings: Settings,
    json: JsonOption = False,
) -> None:
    """Search for a recipe, and for the network's widths.

    By chance, over a grid, or by what was found so far (TPE), with poor recipes given up early. Run it again after a
    kill and it goes on; with more --trials it goes on from those there are.

    Example: train tune --data fer2013.csv --out best.toml --trials 30 --epochs 27
    """
    from train.order import Order
    from train.tune import tune

    own = settings("fit", None, recipe(architecture))
    result = tune(Order(data, out, architecture, votes, keep_copies), own, settings("tune"))
    from train.trials import text

    show(text(result), result, as_json=json)


@app.command("export")
def export_command(
    *,
    model: Annotated[Path, typer.Option(help="A .keras file that `train` wrote, its card beside it.")],
    data: DataOption,
    form: Annotated[Literal["onnx", "litert"], typer.Option("--format", help="Which kind of file.")] = "onnx",
    int8: Annotated[
        bool, typer.Option("--int8", help="Compute in 8-bit integers, calibrated on training faces.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Write a network for where there is no Keras, and measure what was lost.

    Beside cnn.keras come cnn.float32.onnx, cnn.int8.onnx, cnn.litert.tflite or cnn.litert-int8.tflite, each with a
    card that `evaluate` reads.

    Example: train export --model cnn.keras --int8 --data fer2013.csv
    """
    from train.export import Wanted, export, text

    result = export(Wanted(model, data, form, int8))
    show(text(result), result, as_json=json)
