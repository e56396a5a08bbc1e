"""Faces of known label, by which raters are checked without their knowing."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from annotate.config import emotions
from schemas.emotion import CONTEMPT, named
from schemas.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

_KNOWN = ("adjudicated", "agreed")
"""What `labels` says of a face whose label is beyond doubt: adjudicated, or said by every rater."""


def gold(workspace: Workspace, file: Path | None, *, contempt: bool) -> dict[str, str]:
    """The gold faces there are: from a file, else the adjudicated and the agreed ones of the table `labels`.

    What a scraped source declares about a picture is no known label and is never used.

    Args:
        workspace: Whose kept faces they must be.
        file: CSV with the columns face_id and label; a label in any of the spellings mien knows.
        contempt: Whether raters can answer contempt.

    Returns:
        face_id -> label.

    Raises:
        InputError: The file cannot be read, or has a face that is not kept, or a label that raters cannot give.
    """
    faces = workspace.read("faces", ["face_id", "kept"])
    kept = frozenset(faces.loc[faces["kept"], "face_id"])
    offered = emotions(contempt=contempt)
    if file is None:
        rows = workspace.read("labels", ["face_id", "label", "status"])
        rows = rows[rows["status"].isin(_KNOWN) & rows["label"].isin(offered) & rows["face_id"].isin(kept)]
        return dict(zip(rows["face_id"], rows["label"], strict=True))
    return _read(file, kept, offered)


def _read(file: Path, kept: frozenset[str], offered: tuple[str, ...]) -> dict[str, str]:
    try:
        rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {file}: {error}", "give a CSV with the columns face_id and label") from error
    if not {"face_id", "label"} <= set(rows.fieldnames or ()):
        raise InputError(f"{file} lacks the column face_id or label", "its first line is `face_id,label`")
    result: dict[str, str] = {}
    for row in rows:
        face, said = (row["face_id"] or "").strip(), (row["label"] or "").strip()
        label = CONTEMPT if said.casefold() == CONTEMPT else named(said)
        where = f"{file}, line {rows.line_num}"
        if face not in kept:
            raise InputError(f"{where}: `{face}` is no kept face", "correct the face_id, or leave the line out")
        if label not in offered:
            raise InputError(f"{where}: raters cannot answer `{said}`", f"one of: {', '.join(offered)}")
        if result.get(face, label) != label:
            raise InputError(f"{where}: `{face}` has two labels", "leave one of the two lines out")
        result[face] = label
    return result
