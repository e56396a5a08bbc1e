"""What was tagged and relabelled in the App comes back: into the table `tags`, and a list for `annotate push`."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluate.app.home import Home, check_installed, connected
from evaluate.app.mongod import serving
from schemas.emotion import NAMES
from schemas.errors import WorkspaceBusyError, WorkspaceError
from workspace.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace.store import Workspace


def pull_tags(workspace: Workspace, out: Path) -> dict[str, Any]:
    """Takes tags and new labels from the App's database; it may be open meanwhile.

    A face's label was changed where the App shows another one than it was given, or where a tag is the name of an
    expression. Annotations are not touched: who labels, and who only doubts a label, are two things.

    Args:
        workspace: Whose table `tags` is replaced by what the App has.
        out: CSV of the relabelled faces: face_id, label, relabelled. Written anew, empty where there is none.

    Returns:
        `tags` (tag -> faces), `faces` with a tag, `relabelled`, `file`.

    Raises:
        WorkspaceError: The App was never opened on this workspace.
        MissingPartError: FiftyOne or mongod is not there.
    """
    check_installed()
    home = Home.of(workspace)
    if not home.database.is_dir():
        raise WorkspaceError(f"the App was never opened on {workspace.path}", "evaluate app --model MODEL")
    with _reached(home) as uri, connected(home, uri):
        found = _read(home.name)
    rows = sorted({(face, tag) for face, tags, _, _ in found for tag in tags})
    workspace.replace("tags", pd.DataFrame(rows, columns=["face_id", "tag"], dtype=object))
    changed = [(face, given or "", to) for face, tags, given, now in found if (to := _relabelled(tags, given, now))]
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([("face_id", "label", "relabelled"), *sorted(changed)])
    write_atomically(out, file.getvalue().encode())
    counts: dict[str, int] = {}
    for _, tag in rows:
        counts[tag] = counts.get(tag, 0) + 1
    return {
        "tags": counts,
        "faces": len({face for face, _ in rows}),
        "relabelled": len(changed),
        "file": str(out),
    }


@contextlib.contextmanager
def _reached(home: Home) -> Iterator[str]:
    """The address of the database: the open App's, else of one that is started for as long as this takes."""
    with contextlib.ExitStack() as stack:
        try:
            uri, _ = stack.enter_context(serving(home))
        except WorkspaceBusyError as error:
            try:
                uri = json.loads(home.opened.read_text(encoding="utf-8"))["database"]
            except (OSError, ValueError, KeyError):
                raise error from None  # it is just starting
        yield uri


def _read(name: str) -> list[tuple[str, list[str], str | None, str | None]]:
    """face_id, tags, the label it was given, and the label it has in the App, of each face."""
    import fiftyone as fo

    from evaluate.app.dataset import PHOTOGRAPH, crops

    if not fo.dataset_exists(name):
        raise WorkspaceError("the App's database holds no faces of this workspace", "evaluate app --model MODEL")
    data = fo.load_dataset(name)
    faces, tags, given, now = crops(data).values(["face_id", "tags", "given", "ground_truth.label"])
    # Whoever looks at the photograph beside the face and tags that means the face as well.
    whole = data.select_group_slices(PHOTOGRAPH) if PHOTOGRAPH in data.group_slices else None
    more = {} if whole is None else dict(zip(*whole.values(["face_id", "tags"]), strict=True))
    return [
        (face, [*some, *more.get(face, [])], before, after)
        for face, some, before, after in zip(faces, tags, given, now, strict=True)
    ]


def _relabelled(tags: list[str], given: str | None, now: str | None) -> str:
    """The expression a face is said to show instead of its label, several by a comma; empty where none is."""
    said = {tag for tag in tags if tag in NAMES}
    if now is not None and now != given:
        said.add(now)
    return ",".join(sorted(said - {given}))
