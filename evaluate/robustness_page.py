"""What `evaluate robustness` leaves in its folder: a page, curves, tables and figures."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from PIL import Image

from evaluate.corruption import CORRUPTIONS, STRENGTHS, corrupt
from evaluate.figures import COLOURS, files, for_papers
from evaluate.folder import write_folder
from evaluate.remarks import of_faces
from evaluate.report.pictures import data_uri
from evaluate.report.step import environment, number, percent
from evaluate.result import plain
from evaluate.tables import Rows, as_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evaluate.robustness_curves import Robustness

FORMAT = 1
"""Version of `robustness.json`."""
RESULTS = "robustness.json"
"""By it the folder is known as one of this command."""


def write(found: Robustness, out: Path) -> None:
    """Writes `robustness.html`, `curves.csv`, `classes.csv`, `curves.pdf` and `.png`, and `robustness.json` last.

    Args:
        found: What was measured.
        out: A folder; made where there is none. What an earlier run left there is replaced.

    Raises:
        StorageError: The disk refused it.
        MissingPartError: Matplotlib is not there.
    """
    written = {
        "robustness.html": _page(found).encode("utf-8", "backslashreplace"),
        "curves.csv": as_csv(_curve_rows(found)),
        "classes.csv": as_csv(_class_rows(found)),
        **dict(_figure(found)),
    }
    write_folder(out, written, RESULTS, as_json(found))


def as_json(found: Robustness) -> dict[str, Any]:
    """What `robustness.json` holds; shares go from 0 to 1, what cannot be told is null."""
    return {
        "format": FORMAT,
        "headline": headline(found),
        "protocol": plain(found.protocol),
        "classes": list(found.classes),
        "n": found.n,
        "groups": found.groups,
        "left_out": plain(found.left_out),
        "networks": plain(found.networks),
    }


def headline(found: Robustness) -> str:
    """The answer in one sentence."""
    first = found.networks[0]
    text = (
        f"{first.name} recognises {percent(first.clean.value)} of {found.n:,} faces, and {percent(1 - first.error)} of "
        f"them under {len(CORRUPTIONS)} corruptions at {len(STRENGTHS)} strengths"
    )
    others = [f"{one.name} {percent(one.clean.value)} and {percent(1 - one.error)}" for one in found.networks[1:]]
    return f"{'; '.join([text, *others])}."


def summary(found: Robustness) -> str:
    """The answer for the terminal: each network, and what costs it most."""
    lines = [headline(found), ""]
    for one in found.networks:
        lines.append(
            f"{one.name}: mean error {percent(one.error)}, {number(one.times_clean, 2)} times that on faces as they "
            f"are; mCE {percent(one.relative)}, relative mCE {percent(one.relative_loss)}"
        )
        lines += [
            f"  {curve.corruption:16} {percent(curve.points[0].accuracy.value):>8} to "
            f"{percent(curve.points[-1].accuracy.value):>8}   worst: {curve.worst}"
            for curve in sorted(one.curves, key=lambda curve: -curve.error)
        ]
    lines += [f"mind: {text}" for text in of_faces(found.protocol["data"]["split"], found.groups)]
    return "\n".join([*lines, ""])


def _page(found: Robustness) -> str:
    return (
        environment()
        .get_template("robustness.html.jinja")
        .render(
            found=found,
            p=found.protocol,
            headline=headline(found),
            remarks=list(of_faces(found.protocol["data"]["split"], found.groups)),
            strips=_strips(found),
            settings=json.dumps(found.protocol["settings"], indent=1),
            lost=_lost(found),
        )
    )


def _strips(found: Robustness) -> list[list[str]]:
    """The first face as it is and at each strength, a row for each corruption."""
    seed = found.protocol["settings"]["robustness"]["corruption_seed"]
    rows = []
    for corruption in CORRUPTIONS:
        worse = [corrupt(found.face[None], corruption, strength, [0], seed)[0] for strength in STRENGTHS]
        rows.append([data_uri(Image.fromarray(face), "PNG") for face in (found.face, *worse)])
    return rows


def _lost(found: Robustness) -> list[list[list[float]]]:
    """Network -> class -> corruption -> what its recall changes by."""
    return [
        [[curve.recalls[at] - plain for curve in one.curves] for at, plain in enumerate(one.recalls)]
        for one in found.networks
    ]


def _curve_rows(found: Robustness) -> Rows:
    heading = ["network", "corruption", "strength", "faces are", "faces", "accuracy", "low", "high", "same answer"]
    rows: Rows = [heading]
    for one in found.networks:
        clean = one.clean
        rows.append([one.name, "none", 0, "as they are", found.n, clean.value, clean.low, clean.high, 1.0])
        for curve in one.curves:
            for point in curve.points:
                ends = [point.accuracy.value, point.accuracy.low, point.accuracy.high]
                place = [one.name, curve.corruption, point.strength, point.says, found.n]
                rows.append([*place, *ends, point.unchanged.value])
    return rows


def _class_rows(found: Robustness) -> Rows:
    rows: Rows = [["network", "class", "corruption", "recall as they are", "mean recall", "change"]]
    for one in found.networks:
        for at, name in enumerate(found.classes):
            for curve in one.curves:
                clean, worse = one.recalls[at], curve.recalls[at]
                rows.append([one.name, name, curve.corruption, clean, worse, worse - clean])
    return rows


def _figure(found: Robustness) -> Iterator[tuple[str, bytes]]:
    """All curves as small multiples on one sheet, as wide as a page of two columns."""
    across = 5
    with for_papers() as figure_of:
        figure = figure_of(figsize=(7.2, 1.7 * math.ceil(len(CORRUPTIONS) / across) + 0.3), layout="constrained")
        grid = figure.subplots(math.ceil(len(CORRUPTIONS) / across), across, sharex=True, sharey=True)
        for at, axes in enumerate(grid.flat):
            for place, one in enumerate(found.networks):
                shown = [one.clean, *(point.accuracy for point in one.curves[at].points)]
                values = [estimate.value for estimate in shown]
                low = [estimate.value - estimate.low for estimate in shown]
                high = [estimate.high - estimate.value for estimate in shown]
                how: dict[str, Any] = {"color": COLOURS[place % len(COLOURS)], "markersize": 2.5, "linewidth": 0.8}
                axes.errorbar(range(6), values, yerr=[low, high], fmt="o-", label=one.name, **how)
            axes.set(title=CORRUPTIONS[at].name, ylim=(0, 1), xticks=range(6))
            axes.grid(axis="y", linewidth=0.3)
        figure.supxlabel("strength; 0: faces as they are", fontsize=7)
        figure.supylabel("accuracy with 95 % interval", fontsize=7)
        if len(found.networks) > 1:
            handles, names = grid.flat[0].get_legend_handles_labels()
            figure.legend(handles, names, loc="outside upper center", ncols=len(names), frameon=False)
        yield from files("curves", figure)
