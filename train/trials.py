"""What a search leaves: the best recipe as a settings file, all trials as a table, JSON, plots and a page."""

from __future__ import annotations

import base64
import csv
import dataclasses
import io
import json
import shutil
from typing import TYPE_CHECKING, Any

from optuna.trial import TrialState

from schemas.errors import InputError
from schemas.settings import FitSettings, make
from train.space import SPACE, WIDTH, Span
from train.study import done
from train.tune import scaled
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import optuna
    from matplotlib.axes import Axes

    from train.order import Order

_INK, _SOFT, _BEST, _PRUNED = "#1b1d21", "#5b5f68", "#0c6b63", "#b9bcc3"


def write(study: optuna.Study, order: Order, recipe: FitSettings) -> dict[str, Any]:
    """Writes all that is said of a search beside its settings file.

    Args:
        study: With trials that came to an end.
        order: What was asked for.
        recipe: What was not searched.

    Returns:
        The best trial, all trials, the files written.

    Raises:
        InputError: Every trial was given up or diverged.
        StorageError: The disk refused a file.
    """
    rows = [_row(trial) for trial in done(study)]
    finished = [row for row in rows if row["state"] == "finished" and row["accuracy"]]
    if not finished:
        what = "no recipe was trained to its end: all were given up early or diverged"
        raise InputError(what, "give more --trials, or --pruner none")
    best = max(finished, key=lambda row: row["accuracy"])
    names = [name for name in SPACE if name in best]
    out = order.out
    drawing = plots(rows, best, names)
    result = {"best": best, "trials": rows}
    files = {
        out: settings_file(best, names, order, recipe, len(rows)),
        out.with_suffix(".trials.csv"): _csv(rows, names),
        out.with_suffix(".trials.json"): json.dumps(result, indent=2).encode(),
        out.with_suffix(".png"): drawing,
        out.with_suffix(".html"): _page(out.stem, rows, best, names, drawing),
    }
    for path, content in files.items():
        write_atomically(path, content)
    shutil.rmtree(out.with_suffix(".checkpoints"), ignore_errors=True)
    return {**result, "written": [str(path) for path in files]}


def text(result: Mapping[str, Any]) -> str:
    """The result for people: the ten best trials."""
    rows = sorted(result["trials"], key=lambda row: -row["accuracy"])
    names = [name for name in SPACE if name in result["best"]]
    lines = ["  ".join([f"{'trial':>5}", f"{'accuracy':>8}", f"{'epochs':>6}", *(f"{name:>15}" for name in names)])]
    lines += [
        "  ".join(
            [
                f"{row['trial']:>5}",
                f"{row['accuracy']:>8.2%}",
                f"{row['epochs']:>6}",
                *(f"{row[name]:>15.4g}" for name in names),
            ]
        )
        + ("" if row["state"] == "finished" else "  given up")
        for row in rows[:10]
    ]
    given_up = sum(row["state"] != "finished" for row in rows)
    lines.append(
        f"{len(rows):,} recipes tried, {given_up:,} given up early; accuracies are of the set they are chosen on"
    )
    return "\n".join([*lines, *(f"wrote {path}" for path in result["written"])])


def settings_file(
    best: Mapping[str, Any], names: Sequence[str], order: Order, recipe: FitSettings, tried: int
) -> bytes:
    """The best recipe as TOML, all settings of `fit` in it."""
    drawn = {name: best[name] for name in names if name != WIDTH}
    settings = make(FitSettings, {**dataclasses.asdict(recipe), **drawn})
    network = scaled(order.architecture, best.get(WIDTH, 1.0))
    lines = [
        f"# The best of {tried:,} recipes: {best['accuracy']:.2%} on the validation split, on which it was chosen.",
        f"# train fit --settings {order.out.name} --architecture {network} --data ...",
        "[fit]",
        # What JSON has for texts, numbers and truth values TOML has too.
        *(f"{name} = {json.dumps(value)}" for name, value in dataclasses.asdict(settings).items()),
    ]
    return ("\n".join(lines) + "\n").encode()


def plots(rows: Sequence[Mapping[str, Any]], best: Mapping[str, Any], names: Sequence[str]) -> bytes:
    """Accuracy by trial with the best so far, and by each quantity; trials that were given up are pale.

    Returns:
        A PNG.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = 3
    lines = -(-(len(names) + 1) // columns)
    figure = Figure(figsize=(11, 3.1 * lines), dpi=130, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(lines, columns, squeeze=False).ravel()
    for panel, name in zip(panels, ["trial", *names], strict=False):
        _points(panel, rows, best, name)
        values = SPACE.get(name)
        if isinstance(values, Span) and values.log:
            panel.set_xscale("log")
    top, numbers = 0.0, []
    for row in rows:
        top = max(top, row["accuracy"] if row["state"] == "finished" else 0.0)
        numbers.append((row["trial"], 100 * top))
    shown = [pair for pair in numbers if pair[1]]
    panels[0].step(*zip(*shown, strict=True), where="post", color=_BEST, lw=1.5)
    for panel in panels[len(names) + 1 :]:
        panel.set_axis_off()
    figure.supylabel("highest validation accuracy, %", color=_SOFT, fontsize=10)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _points(panel: Axes, rows: Sequence[Mapping[str, Any]], best: Mapping[str, Any], name: str) -> None:
    for row in rows:
        style: dict[str, Any] = {"color": _SOFT, "ms": 5} if row["state"] == "finished" else {"color": _PRUNED, "ms": 4}
        panel.plot(row[name], 100 * row["accuracy"], "o", **style)
    panel.plot(best[name], 100 * best["accuracy"], "o", color=_BEST, ms=9, mec="white")
    panel.set_title(name.replace("_", " "), loc="left", fontsize=11, color=_INK)
    panel.grid(axis="y", color="#e6e4dd")
    panel.set_axisbelow(True)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.tick_params(colors=_SOFT, length=0)


def _row(trial: optuna.trial.FrozenTrial) -> dict[str, Any]:
    seen = trial.intermediate_values
    return {
        "trial": trial.number,
        "state": "finished" if trial.state == TrialState.COMPLETE else "given up",
        "accuracy": max(seen.values(), default=0.0),
        "epochs": max(seen, default=0),
        "best_epoch": trial.user_attrs.get("best_epoch"),
        "parameters": trial.user_attrs.get("parameters"),
        "seconds": trial.user_attrs.get("seconds"),
        **trial.params,
    }


def _csv(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> bytes:
    file = io.StringIO()
    head = ["trial", "state", "accuracy", "epochs", "best_epoch", "parameters", "seconds", *names]
    writer = csv.DictWriter(file, head, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def _page(
    name: str,
    rows: Sequence[Mapping[str, Any]],
    best: Mapping[str, Any],
    names: Sequence[str],
    drawing: bytes,
) -> bytes:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("train", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("search.html.jinja").render(
        name=name,
        rows=sorted(rows, key=lambda row: -row["accuracy"]),
        best=best,
        names=names,
        given_up=sum(row["state"] != "finished" for row in rows),
        picture=base64.b64encode(drawing).decode(),
    )
    return page.encode("utf-8", "backslashreplace")
