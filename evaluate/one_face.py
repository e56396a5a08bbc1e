"""The one face that a picture is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evaluate.photo.source import read
from schemas.errors import ImageError, InputError, WorkspaceError
from workspace.console import note
from workspace.faceset.pictures import face_levels
from workspace.framing import FER_SIDE
from workspace.pixels import Limits, decode, probe
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from evaluate.photo.faces import Finder

_FACE_ID = 32
"""Digits of a face_id."""


def one_face(named: str, workspace: Path, finder: Callable[[], Finder], limits: Limits) -> NDArray[np.uint8]:
    """Finds the face that is meant.

    Args:
        named: A photograph, of which the largest face is taken; a picture of 48×48 pixels, which is the face; or a
            face_id of the workspace.
        workspace: Its folder, opened only for a face_id.
        finder: Makes what finds faces, for a photograph.
        limits: Which pictures are refused.

    Returns:
        u8 `[48, 48]`.

    Raises:
        InputError: There is no such picture or face, or no face in the picture.
        ImageError: The picture cannot be used.
        WorkspaceError: The workspace has no such face.
    """
    path = Path(named)
    if not path.exists() and len(named) == _FACE_ID and set(named) <= set("0123456789abcdef"):
        return _of_workspace(Workspace.open(workspace), named)
    if not path.is_file():
        raise InputError(f"there is no picture {named}", "name a photograph, a 48×48 face, or a face_id")
    data = read(path, limits.max_bytes)
    try:
        header = probe(data, limits)
        if (header.width, header.height) == (FER_SIDE, FER_SIDE):
            return _levels(face_levels(data, named))
        faces = finder().faces(decode(data, limits).pixels)
    except ImageError as error:
        raise InputError(f"{named}: {error.what}", error.fix) from error
    if not len(faces):
        raise InputError(f"no face was found in {named}", "give another photograph, or the face in 48×48 pixels")
    if len(faces) > 1:
        note(f"{named} has {len(faces)} faces; the largest is taken")
    largest: NDArray[np.uint8] = faces.crops[int(np.argmax(faces.sizes))]
    return largest


def _of_workspace(workspace: Workspace, face_id: str) -> NDArray[np.uint8]:
    path = workspace.picture_path("grey", f"{face_id}.png")
    try:
        return _levels(face_levels(path.read_bytes(), str(path)))
    except OSError as error:
        fix = '`curate sql "select face_id from faces where kept"` lists them'
        raise WorkspaceError(f"{workspace.path} has no face {face_id}", fix) from error


def _levels(levels: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(levels, np.uint8).reshape(FER_SIDE, FER_SIDE)
