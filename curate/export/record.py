"""What the workspace remembers of its exports: where each went, and which pictures it holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from workspace.files import write_atomically
from workspace.parquet import parquet_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

FOLDER = "exports"
"""Folder of the manifests in a workspace."""


@dataclass(frozen=True)
class Export:
    """An export about to appear.

    Attributes:
        target: Its absolute path.
        form: Name of its format.
        faces: Columns face_id and image_id, one row a face.
    """

    target: Path
    form: str
    faces: pd.DataFrame


def announce(workspace: Workspace, export: Export) -> str:
    """Writes the manifest and the row of an export, before it appears: none is ever there unrecorded.

    Returns:
        The manifest's name below the workspace's `exports/`.
    """
    faces = export.faces[["face_id", "image_id"]].sort_values(["face_id", "image_id"], kind="stable")
    data = parquet_bytes(pa.Table.from_pandas(faces, preserve_index=False).replace_schema_metadata(None))
    digest = hashlib.sha256(data).hexdigest()
    place = hashlib.sha256(str(export.target).encode()).hexdigest()
    name = f"{place[:16]}-{digest[:16]}.parquet"
    write_atomically(workspace.path / FOLDER / name, data)
    row = {
        "path": str(export.target),
        "manifest": name,
        "format": export.form,
        "rows": len(faces),
        "digest": digest,
    }
    older = workspace.read("exports")
    older = older[(older["path"] != row["path"]) | (older["manifest"] != name)]
    workspace.replace("exports", pd.concat([older, pd.DataFrame([row])], ignore_index=True))
    return name


def settle(workspace: Workspace, export: Export, name: str) -> None:
    """Forgets what stood at the target before, once the export is there."""
    rows = workspace.read("exports")
    replaced = (rows["path"] == str(export.target)) & (rows["manifest"] != name)
    workspace.replace("exports", rows[~replaced])
    for manifest in rows.loc[replaced, "manifest"]:
        (workspace.path / FOLDER / manifest).unlink(missing_ok=True)
