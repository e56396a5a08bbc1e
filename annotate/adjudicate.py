"""Which faces the raters left open, for a senior rater or a panel to decide.

Their answers come back as rows of kind `adjudication` in `annotations`; the next `annotate consensus` lets them win and
marks the label so. A face that the adjudicators are at odds about stays open.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from annotate.consensus.decide import UNDECIDED
from schemas.emotion import CONTEMPT, NAMES, UNUSABLE
from schemas.errors import WorkspaceError
from workspace import lineage
from workspace.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

_OPTIONS = (*NAMES, CONTEMPT, UNUSABLE)


def adjudicate(workspace: Workspace, path: Path, *, show_votes: bool) -> dict[str, Any]:
    """Writes the queue: the faces whose label is a tie or doubtful, the least sure first.

    Args:
        workspace: Read only; its table `labels` must be of the answers that are there.
        path: CSV file with the columns face_id, status and confidence; one that is there is replaced.
        show_votes: Whether it has the column votes, for example `fear 2, surprise 2`. An adjudicator who sees it
            knows what the others thought; one who does not is a rater as independent as they.

    Returns:
        `faces` in the queue, `statuses`, `decided` before by adjudicators, `path`, and `queue`, the face_ids in order.

    Raises:
        WorkspaceError: There is no table `labels`, or it is older than the answers.
        StorageError: The disk refused it.
    """
    check_current(workspace)
    labels = workspace.read(
        "labels", ["face_id", "status", "confidence", "method", *(f"votes_{name}" for name in _OPTIONS)]
    )
    open_ones = labels[labels["status"].isin(UNDECIDED)].sort_values(["confidence", "face_id"], kind="stable")
    file = io.StringIO()
    lines = csv.writer(file, lineterminator="\n")
    lines.writerow(["face_id", "status", "confidence", *(["votes"] if show_votes else [])])
    for row in open_ones.to_dict("records"):
        votes = [f"{name} {row[f'votes_{name}']}" for name in _OPTIONS if row[f"votes_{name}"]]
        lines.writerow(
            [row["face_id"], row["status"], f"{row['confidence']:.4f}", *([", ".join(votes)] if show_votes else [])]
        )
    write_atomically(path.absolute(), file.getvalue().encode("ascii"))
    return {
        "faces": len(open_ones),
        "statuses": {name: int((open_ones["status"] == name).sum()) for name in UNDECIDED},
        "decided": int((labels["method"] == "adjudication").sum()),
        "path": str(path),
        "queue": open_ones["face_id"].tolist(),
    }


def check_current(workspace: Workspace) -> None:
    """Refuses a table `labels` that is missing, or older than the answers.

    Raises:
        WorkspaceError: As said.
    """
    if not workspace.has("labels"):
        raise WorkspaceError(f"{workspace.path} has no labels", "run `annotate consensus` first")
    line = lineage.last_line(workspace, "consensus")
    if line is None or line["inputs"].get("annotations") != workspace.digest("annotations"):
        what = "the labels are older than the answers"
        raise WorkspaceError(what, "run `annotate consensus` again")


def text(result: dict[str, Any]) -> str:
    """What was found, for a terminal."""
    statuses = ", ".join(f"{count:,} {name}" for name, count in result["statuses"].items() if count)
    if not result["faces"]:
        return f"no face is undecided; {result['decided']:,} were decided by adjudicators"
    faces = f"{result['faces']:,} face{'s' if result['faces'] != 1 else ''}"
    lines = [f"{faces} to adjudicate ({statuses}), in {result['path']}"]
    lines += [f"{name}: {count:,} new tasks" for name, count in result.get("planned", {}).items()]
    return "\n".join(lines)
