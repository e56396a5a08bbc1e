"""The votes as FER+ publishes them: `fer2013new.csv`'s columns, a row a face."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from schemas.emotion import CONTEMPT, EMOTIONS, FERPLUS_VOTES, UNUSABLE
from schemas.errors import WorkspaceError
from workspace.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

_COLUMN_OF = {emotion.ferplus: f"votes_{emotion.name}" for emotion in EMOTIONS} | {
    CONTEMPT: f"votes_{CONTEMPT}",
    "NF": f"votes_{UNUSABLE}",
}
"""FER+'s column -> that of `labels`; NF is 'not a face', and `unknown` has none: raters here say unusable, and why."""
_USAGE = {"train": "Training", "validation": "PublicTest", "test": "PrivateTest"}


def write_votes(workspace: Workspace, path: Path) -> int:
    """Writes the votes of every face in `labels`.

    Usage is that of the split, in FER-2013's words, or empty; the image's name is `<face_id>.png`, as in `grey/` and
    `faces/`. `curate export ferplus` writes the same with the pictures beside it.

    Args:
        workspace: With the table `labels`.
        path: The file; one that is there is replaced.

    Returns:
        Number of faces.

    Raises:
        WorkspaceError: There is no table `labels`.
        StorageError: The disk refused it.
    """
    if not workspace.has("labels"):
        raise WorkspaceError(f"{workspace.path} has no labels", "run `annotate consensus` first")
    labels = workspace.read("labels", ["face_id", *_COLUMN_OF.values()])
    faces = workspace.read("faces", ["face_id", "image_id"])
    images = dict(zip(faces["face_id"], faces["image_id"], strict=True))
    rows = workspace.read("splits", ["image_id", "split"])
    splits = dict(zip(rows["image_id"], rows["split"], strict=True))
    usages = [_USAGE.get(splits.get(images.get(face, ""), ""), "") for face in labels["face_id"]]
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(["Usage", "Image name", *FERPLUS_VOTES])
    columns = [labels[_COLUMN_OF[name]] if name in _COLUMN_OF else [0] * len(labels) for name in FERPLUS_VOTES]
    lines.writerows(zip(usages, labels["face_id"] + ".png", *columns, strict=True))
    write_atomically(path.absolute(), file.getvalue().encode("ascii"))
    return len(labels)
