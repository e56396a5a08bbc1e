"""Takes what was chosen out of every table, file and line of a workspace.

What is to go is written into a journal first, and the journal is removed last. Every step in between can be done twice
without harm, so a run that was killed is finished by doing all of them again; until then no other command may
write to the workspace.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curate.export.record import FOLDER
from curate.fetch.cache import folder_of, key_of
from curate.forget import tombstones
from curate.forget.exported import forget_in_manifests
from curate.forget.gone import Gone, without
from schemas.tables import TABLES, Table
from workspace import lineage
from workspace.files import disk_errors, sync_folder, write_atomically
from workspace.store import JOURNAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workspace.store import Workspace

_PICTURE_FOLDERS = ("originals", "faces", "grey", "augmented")
_PAGES = {".html", ".htm", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".pdf", ".svg"}
"""What may show pictures where it lies in the workspace's own folder: the report, contact sheets, saved pages."""

_LABELLING = ("label-studio", ".label-key")
"""What `annotate` keeps: its server's folder, and the secret of the names that the server knows faces by."""


def erase(workspace: Workspace, gone: Gone) -> dict[str, Any]:
    """Forgets; the caller holds the workspace's lock.

    Args:
        workspace: From which.
        gone: What; nothing else is touched.

    Returns:
        Counts: `pictures`, `faces`, `files` (names of files); and `pages`, the names of reports and contact sheets in
        the workspace that were deleted, because nobody can tell what they show.

    Raises:
        StorageError: The disk refused a write; the next `curate forget` goes on.
    """
    write_atomically(workspace.path / JOURNAL, json.dumps(_as_json(gone)).encode())
    sync_folder(workspace.path)
    return finish(workspace, gone)


def unfinished(workspace: Workspace) -> Gone | None:
    """What a run that was stopped had begun to forget, or None."""
    path = workspace.path / JOURNAL
    if not path.exists():
        return None
    return Gone(**{name: frozenset(values) for name, values in json.loads(path.read_bytes()).items()})


def finish(workspace: Workspace, gone: Gone) -> dict[str, Any]:
    """Does all that `erase` does after its journal is written; for a run that was stopped, again."""
    run = lineage.Run(workspace, "forget", {}, writes=("forgotten",))
    tombstones.add(workspace, gone.image_ids)
    shown = pages(workspace)
    _drop_shown(workspace, gone)
    _drop_rows(workspace, gone)
    forget_in_manifests(workspace, gone)
    with disk_errors(workspace.path):
        _drop_files(workspace, gone)
        for name in shown:
            (workspace.path / name).unlink(missing_ok=True)
    _redact_log(workspace, gone)
    counts = {"pictures": len(gone.image_ids), "faces": len(gone.face_ids), "files": len(gone.sources)}
    run.finish(counts)
    with disk_errors(workspace.path):
        (workspace.path / JOURNAL).unlink()
        sync_folder(workspace.path)
    return {**counts, "pages": shown}


def pages(workspace: Workspace) -> list[str]:
    """Names of the files in the workspace's own folder that may show pictures."""
    return sorted(path.name for path in workspace.path.iterdir() if path.suffix.lower() in _PAGES and path.is_file())


def strangers(workspace: Workspace) -> list[str]:
    """Names of what lies in the workspace's own folder and is none of mien's; it is never touched."""
    known = {"workspace.toml", "log.jsonl", ".lock", tombstones.KEY, JOURNAL, "tables", "cache", "staging", FOLDER}
    known.update(_PICTURE_FOLDERS, _LABELLING, pages(workspace))
    return sorted(path.name for path in workspace.path.iterdir() if path.name not in known)


def _as_json(gone: Gone) -> dict[str, list[str]]:
    return {name: sorted(getattr(gone, name)) for name in ("image_ids", "face_ids", "sources", "words")}


# Tables


def _drop_rows(workspace: Workspace, gone: Gone) -> None:
    heirs = _heirs(workspace, gone)
    broken = _broken_groups(workspace, gone)
    for table in TABLES.values():
        change = without(table, gone, heirs)
        if table.name == "duplicates":
            change = without(table, Gone(gone.image_ids | broken, gone.face_ids, gone.sources, gone.words))
        workspace.rewrite(table.name, change)
        workspace.rewrite_staged(table.name, change)
        _clear_attempts(workspace, table)
    with disk_errors(workspace.path):
        shutil.rmtree(workspace.path / "staging" / ".sort", ignore_errors=True)


def _heirs(workspace: Workspace, gone: Gone) -> dict[str, dict[str, str]]:
    """Groups of the table `splits` are named after their smallest image_id; where that goes, the next takes over."""
    rows = workspace.read("splits", ["image_id", "group_id"])
    left = rows[rows["group_id"].isin(gone.image_ids) & ~rows["image_id"].isin(gone.image_ids)]
    smallest = left.groupby("group_id")["image_id"].min()
    return {"group_id": dict(zip(smallest.index.astype(str), smallest, strict=True))}


def _broken_groups(workspace: Workspace, gone: Gone) -> frozenset[str]:
    """Pictures in a group of copies with one that goes: their figures were taken against it. `dedupe` groups anew."""
    rows = workspace.read("duplicates", ["image_id", "group_id"])
    groups = rows.loc[rows["image_id"].isin(gone.image_ids), "group_id"]
    return frozenset(rows.loc[rows["group_id"].isin(groups), "image_id"])


def _clear_attempts(workspace: Workspace, table: Table) -> None:
    """Removes what a killed writer left of this table beside it."""
    folder = workspace.path / table.folder
    for ending in ("new", "old"):
        shutil.rmtree(folder / f".{table.name}.{ending}", ignore_errors=True)


# Files


def _drop_shown(workspace: Workspace, gone: Gone) -> None:
    """Removes what raters are shown of the faces, under names that only the table `tasks` can resolve."""
    tasks = workspace.read("tasks", ["face_id", "uid"])
    names = frozenset(tasks.loc[tasks["face_id"].isin(gone.face_ids), "uid"])
    with disk_errors(workspace.path):
        for path in (workspace.path / "label-studio" / "pictures").glob("*/*"):
            if path.name.partition(".")[0] in names:
                path.unlink(missing_ok=True)


def _drop_files(workspace: Workspace, gone: Gone) -> None:
    # Ours alone: an export that somebody put into the workspace is listed, not touched.
    ours = (workspace.path / name for name in (*_PICTURE_FOLDERS, "tables", "cache", "staging", FOLDER))
    for place, folders, names in itertools.chain.from_iterable(os.walk(folder, topdown=False) for folder in ours):
        path = Path(place)
        for name in names:
            # Half-written files may be half of anything; whoever wrote them is dead, since we hold the lock.
            if name.endswith(".part") or name.partition(".")[0] in gone.ids:
                (path / name).unlink(missing_ok=True)
        if not folders and path.parent.name in _PICTURE_FOLDERS:
            with contextlib.suppress(OSError):  # not empty
                path.rmdir()
    for path in workspace.path.glob(".*.part"):
        path.unlink(missing_ok=True)
    for path in list(_downloads(workspace, gone)):
        path.unlink(missing_ok=True)


def _downloads(workspace: Workspace, gone: Gone) -> Iterator[Path]:
    """Pictures that were fetched but not yet taken in, by their bytes or by the address they came from."""
    folder = folder_of(workspace.path)
    keys = {key_of(word) for word in gone.words}
    for path in folder.rglob("*") if folder.is_dir() else ():
        if path.is_file() and (path.name.partition(".")[0] in keys or _digest(path) in gone.image_ids):
            yield path


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# Log


def _redact_log(workspace: Workspace, gone: Gone) -> None:
    path = workspace.path / "log.jsonl"
    if not path.exists():
        return
    before = path.read_bytes()
    lines = (json.dumps(_redacted(line, gone), ensure_ascii=False) + "\n" for line in lineage.lines(workspace))
    after = "".join(lines).encode()
    if after != before:
        write_atomically(path, after)


def _redacted(value: Any, gone: Gone) -> Any:
    if isinstance(value, str):
        return gone.redact(value)
    if isinstance(value, dict):
        return {gone.redact(key): _redacted(inner, gone) for key, inner in value.items()}
    if isinstance(value, list):
        return [_redacted(inner, gone) for inner in value]
    return value
