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
    "an archive must be unpacked"
)


def read(path: Path) -> FaceSet:
    """Reads labelled faces.

    Args:
        path: FER-2013's CSV (`fer2013.csv` or `icml_face_data.csv`) or an npz with `images`, `labels` and `usage`.

    Returns:
        The faces; Training, PublicTest and PrivateTest are train, validation and test.

    Raises:
        InputError: It is none of these, or something in it is wrong; the place is named.
    """
    if not path.exists():
        raise InputError(f"there is no {path}", "check the path")
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise InputError(f"{path} may not be read", f"ask its owner, or `chmod u+r {path}`")
    if path.name.lower().endswith((".csv", ".npz")) and path.is_file():
        from workspace.faceset.rows import read_rows

        return read_rows(path)
    raise InputError(f"{path} is no set of faces that mien reads", _FORMS)
