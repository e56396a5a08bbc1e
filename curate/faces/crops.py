"""Writes the crops of kept faces, and clears away those of faces that are kept no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from curate.faces.given import given_crops
from workspace.contrast import normalise
from workspace.crops import grey_crop, png
from workspace.files import disk_errors
from workspace.framing import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from workspace.crops import CropRecipe
    from workspace.store import Workspace

KINDS = ("faces", "grey")
"""Folders of the aligned crops in colour, and of the 48×48 grey pictures."""


def crops(
    pixels: NDArray[np.uint8], landmarks: NDArray[np.float32], recipe: CropRecipe
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The two crops of a face.

    Args:
        pixels: uint8 RGB `[H, W, 3]` or grey `[H, W]`, the whole photograph.
        landmarks: float32 `[5, 2]`; not a number for a picture that is a face crop already, which is taken as it is.
        recipe: How to cut.

    Returns:
        The aligned crop, with the channels of the photograph, and the grey FER form, uint8 `[48, 48]`.
    """
    if np.isnan(landmarks).any():
        whole, small = given_crops(pixels)
        return whole, normalise(small, recipe.contrast)
    return cut(pixels, landmarks, recipe.colour), grey_crop(pixels, landmarks, recipe)


def write_crops(
    workspace: Workspace, face_id: str, pixels: NDArray[np.uint8], landmarks: NDArray[np.float32], recipe: CropRecipe
) -> None:
    """Write the two crops of a face, over any that lie there.

    Raises:
        StorageError: The disk refuses them.
    """
    for kind, crop in zip(KINDS, crops(pixels, landmarks, recipe), strict=True):
        workspace.put_picture(kind, f"{face_id}.png", png(crop), replace=True)


def complete(workspace: Workspace) -> set[str]:
    """The face_ids of which both crops lie in the workspace."""
    found = [{path.stem for path in _files(workspace.path / kind)} for kind in KINDS]
    return found[0] & found[1]


def clear_crops(workspace: Workspace, kept: Iterable[str]) -> int:
    """Remove all crops but those of kept faces, and what a killed writer left.

    Args:
        workspace: Whose `faces/` and `grey/` to clear.
        kept: face_ids whose crops stay.

    Returns:
        Number of files removed.
    """
    names = {f"{face_id}.png" for face_id in kept}
    removed = 0
    for kind in KINDS:
        for path in _files(workspace.path / kind, hidden=True):
            if path.name not in names:
                with disk_errors(path):
                    path.unlink()
                removed += 1
    return removed


def _files(folder: Path, *, hidden: bool = False) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for inner in sorted(folder.iterdir()):
        if inner.is_dir():
            yield from (path for path in sorted(inner.iterdir()) if hidden or not path.name.startswith("."))
