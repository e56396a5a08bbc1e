"""What changed from one evaluation to the next, above all when labels were corrected between them."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluate.write import RESULTS
from schemas.emotion import NAMES
from schemas.errors import InputError
from workspace.interval import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ANSWERS = "answers.csv"


@dataclass(frozen=True)
class _Evaluated:
    """An evaluation's network, and label and answer of each face."""

    network: str
    faces: dict[str, tuple[str, str]]


def changes(before: Path, after: Path) -> dict[str, Any]:
    """Compares two evaluations on the faces that both have.

    Args:
        before: Folder that `evaluate` wrote, or the `results.json` in it.
        after: The same of the later one.

    Returns:
        `faces` in both, `only_before`, `only_after`; `networks`; `relabelled`, and `pairs` (old -> new label);
        `right_now` and `wrong_now`: faces whose answer became right or wrong; `accuracy` before and after with
        their 95 % Wilson intervals; `answers_changed`; `classes`: faces and recall of each, before and after.

    Raises:
        InputError: One of them is no evaluation, or they have no face in common.
    """
    first, second = _read(before), _read(after)
    common = sorted(first.faces.keys() & second.faces.keys())
    if not common:
        what = f"{before} and {after} have no face in common"
        raise InputError(what, "evaluate the same faces twice: the same --data and --split")
    old, new = ([evaluated.faces[face] for face in common] for evaluated in (first, second))
    pairs: dict[str, int] = {}
    for (was, _), (now, _) in zip(old, new, strict=True):
        if was != now:
            pairs[f"{was} -> {now}"] = pairs.get(f"{was} -> {now}", 0) + 1
    right = [(was == said, now == says) for (was, said), (now, says) in zip(old, new, strict=True)]
    return {
        "networks": [first.network, second.network],
        "faces": len(common),
        "only_before": len(first.faces) - len(common),
        "only_after": len(second.faces) - len(common),
        "relabelled": sum(pairs.values()),
        "pairs": dict(sorted(pairs.items(), key=lambda one: (-one[1], one[0]))),
        "answers_changed": sum(said != says for (_, said), (_, says) in zip(old, new, strict=True)),
        "right_now": sum(now and not was for was, now in right),
        "wrong_now": sum(was and not now for was, now in right),
        "accuracy": {"before": _share([was for was, _ in right]), "after": _share([now for _, now in right])},
        "classes": {name: {"before": _recall(old, name), "after": _recall(new, name)} for name in NAMES},
    }


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    before, after = result["accuracy"]["before"], result["accuracy"]["after"]
    pairs = ", ".join(f"{pair} {count:,}" for pair, count in result["pairs"].items())
    points = 100 * (after["value"] - before["value"])
    turned = f"{result['right_now']:,} answers became right, {result['wrong_now']:,} wrong"
    lines = [
        f"{result['faces']:,} faces in both; {result['relabelled']:,} relabelled{f': {pairs}' if pairs else ''}",
        f"accuracy {_percent(before)} before, {_percent(after)} after: {points:+.1f} points ({turned})",
    ]
    if result["only_before"] or result["only_after"]:
        lines.append(f"left out: {result['only_before']:,} faces only before, {result['only_after']:,} only after")
    if result["networks"][0] != result["networks"][1]:
        lines.append(f"the networks differ: {' and '.join(result['networks'])}")
    lines.append("recall       before               after")
    for name, one in result["classes"].items():
        lines.append(f"{name:9} {_cell(one['before']):>18}  {_cell(one['after']):>18}")
    return "\n".join(lines)


def _read(path: Path) -> _Evaluated:
    folder = path.parent if path.name == RESULTS else path
    fix = "name a folder that `evaluate --out` wrote, or the results.json in it"
    try:
        network = json.loads((folder / RESULTS).read_text(encoding="utf-8"))["network"]
        with (folder / _ANSWERS).open(encoding="utf-8", newline="") as file:
            faces = {row["face"]: (row["label"], row["answer"]) for row in csv.DictReader(file)}
    except OSError as error:
        raise InputError(f"cannot read {error.filename}: {error.strerror}", fix) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder} holds no evaluation of mien: {error}", fix) from error
    return _Evaluated(str(network), faces)


def _share(right: Sequence[bool]) -> dict[str, float]:
    low, high = wilson(sum(right), len(right))
    return {"value": sum(right) / len(right), "low": low, "high": high}


def _recall(faces: Sequence[tuple[str, str]], name: str) -> dict[str, Any]:
    answers = [answer for label, answer in faces if label == name]
    return {"faces": len(answers), "recall": answers.count(name) / len(answers) if answers else None}


def _percent(share: dict[str, float]) -> str:
    return f"{100 * share['value']:.1f} % ({100 * share['low']:.1f} to {100 * share['high']:.1f})"


def _cell(one: dict[str, Any]) -> str:
    recall = "–" if one["recall"] is None else f"{100 * one['recall']:.1f} %"
    return f"{recall} of {one['faces']:,}"
