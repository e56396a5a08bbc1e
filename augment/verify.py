"""`augment verify`: proves what the balanced training set is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from augment.files import KIND, file_of
from schemas.emotion import NAMES
from schemas.errors import ImageError, WorkspaceError
from workspace.augmented.samples import check_current, render_all, samples
from workspace.console import progress
from workspace.faceset import read
from workspace.pixels import decode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workspace.store import Workspace


def verify(workspace: Workspace, workers: int = 0) -> dict[str, Any]:
    """Renders every sample and holds it against its parent's split and, where there is one, its file.

    Args:
        workspace: With the table `augmented`.
        workers: Threads that render; 0 means one per CPU core.

    Returns:
        `originals` and `samples` that are shown, `classes` (label -> both together), `digest` (SHA-256 of all samples'
        pixels in the order of the table), `files` that were compared.

    Raises:
        InputError: The training split is another than the one that was balanced: a sample could stand outside it.
        WorkspaceError: Samples cannot be rendered, or their files are missing or differ.
    """
    rows = samples(workspace)
    faces = read(workspace.path)
    shown = check_current(workspace, faces) & (faces.split == "train")
    written = (workspace.path / KIND).exists()
    digest, differing = hashlib.sha256(), []
    names = iter(zip(rows["face_id"], rows["copy"], strict=True))
    rendered = (face for group in render_all(workspace, rows, workers) for face in group)
    for pixels in progress(rendered, text="samples", total=len(rows), unit="samples"):
        digest.update(pixels.tobytes())
        face_id, copy = next(names)
        if written and not _is(workspace, face_id, copy, pixels):
            differing.append(f"{face_id}.{copy}")
    if differing:
        what = f"the files of {len(differing):,} samples are missing or not what their recipes give: {differing[0]} …"
        raise WorkspaceError(what, "run `augment balance --materialise` again")
    of_originals = [int((faces.labels[shown] == number).sum()) for number in range(len(NAMES))]
    return {
        "originals": int(shown.sum()),
        "samples": len(rows),
        "classes": {
            name: count + int((rows["label"] == name).sum()) for name, count in zip(NAMES, of_originals, strict=True)
        },
        "digest": digest.hexdigest(),
        "files": len(rows) if written else 0,
    }


def _is(workspace: Workspace, face_id: str, copy: int, pixels: NDArray[np.uint8]) -> bool:
    try:
        there = decode(file_of(workspace, face_id, copy).read_bytes()).pixels
    except (OSError, ImageError):
        return False
    return there.shape == pixels.shape and there.tobytes() == pixels.tobytes()


def text(result: dict[str, Any]) -> str:
    """The result for people."""
    classes = ", ".join(f"{name} {count:,}" for name, count in result["classes"].items())
    files = f"; {result['files']:,} files hold the same pixels" if result["files"] else ""
    return (
        f"{result['originals']:,} originals and {result['samples']:,} samples, all of the training split: {classes}\n"
        f"pixels of all samples {result['digest']}{files}"
    )
