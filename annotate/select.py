"""The faces that are to be labelled: all, or of a split, a query, a file, or still below some number of raters."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import InputError, UsageError, WorkspaceError
from workspace.sql import sql

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workspace.store import Workspace

_ID = 32
"""Digits of a face_id."""


@dataclass(frozen=True)
class Wanted:
    """What a face must be to be chosen; it must meet all of them. Without any, every kept face is.

    Attributes:
        split: In this split.
        query: Among the answers of this SELECT, in its column face_id or its only one.
        file: Named in this file: one face_id a line, or CSV with a column face_id.
        below: Labelled by fewer raters than this, in the table `annotations`.
    """

    split: str = ""
    query: str = ""
    file: Path | None = None
    below: int = 0


def select(workspace: Workspace, wanted: Wanted) -> list[str]:
    """The face_ids of the kept faces that are wanted, sorted.

    Raises:
        UsageError: The query does not read, or gives no face_id.
        InputError: The file cannot be read, or names a face that is not kept.
        WorkspaceError: There is no kept face, no split, or none is left.
    """
    faces = workspace.read("faces", ["face_id", "image_id", "kept"])
    faces = faces[faces["kept"]]
    if faces.empty:
        raise WorkspaceError(f"{workspace.path} has no kept face", "curate run FOLDER, or loosen `curate faces`")
    chosen = set(faces["face_id"])
    kept = frozenset(chosen)
    if wanted.split:
        chosen &= set(faces.loc[faces["image_id"].isin(_of_split(workspace, wanted.split)), "face_id"])
    if wanted.query:
        chosen &= _checked(_answers(workspace, wanted.query), kept, "the query")
    if wanted.file:
        chosen &= _checked(read_ids(wanted.file), kept, str(wanted.file))
    if wanted.below:
        counts = raters_of(workspace)
        chosen = {face for face in chosen if counts[face] < wanted.below}
    if not chosen:
        raise WorkspaceError("no face is wanted: none meets all that was asked for", "ask for less")
    return sorted(chosen)


def raters_of(workspace: Workspace) -> Counter[str]:
    """How many raters have labelled each face; a skip, a deleted answer and the repeat do not count."""
    return Counter(face for face, _ in answered(workspace))


def answered(workspace: Workspace) -> set[tuple[str, str]]:
    """The pairs of face_id and rater with an answer that counts."""
    rows = workspace.read("annotations", ["face_id", "rater", "skipped", "gone"])
    rows = rows[~rows["skipped"].astype(bool) & (rows["gone"].fillna("") != "annotation")]
    return set(zip(rows["face_id"], rows["rater"], strict=True))


def read_ids(path: Path) -> list[str]:
    """The face_ids in a file, as FiftyOne's saved views and queues of disagreement are written by mien.

    Raises:
        InputError: It cannot be read, or is a CSV without a column face_id.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}", "give a text file, one face_id a line, or CSV") from error
    first = text.partition("\n")[0]
    if "face_id" not in first:
        return [line.strip() for line in text.splitlines() if line.strip()]
    rows = csv.DictReader(io.StringIO(text))
    if "face_id" not in (rows.fieldnames or ()):
        raise InputError(f"{path} has no column face_id", f"its columns are {', '.join(rows.fieldnames or ())}")
    return [row["face_id"].strip() for row in rows if row["face_id"]]


def _of_split(workspace: Workspace, name: str) -> set[str]:
    table = workspace.read("splits", ["image_id", "split"])
    names = sorted(set(table["split"]))
    if name not in names:
        fix = f"one of: {', '.join(names)}" if names else "curate split, first"
        raise WorkspaceError(f"there is no split `{name}`", fix)
    return set(table.loc[table["split"] == name, "image_id"])


def _answers(workspace: Workspace, query: str) -> list[str]:
    answer = sql(workspace, query)
    if "face_id" not in answer.columns and len(answer.columns) != 1:
        what = f"the query gives no face_id, but {', '.join(answer.columns)}"
        raise UsageError(what, 'for example "select face_id from faces where kept and yaw < 10"')
    place = answer.columns.index("face_id") if "face_id" in answer.columns else 0
    return [str(row[place]) for row in answer.rows]


def _checked(names: Iterable[str], kept: frozenset[str], where: str) -> set[str]:
    found = set(names)
    strange = sorted(found - kept)
    if strange:
        what = f"{where}: {len(strange):,} of {len(found):,} are no kept face, the first is `{strange[0][:_ID]}`"
        raise InputError(what, '`curate sql "select face_id from faces where kept"` lists them')
    return found
