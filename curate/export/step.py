"""The step `export`: kept faces out of the workspace, in a format that others read."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

from curate.export import card, croissant, facts, formats, listing, record
from curate.export.job import Job
from curate.export.pictures import Pictures
from curate.export.selection import select
from curate.export.target import MARKER, check, new_folder
from workspace import lineage
from workspace.console import progress

if TYPE_CHECKING:
    from curate.export.formats import Format
    from curate.export.selection import Selection
    from curate.export.target import Target
    from schemas.settings import EngineSettings, ExportSettings
    from workspace.store import Workspace

READS = ("faces", "images", "sources", "decisions", "duplicates", "conflicts", "splits")
"""Tables whose digests stand in the marker and in the log."""


def export(
    workspace: Workspace,
    form: Format,
    target: Target,
    settings: ExportSettings,
    engine: EngineSettings,
) -> dict[str, Any]:
    """Writes an export; it is there whole, or not at all.

    The same tables and settings give the same bytes, wherever and whenever.

    Args:
        workspace: Its tables and crops are read, its tables `exports` and log written.
        form: One of `formats.FORMATS`.
        target: A folder that is not there yet, or an earlier export that may be replaced.
        settings: Which faces and pictures, and what the card says of the whole.
        engine: How work is spread.

    Returns:
        `path`, `format`, `faces`, `photographs`, `classes` (class -> faces), `splits` (split -> faces) and
        `left_out` (why -> faces).

    Raises:
        UsageError: The format cannot be written so, or the target may not be written to.
        WorkspaceError: There is no face, or a table or crop is missing.
        InputError: A label is missing or unknown.
        StorageError: The disk refused a write.
    """
    formats.check(form, settings)
    check(target, workspace.path)
    path = target.path.absolute()
    with workspace.lock():
        asked = {"format": form.name, "target": str(path), **lineage.plain(settings)}
        run = lineage.Run(workspace, "export", asked, READS)
        selection = select(workspace, form, settings)
        pictures = Pictures(workspace, formats.kind(form, settings))
        known = facts.gather(workspace, selection)
        exported = record.Export(path, form.name, selection.frame[["face_id", "image_id"]])
        with new_folder(path, _marker(workspace, form, settings)) as folder:
            _write(Job(folder, selection, pictures, workspace, engine), form, known, settings)
            manifest = record.announce(workspace, exported)
        record.settle(workspace, exported, manifest)
        counts = _counts(selection, known)
        run.finish(counts)
    return {"path": str(path), "format": form.name, **counts}


def _write(job: Job, form: Format, known: facts.Facts, settings: ExportSettings) -> None:
    module = importlib.import_module(form.module)
    written = listing.write_listing(job.folder / listing.FILE, module.write(job))
    for _ in progress(written, text="export", total=known.faces, unit="faces"):
        pass
    text = card.card(form, job.pictures.kind, job.selection, known, settings)
    (job.folder / card.FILE).write_text(text, encoding="utf-8")
    files = listing.files(job.folder, without=(MARKER,))
    described = croissant.croissant(form, known, settings, files)
    content = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    (job.folder / croissant.FILE).write_text(content, encoding="utf-8")


def _marker(workspace: Workspace, form: Format, settings: ExportSettings) -> dict[str, Any]:
    return {
        "mien": lineage.VERSION,
        "format": form.name,
        "settings": lineage.plain(settings),
        "tables": {table: workspace.digest(table) for table in READS},
    }


def _counts(selection: Selection, known: facts.Facts) -> dict[str, Any]:
    sums = zip(*known.classes.values(), strict=True)
    return {
        "faces": known.faces,
        "photographs": known.photographs,
        "classes": {name: sum(counts) for name, counts in known.classes.items()},
        "splits": {name: sum(counts) for name, counts in zip(selection.splits, sums, strict=True) if name},
        "left_out": dict(selection.left_out),
    }
