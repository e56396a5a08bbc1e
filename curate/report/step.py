"""The report: one static HTML file that opens offline.

A page bears a digest of all it was made from; where that has not changed, the page is left as it is, and none of
the libraries that draw it is loaded.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from curate.status import NO_FACE, size, status
from schemas.tables import TABLES
from workspace import lineage
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from curate.report.page import Page
    from workspace.store import Workspace

_WHY = {
    "images": "byte-identical copies and rejected files",
    "after copies": "copies of a picture that is kept",
    "after filter": "filtered out",
    "with a face": "without a face",
    "faces kept": "out",
}
"""Stage -> what became of those that did not reach it."""
_HEAD = 1024
"""Bytes of a page within which its digest stands."""


def report(workspace: Workspace, out: Path | None = None) -> Path:
    """Writes the report.

    Args:
        workspace: Read only; steps that have not run leave their sections saying which command runs them.
        out: Where the page goes; `report.html` in the workspace when None.

    Returns:
        Where the page is.

    Raises:
        StorageError: The disk refused it.
    """
    path = out or workspace.path / "report.html"
    now = status(workspace)
    digest = _digest(workspace, now)
    if not _is_made_from(path, digest):
        write_atomically(path, _render(workspace, now, digest).encode("utf-8", "backslashreplace"))
    return path


def _digest(workspace: Workspace, now: Mapping[str, Any]) -> str:
    """SHA-256 of all that decides what a page shows: tables, log, the state of each step, and this package."""
    package = sorted(files("curate.report").iterdir(), key=lambda entry: entry.name)
    content = {
        "tables": {name: workspace.digest(name) for name in TABLES},
        "log": list(lineage.lines(workspace)),
        "status": {name: value for name, value in now.items() if name != "disk"},
        "package": [hashlib.sha256(entry.read_bytes()).hexdigest() for entry in package if entry.is_file()],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _is_made_from(path: Path, digest: str) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as page:
        return digest.encode() in page.read(_HEAD)


def _render(workspace: Workspace, now: dict[str, Any], digest: str) -> str:
    import jinja2

    from curate.report.gather import gather

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("curate", "report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = gather(workspace, now)
    return environment.get_template("page.html.jinja").render(
        page=page, funnel=_funnel(page), digest=digest, disk=size(now["disk"]["total"])
    )


def _funnel(page: Page) -> list[dict[str, Any]]:
    """The stages with their share of the whole (files, or faces found) and what was lost on the way to each."""
    stages: list[dict[str, Any]] = []
    for entry in page.status["funnel"]:
        whole = next((one["count"] for one in stages if one["unit"] == "faces" == entry["unit"]), None)
        whole = whole or (page.count("files") if entry["unit"] != "faces" else entry["count"])
        lost = stages[-1]["count"] - entry["count"] if entry["name"] in _WHY else 0
        share = 100 * entry["count"] / whole if whole else 0.0
        stages.append({**entry, "share": round(share, 2), "lost": lost, "why": _why(page, entry["name"], lost)})
    return stages


def _why(page: Page, stage: str, lost: int) -> str:
    reasons = page.status["reasons"]
    if stage == "images":
        rejected = sum(reasons["ingest"].values())
        parts = [(lost - rejected, "byte-identical copies"), (rejected, "rejected")]
        return ", ".join(f"{count:,} {what}" for count, what in parts if count)
    counts = {"after filter": reasons["filter"], "faces kept": _without_no_face(reasons["faces"])}.get(stage, {})
    listed = ", ".join(f"{count:,} {reason}" for reason, count in counts.items())
    return f"{_WHY.get(stage, '')}{': ' if listed else ''}{listed}"


def _without_no_face(counts: Mapping[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in counts.items() if reason != NO_FACE}
