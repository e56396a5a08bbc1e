"""What `evaluate compare` leaves in its folder: a page, tables, a figure, and every answer."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from evaluate.figures import COLOURS, files, for_papers
from evaluate.folder import write_folder
from evaluate.remarks import of_faces
from evaluate.report.page import cells
from evaluate.report.step import environment, percent
from evaluate.result import plain
from evaluate.tables import Rows, as_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from evaluate.compare import Compare, Pair
    from evaluate.result import Estimate

FORMAT = 1
"""Version of `comparison.json`."""
RESULTS = "comparison.json"
"""By it the folder is known as one of this command."""


def write(found: Compare, out: Path) -> None:
    """Writes `comparison.html`, the tables as CSV, `pareto.pdf` and `.png`, and `comparison.json` last.

    Args:
        found: What was found.
        out: A folder; made where there is none. What an earlier run left there is replaced.

    Raises:
        StorageError: The disk refused it.
        MissingPartError: Matplotlib is not there.
    """
    written = {
        "comparison.html": _page(found).encode("utf-8", "backslashreplace"),
        "networks.csv": as_csv(_network_rows(found)),
        "pairs.csv": as_csv(_pair_rows(found)),
        "classes.csv": as_csv(_class_rows(found)),
        "answers.csv": as_csv(_answer_rows(found)),
        **dict(_figure(found)),
    }
    write_folder(out, written, RESULTS, as_json(found))


def as_json(found: Compare) -> dict[str, Any]:
    """What `comparison.json` holds; shares go from 0 to 1, what cannot be told is null."""
    return {
        "format": FORMAT,
        "headline": headline(found),
        "protocol": plain(found.protocol),
        "classes": list(found.classes),
        "n": found.n,
        "groups": found.groups,
        "left_out": plain(found.left_out),
        "networks": plain(found.networks),
        "pairs": plain(found.pairs),
    }


def headline(found: Compare) -> str:
    """The answer in one sentence: the two most accurate networks held against each other."""
    order = sorted(range(len(found.networks)), key=lambda at: -found.networks[at].accuracy.value)
    best, next_best = (found.networks[at].name for at in order[:2])
    pair = next(one for one in found.pairs if {one.first, one.second} == {best, next_best})
    among = f", the most accurate of {len(found.networks)} networks," if len(found.networks) > 2 else ""
    test = pair.test
    only = f"{test.first_only:,} faces only {pair.first}, {test.second_only:,} only {pair.second}"
    if pair.accuracy.value == 0:
        return f"{best} and {next_best} recognise equally many of {found.n:,} faces ({only}; {_p(pair)})."
    lead = abs(pair.accuracy.value)
    ends = points(pair.accuracy, sign=1 if pair.first == best else -1)
    return (
        f"{best}{among} recognises {100 * lead:.1f} points more of {found.n:,} faces than {next_best} "
        f"({ends}{'; ' if ends else ''}{only}; {_p(pair)})."
    )


def summary(found: Compare) -> str:
    """The answer for the terminal: networks, pairs, classes that differ."""
    wide = max(len(one.name) for one in found.networks)
    lines = [headline(found), ""]
    for one in found.networks:
        front = "   on the Pareto front" if one.pareto else ""
        lines.append(
            f"{one.name:{wide}}  {percent(one.accuracy.value):>8}  balanced {percent(one.balanced_accuracy.value):>8}  "
            f"{one.megabytes:7.2f} MB  {one.faces_per_second:8,.0f} faces a core's second{front}"
        )
    for pair in found.pairs:
        apart = f"{_points(pair.accuracy)}; balanced {_points(pair.balanced_accuracy)}"
        same = f"the same answer for {percent(pair.agreement)}"
        lines += ["", f"{pair.first} less {pair.second}: {apart}; {_p(pair)}; {same}"]
        lines += [
            f"  {one.name:9} {one.faces:6,} faces  {percent(one.first):>8} {percent(one.second):>8}  "
            f"{_points(one.difference)}{'  *' if one.mid_p_holm < 0.05 else ''}"
            for one in pair.classes
        ]
    marked = any(one.mid_p_holm < 0.05 for pair in found.pairs for one in pair.classes)
    lines += ["* mid-p below 0.05 after Holm's correction over the labels"] * marked
    lines += [f"mind: {text}" for text in of_faces(found.protocol["data"]["split"], found.groups)]
    return "\n".join([*lines, ""])


def points(estimate: Estimate, sign: int = 1) -> str:
    """The interval of a difference, in points; of the opposite difference where the sign is -1.

    >>> from evaluate.result import Estimate
    >>> points(Estimate(0.02, -0.01, 0.05)), points(Estimate(0.02, -0.01, 0.05), -1), points(Estimate(0.0))
    ('95 % interval -1.0 to 5.0', '95 % interval -5.0 to 1.0', '')
    """
    if math.isnan(estimate.low):
        return ""
    low, high = sorted((sign * estimate.low, sign * estimate.high))
    return f"95 % interval {100 * low:.1f} to {100 * high:.1f}"


def chance(p: float) -> str:
    """A p-value.

    >>> chance(0.0312), chance(0.00041), chance(1e-9), chance(1.0)
    ('0.031', '0.0004', 'below 0.0001', '1')
    """
    if p < 0.0001:
        return "below 0.0001"
    return f"{p:.4f}" if p < 0.001 else "1" if p == 1 else f"{p:.3f}"


def _p(pair: Pair) -> str:
    corrected = pair.exact_p_holm != pair.test.exact_p
    return (
        f"McNemar's exact p {chance(pair.test.exact_p)}, mid-p {chance(pair.test.mid_p)}"
        f"{f', by Holm {chance(pair.exact_p_holm)} and {chance(pair.mid_p_holm)}' if corrected else ''}"
    )


def _points(estimate: Estimate) -> str:
    ends = points(estimate).removeprefix("95 % interval ")
    return f"{100 * estimate.value:+.1f} points{f' ({ends})' if ends else ''}"


def _page(found: Compare) -> str:
    made = environment()
    made.filters.update(points=points, chance=chance, log10=math.log10)
    agreement = {(pair.first, pair.second): (pair.agreement, pair.kappa) for pair in found.pairs}
    return made.get_template("compare.html.jinja").render(
        found=found,
        p=found.protocol,
        headline=headline(found),
        remarks=list(of_faces(found.protocol["data"]["split"], found.groups)),
        answers=[cells(found.classes, pair.answers) for pair in found.pairs],
        agreement={**agreement, **{(second, first): one for (first, second), one in agreement.items()}},
        settings=json.dumps(found.protocol["settings"], indent=1),
        charts=_measured(found),
        decades=_decades,
        tenths=_tenths([one.accuracy for one in found.networks]),
    )


def _measured(found: Compare) -> list[tuple[str, list[float]]]:
    """What accuracy is held against: name and a figure for each network."""
    return [
        ("size of the file, MB", [one.megabytes for one in found.networks]),
        ("faces a core's second", [one.faces_per_second for one in found.networks]),
    ]


def _decades(values: list[float]) -> tuple[int, int]:
    """The powers of ten between which values lie, for an axis.

    >>> _decades([0.87, 4.8]), _decades([10.0])
    ((-1, 1), (1, 2))
    """
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _tenths(estimates: list[Estimate]) -> tuple[int, int]:
    """The tenths between which all intervals lie, for an axis.

    >>> from evaluate.result import Estimate
    >>> _tenths([Estimate(0.65, 0.64, 0.67), Estimate(0.61, 0.59, 0.63)])
    (5, 7)
    """
    low, high = min(one.low for one in estimates), max(one.high for one in estimates)
    return math.floor(10 * low), math.ceil(10 * high)


def _network_rows(found: Compare) -> Rows:
    heading = ["network", "accuracy", "low", "high", "balanced accuracy", "low", "high", "megabytes"]
    rows: Rows = [[*heading, "faces a core's second", "on the Pareto front"]]
    for one in found.networks:
        figures = [one.name, *_ends(one.accuracy), *_ends(one.balanced_accuracy), one.megabytes, one.faces_per_second]
        rows.append([*figures, int(one.pareto)])
    return rows


def _pair_rows(found: Compare) -> Rows:
    heading = ["first", "second", "faces", "both", "first only", "second only", "neither", "difference", "low", "high"]
    more = ["balanced difference", "low", "high", "exact p", "mid-p", "exact p (Holm)", "mid-p (Holm)"]
    rows: Rows = [[*heading, *more, "agreement", "kappa"]]
    for one in found.pairs:
        test = one.test
        counts = [test.n, test.both, test.first_only, test.second_only, test.neither]
        ps = [test.exact_p, test.mid_p, one.exact_p_holm, one.mid_p_holm]
        apart = [*_ends(one.accuracy), *_ends(one.balanced_accuracy)]
        rows.append([one.first, one.second, *counts, *apart, *ps, one.agreement, one.kappa])
    return rows


def _class_rows(found: Compare) -> Rows:
    heading = ["first", "second", "label", "faces", "recall of first", "recall of second", "difference", "low", "high"]
    rows: Rows = [[*heading, "first only", "second only", "mid-p", "mid-p (Holm)"]]
    for pair in found.pairs:
        for one in pair.classes:
            figures = [one.faces, one.first, one.second, *_ends(one.difference)]
            more = [one.first_only, one.second_only, one.mid_p, one.mid_p_holm]
            rows.append([pair.first, pair.second, one.name, *figures, *more])
    return rows


def _answer_rows(found: Compare) -> Rows:
    rows: Rows = [["face", "label", *(one.name for one in found.networks)]]
    for name, label, answers in zip(found.names, found.labels, found.answers.T, strict=True):
        rows.append([name, found.classes[label], *(found.classes[answer] for answer in answers)])
    return rows


def _figure(found: Compare) -> Iterator[tuple[str, bytes]]:
    """Accuracy against size and speed, side by side; those on the front are filled."""
    with for_papers() as figure_of:
        figure = figure_of(figsize=(7.2, 2.6), layout="constrained")
        axes = figure.subplots(1, 2, sharey=True)
        for place, one in enumerate(found.networks):
            colour = COLOURS[place % len(COLOURS)]
            apart = [[one.accuracy.value - one.accuracy.low], [one.accuracy.high - one.accuracy.value]]
            filled = colour if one.pareto else "white"
            for at, x in zip(axes, (one.megabytes, one.faces_per_second), strict=True):
                at.errorbar([x], [one.accuracy.value], yerr=apart, fmt="o", color=colour, mfc=filled, label=one.name)
        for at, text, values in zip(axes, *zip(*_measured(found), strict=True), strict=True):
            low, high = _decades(values)
            at.set(xscale="log", xlabel=text, xlim=(10.0**low, 10.0**high))
            at.xaxis.set_major_formatter("{x:,g}")
            at.grid(linewidth=0.3)
        low, high = _tenths([one.accuracy for one in found.networks])
        axes[0].set(ylabel="accuracy with 95 % interval", ylim=(low / 10, high / 10))
        handles, names = axes[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=min(len(names), 4), frameon=False)
        yield from files("pareto", figure)


def _ends(estimate: Estimate) -> list[float]:
    return [estimate.value, estimate.low, estimate.high]
