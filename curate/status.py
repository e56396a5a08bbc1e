"""Status: the funnel from files to faces, why things are out, what is out of date, and the disk used.

Reads a few columns of the tables with Arrow alone, so that it answers within a second.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import os
import textwrap
from typing import TYPE_CHECKING, Any

from curate.pipeline import STEPS, Step
from workspace import lineage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from workspace.store import Workspace

UP_TO_DATE, STALE, UNFINISHED, NOT_RUN = "up to date", "stale", "unfinished", "not run"
"""States of a step."""

_COPY = "duplicate"
"""The one reason of the step `dedupe`."""
NO_FACE = "no-face"
"""Reason of a row of `faces` that stands for a picture without one."""
_SAMPLED = 16
"""Folders of 256 that are measured where a picture folder is large; their names are digests, so all are alike."""
_LARGE = 20_000
_WIDTH = 100
_BAR = 28


def status(workspace: Workspace) -> dict[str, Any]:
    """What is in a workspace and what state it is in.

    Args:
        workspace: Read only; another command may be writing to it.

    Returns:
        `workspace` (path); `funnel`, a list of `name`, `unit`, `count`; `reasons`, by step a count for each
        reason, most frequent first; `steps`, a list of `step`, `state`, `why`, `command`, `finished`,
        `seconds`; `disk`, bytes by kind, and whether they are estimated. All of it plain JSON.
    """
    reasons = _reasons(workspace)
    return {
        "workspace": str(workspace.path),
        "funnel": _funnel(workspace, reasons),
        "reasons": reasons,
        "steps": [_ingest_state(workspace), *(_state(workspace, step) for step in STEPS)],
        "disk": _disk(workspace),
    }


def _reasons(workspace: Workspace) -> dict[str, dict[str, int]]:
    pictures = _out(workspace, "decisions")
    return {
        "ingest": _counts(workspace.read_arrow("rejected", ["reason"])["reason"]),
        "dedupe": {reason: count for reason, count in pictures.items() if reason == _COPY},
        "filter": {reason: count for reason, count in pictures.items() if reason != _COPY},
        "faces": _out(workspace, "faces"),
    }


def _out(workspace: Workspace, table: str) -> dict[str, int]:
    """How often each reason took a row of a table out."""
    import pyarrow.compute as pc

    rows = workspace.read_arrow(table, ["kept", "reason"])
    return _counts(rows["reason"].filter(pc.invert(rows["kept"])))


def _counts(values: pa.ChunkedArray) -> dict[Any, int]:
    """How often each value occurs, most frequent first, then by name.

    Arrow's `value_counts`, since grouping, and comparing with a plain value, make Arrow import pandas.
    """
    counted = values.value_counts()
    pairs = zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))


def _funnel(workspace: Workspace, reasons: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Stages as far as steps have run; every count is that of the tables."""
    images = workspace.rows("images")
    stages = [
        ("files", "files", workspace.rows("sources") + workspace.rows("rejected")),
        ("images", "pictures", images),
    ]
    if workspace.has("decisions"):
        copies = sum(reasons["dedupe"].values())
        stages += [
            ("after copies", "pictures", workspace.rows("decisions") - copies),
            ("after filter", "pictures", workspace.rows("decisions") - copies - sum(reasons["filter"].values())),
        ]
    if workspace.has("faces"):
        faces = workspace.read_arrow("faces", ["kept", "rank"])
        ranks, kept = _counts(faces["rank"]), _counts(faces["kept"]).get(True, 0)
        # Exactly one face of a picture has rank 0; a picture without one has a row of rank -1.
        found = faces.num_rows - ranks.get(-1, 0)
        stages += [
            ("with a face", "pictures", ranks.get(0, 0)),
            ("faces found", "faces", found),
            ("faces kept", "faces", kept),
        ]
    return [{"name": name, "unit": unit, "count": count} for name, unit, count in stages]


# Whether a step is up to date


def _ingest_state(workspace: Workspace) -> dict[str, Any]:
    line = lineage.last_line(workspace, "ingest")
    if workspace.staged("seen"):
        return _told("ingest", UNFINISHED, "it was stopped; the next run goes on from there", line)
    if line is None:
        return _told("ingest", NOT_RUN, "", None)
    return _told("ingest", UP_TO_DATE, "", line)


def _state(workspace: Workspace, step: Step) -> dict[str, Any]:
    line = lineage.last_line(workspace, step.name)
    if line is None or any(not workspace.has(table) for table in step.writes):
        return _told(step.name, NOT_RUN, "", None)
    new = [table for table in step.reads if table not in line["inputs"]]
    if new:
        return _told(step.name, STALE, f"it did not read {_listed(new)} yet", line)
    changed = [table for table in step.reads if line["inputs"][table] != workspace.digest(table)]
    if changed:
        return _told(step.name, STALE, f"{_listed(changed)} changed since", line)
    touched = [table for table in step.writes if line["outputs"].get(table) != workspace.digest(table)]
    if touched:
        return _told(step.name, STALE, f"{_listed(touched)} is not as the step left it", line)
    other = [name for name in step.libraries if line["versions"].get(name) != _version(name)]
    if other:
        return _told(step.name, STALE, f"another version of {_listed(other)} is installed now", line)
    return _told(step.name, UP_TO_DATE, "", line)


def _told(step: str, state: str, why: str, line: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "step": step,
        "state": state,
        "why": why,
        "command": f"curate {step}" + (" FOLDER" if step == "ingest" else ""),
        "finished": line["finished"] if line else None,
        "seconds": line["seconds"] if line else None,
    }


def _listed(names: list[str]) -> str:
    return " and ".join(names)


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


# Disk


def _disk(workspace: Workspace) -> dict[str, Any]:
    large = max(workspace.rows("images"), workspace.rows("faces")) > _LARGE
    sizes = {
        kind: _picture_bytes(workspace.path / kind) if large else _bytes(workspace.path / kind)
        for kind in ("originals", "faces", "grey")
    }
    sizes |= {kind: _bytes(workspace.path / kind) for kind in ("tables", "cache", "staging")}
    return {**sizes, "total": sum(sizes.values()), "estimated": large}


def _bytes(folder: Path) -> int:
    """Bytes of all files below a folder; a file that vanishes meanwhile counts for nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(f"{place}/{name}", follow_symlinks=False).st_size  # noqa: PTH116 - 100,000 times
            except FileNotFoundError:
                continue
    return total


def _picture_bytes(folder: Path) -> int:
    """Bytes of a picture folder, told from some of its parts."""
    parts = sorted(part for part in folder.iterdir() if part.is_dir()) if folder.is_dir() else []
    sample = parts[:: max(1, len(parts) // _SAMPLED)]
    return sum(map(_bytes, sample)) * len(parts) // max(1, len(sample))


# Text


def text(result: Mapping[str, Any]) -> str:
    """The status on one screen of a terminal, 100 columns wide.

    Args:
        result: What `status` gave.
    """
    return "\n".join(
        itertools.chain(
            [result["workspace"], ""],
            _funnel_lines(result["funnel"]),
            _reason_lines(result["reasons"]),
            [""],
            (_step_line(step) for step in result["steps"]),
            ["", _disk_line(result["disk"])],
        )
    )


def _funnel_lines(stages: list[dict[str, Any]]) -> list[str]:
    """Pictures as parts of all files, faces as parts of the faces found."""
    whole = {unit: next((s["count"] for s in stages if s["unit"] in units), 0) for unit, units in _WHOLES.items()}
    lines = []
    for stage in stages:
        share = stage["count"] / whole[stage["unit"]] if whole[stage["unit"]] else 0.0
        bar = "█" * round(_BAR * share) or ("▏" if stage["count"] else "")
        lines.append(f"{stage['name']:<14}{stage['count']:>11,}  {share:>6.1%}  {bar}".rstrip())
    return lines


_WHOLES = {"files": ("files",), "pictures": ("files",), "faces": ("faces",)}
"""Unit -> the unit whose first stage is its whole."""


def _reason_lines(reasons: Mapping[str, Mapping[str, int]]) -> list[str]:
    faces = dict(reasons["faces"])
    without = {NO_FACE: faces.pop(NO_FACE, 0)}  # a picture, not a face
    named = {
        "rejected": reasons["ingest"],
        "copies": reasons["dedupe"],
        "filtered": reasons["filter"],
        "no face": without,
        "faces out": faces,
    }
    lines: list[str] = []
    for name, counts in named.items():
        if any(counts.values()):
            said = ", ".join(f"{reason} {count:,}" for reason, count in counts.items())
            start = f"{name:<10}{sum(counts.values()):>7,}  "
            lines += textwrap.wrap(start + said, _WIDTH, subsequent_indent=" " * len(start), break_on_hyphens=False)
    return ["", *lines] if lines else []


def _step_line(step: Mapping[str, Any]) -> str:
    if step["state"] == UP_TO_DATE:
        return f"{step['step']:<10}up to date  ({step['finished']}, {step['seconds']:.1f} s)"
    why = f" ({step['why']})" if step["why"] else ""
    return f"{step['step']:<10}{step['state']}{why}: run `{step['command']}`"


def _disk_line(disk: Mapping[str, Any]) -> str:
    about = "about " if disk["estimated"] else ""
    parts = ", ".join(f"{kind} {size(disk[kind])}" for kind in ("originals", "faces", "grey", "tables", "cache"))
    return f"disk      {about}{size(disk['total'])}: {parts}"


def size(count: int) -> str:
    """Bytes for people.

    >>> size(999), size(2048), size(5 * 2**30)
    ('999 B', '2.0 KiB', '5.0 GiB')
    """
    if count < 1000:
        return f"{count} B"
    value, unit = count / 1024, "KiB"
    for larger in ("MiB", "GiB", "TiB"):
        if value < 1000:
            break
        value, unit = value / 1024, larger
    return f"{value:.1f} {unit}"
