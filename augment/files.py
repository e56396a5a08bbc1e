"""Samples as files of the workspace: `augmented/ab/<face_id>.<copy>.png`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import cv2

from workspace.augmented.samples import render_all, samples
from workspace.console import progress
from workspace.files import disk_errors

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from workspace.store import Workspace

KIND = "augmented"
"""Folder of the workspace that they lie in."""


def materialise(workspace: Workspace, workers: int = 0) -> int:
    """Writes every sample as a PNG; the caller holds the lock.

    Args:
        workspace: With the table `augmented`.
        workers: Threads that render; 0 means one per CPU core.

    Returns:
        Number of files.

    Raises:
        WorkspaceError: The samples cannot be rendered.
        StorageError: The disk refuses them.
    """
    clear(workspace)
    rows = samples(workspace)
    names = iter(zip(rows["face_id"], rows["copy"], strict=True))
    rendered = (face for faces in render_all(workspace, rows, workers) for face in faces)
    for pixels in progress(rendered, text="samples", total=len(rows), unit="samples"):
        workspace.put_picture(KIND, file_name(*next(names)), png(pixels), replace=True)
    return len(rows)


def clear(workspace: Workspace) -> None:
    """Removes the files of an earlier balance: they are no samples of this one."""
    folder = workspace.path / KIND
    if folder.exists():
        with disk_errors(folder):
            shutil.rmtree(folder)


def file_of(workspace: Workspace, face_id: str, copy: int) -> Path:
    """Where a sample lies, if samples were written."""
    return workspace.picture_path(KIND, file_name(face_id, copy))


def file_name(face_id: str, copy: int) -> str:
    """A sample's file name; what stands before the first point is its parent, by which `curate forget` finds it."""
    return f"{face_id}.{copy}.png"


def png(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of grey pixels, uint8 `[H, W]`, and nothing else."""
    return bytes(cv2.imencode(".png", pixels)[1])
