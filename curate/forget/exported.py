"""Which exports still hold forgotten pictures; and the workspace's own lists of exports, without them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from curate.export.record import FOLDER
from workspace.files import write_atomically
from workspace.parquet import parquet_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from curate.forget.gone import Gone
    from workspace.store import Workspace


@dataclass(frozen=True)
class Holding:
    """An export that holds something forgotten.

    Attributes:
        path: Where it was written to.
        format: Its format.
        rows: Rows of it that are of a forgotten picture.
        there: Whether something lies at that place now.
    """

    path: str
    format: str
    rows: int
    there: bool


def holding(workspace: Workspace, gone: Gone) -> list[Holding]:
    """The exports that hold a picture or a face that is gone, by the manifests that were kept of them."""
    from pathlib import Path

    found = []
    for row, manifest in _manifests(workspace):
        count = pc.sum(_named(manifest, gone)).as_py() or 0
        if count:
            found.append(Holding(row["path"], row["format"], count, Path(row["path"]).exists()))
    return found


def forget_in_manifests(workspace: Workspace, gone: Gone) -> None:
    """Writes the manifests anew without what is gone, and their rows in the table `exports` with them."""
    import pandas as pd

    rows = []
    for row, manifest in list(_manifests(workspace)):
        named = _named(manifest, gone)
        if not pc.any(named).as_py():
            rows.append(row)
            continue
        left = manifest.filter(pc.invert(named))
        data = parquet_bytes(left)
        digest = hashlib.sha256(data).hexdigest()
        name = f"{row['manifest'].partition('-')[0]}-{digest[:16]}.parquet"
        write_atomically(workspace.path / FOLDER / name, data)
        rows.append({**row, "manifest": name, "rows": left.num_rows, "digest": digest})
    if workspace.has("exports"):
        table = pd.DataFrame(rows, columns=workspace.read("exports").columns)
        workspace.replace("exports", table.drop_duplicates(["path", "manifest"]))
    listed = {row["manifest"] for row in rows}
    for path in (workspace.path / FOLDER).glob("*.parquet"):
        if path.name not in listed:
            path.unlink()


def _manifests(workspace: Workspace) -> Iterator[tuple[dict[str, str], pa.Table]]:
    for row in workspace.read_arrow("exports").to_pylist():
        path = workspace.path / FOLDER / row["manifest"]
        if path.exists():
            with pq.ParquetFile(path) as file:
                yield row, file.read()


def _named(manifest: pa.Table, gone: Gone) -> pa.ChunkedArray:
    faces = pc.is_in(manifest["face_id"], value_set=pa.array(sorted(gone.face_ids), pa.string()))
    pictures = pc.is_in(manifest["image_id"], value_set=pa.array(sorted(gone.image_ids), pa.string()))
    return pc.fill_null(pc.or_(faces, pictures), False)  # noqa: FBT003 - a value
