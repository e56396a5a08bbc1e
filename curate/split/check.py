"""`curate split --check`: says whether a data set leaks, and where."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

from curate.split.leaks import KINDS, find_leaks
from curate.split.members import of_data, of_workspace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.settings import EngineSettings
    from workspace.store import Workspace


def check(data: Path | Workspace, engine: EngineSettings) -> dict[str, Any]:
    """Looks for pictures that stand in two splits.

    Args:
        data: A workspace that has been split, or a data set that mien did not make (`curate.split.members.of_data`).
        engine: How reading is spread.

    Returns:
        `splits`: name -> pictures; `leaking`: pictures of later splits that leak, each counted once; `kinds`: kind ->
        pictures; `pairs_of_splits`: `"Training, PublicTest"` -> pictures; `other_labels`: pictures whose match bears
        another label; `unreadable`: name -> reason; `without_split`: pictures in no split, which are not looked at;
        `leaks`: the fields of `Leak`, gravest first.

    Raises:
        InputError: The data cannot be read, or has no splits.
        WorkspaceError: The workspace has not been split.
    """
    from pathlib import Path

    members = of_data(data, engine) if isinstance(data, Path) else of_workspace(data)
    leaks = find_leaks(members)
    kinds = Counter(leak.kind for leak in leaks)
    pairs = Counter({(leak.source, leak.other_split, leak.split): 1 for leak in leaks}.keys())
    between = Counter(f"{earlier}, {later}" for _, earlier, later in pairs)
    return {
        "splits": members.counts(),
        "leaking": len({leak.source for leak in leaks}),
        "kinds": {kind: kinds[kind] for kind in KINDS if kinds[kind]},
        "pairs_of_splits": dict(sorted(between.items())),
        "other_labels": len({leak.source for leak in leaks if leak.labels}),
        "unreadable": members.unreadable,
        "without_split": members.without_split,
        "leaks": [dataclasses.asdict(leak) for leak in leaks],
    }


def text(result: Mapping[str, Any]) -> str:
    """The result for a terminal: a line for each leak, then the counts.

    Args:
        result: What `check` gave.
    """
    lines = [_line(leak) for leak in result["leaks"]]
    splits = ", ".join(f"{name} {count:,}" for name, count in result["splits"].items())
    lines += [f"pictures   {splits}"]
    if result["unreadable"]:
        lines += [f"unreadable {len(result['unreadable']):,}: compared by what is declared of them alone"]
    if result["without_split"]:
        lines += [f"no split   {result['without_split']:,}: not looked at"]
    if not result["leaks"]:
        return "\n".join([*lines, "no leak found"])
    kinds = ", ".join(f"{_MEANING[kind]} {count:,}" for kind, count in result["kinds"].items())
    lines += [f"leaking    {result['leaking']:,} pictures: {kinds}"]
    if result["other_labels"]:
        lines += [f"labels     {result['other_labels']:,} of them under another label than their match"]
    return "\n".join(lines)


_MEANING = {
    "exact": "identical pixels",
    "near": "copies or other shots of a moment",
    "mirrored": "mirrored copies",
    "identity": "same person",
    "related": "same video, address or group of copies",
}


def _line(leak: Mapping[str, Any]) -> str:
    """One leak; what is a stranger's name is made printable by whoever prints."""
    why = f"{leak['correlation']:.3f}" if leak["correlation"] else leak["detail"]
    labels = f"  [{leak['labels']}]" if leak["labels"] else ""
    return (
        f"{leak['kind']:<9} {leak['split']}: {leak['source']}  =  {leak['other_split']}: {leak['other']}  {why}{labels}"
    )
