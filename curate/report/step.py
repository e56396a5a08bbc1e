"""The report: one static HTML file that opens offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from curate.report.gather import gather
from curate.report.histogram import HEIGHT, WIDTH
from curate.status import NO_FACE, size
from workspace.files import write_atomically

if TYPE_CHECKING:
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
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("curate", "report"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    page = gather(workspace)
    html = environment.get_template("page.html.jinja").render(
        page=page,
        funnel=_funnel(page),
        width=WIDTH,
        height=HEIGHT,
        disk=size(page.status["disk"]["total"]),
    )
    path = out or workspace.path / "report.html"
    write_atomically(path, html.encode("utf-8", "backslashreplace"))
    return path


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


def _without_no_face(counts: dict[str, int]) -> dict[str, int]:
    return {reason: count for reason, count in counts.items() if reason != NO_FACE}
