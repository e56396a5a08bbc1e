"""Reads labelled faces from whatever form they are in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from schemas.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.faceset.faces import FaceSet

_FORMS = (
    "give FER-2013's CSV, an npz, Parquet, a folder with a folder for each class, or a workspace of mien; "
    "unpack an archive first"
)


def read(path: Path, votes: Path | None = None) -> FaceSet:
    """Reads labelled faces, in the form that the path's content tells.

    | path | form |
    |---|---|
    | `….csv` | FER-2013's `fer2013.csv` or `icml_face_data.csv` |
    | `….npz` | arrays `images`, `labels`, `usage`, and `ferplus_votes` if it has them |
    | `….parquet`, or a folder of them | Hugging Face's form |
    | a folder with `workspace.toml` | a workspace of mien |
    | any other folder | `[train/]angry/….png` |

    Args:
        path: The file or folder.
        votes: FER+'s `fer2013new.csv`, for a CSV or npz.

    Returns:
        The faces; Training, PublicTest and PrivateTest are train, validation and test.

    Raises:
        InputError: It is none of these, or something in it is wrong; the place is named.
        WorkspaceError: It is a workspace that cannot be read.
    """
    for needed in (path, votes):
        if needed is not None:
            _check_readable(needed)
    faces = _read(path)
    if votes is None:
        return faces
    from workspace.faceset.votes import join_votes

    return join_votes(faces, votes)


def _read(path: Path) -> FaceSet:
    if path.is_file() and path.name.lower().endswith((".csv", ".npz")):
        from workspace.faceset.rows import read_rows

        return read_rows(path)
    if (path / "workspace.toml").is_file():
        from workspace.faceset.mien import read_workspace

        return read_workspace(path)
    if path.is_dir() or path.name.lower().endswith(".parquet"):
        from workspace.faceset.parquet import parquet_files, read_parquet

        if parquet_files(path):
            return read_parquet(path)
    if path.is_dir():
        from workspace.faceset.folders import read_folders

        return read_folders(path)
    raise InputError(f"{path} is no set of faces that mien reads", _FORMS)


def _check_readable(path: Path) -> None:
    if not path.exists():
        raise InputError(f"there is no {path}", "check the path")
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise InputError(f"{path} may not be read", f"ask its owner, or `chmod u+r {path}`")
