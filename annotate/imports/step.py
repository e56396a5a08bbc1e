"""Takes labels that were made elsewhere into the table `annotations`."""

from __future__ import annotations

import contextlib
import csv
from collections import Counter
from typing import TYPE_CHECKING, Any

from annotate.answers import Answer, Refusal
from annotate.imports.faces import Faces
from annotate.imports.ferplus import is_ferplus, read_ferplus
from annotate.imports.folders import read_folders
from annotate.imports.row import rater_id
from annotate.imports.studio_file import read_studio_file
from annotate.imports.table import read_table
from annotate.revisions import Found, Server, record
from schemas.errors import ANSWER_FIXES, InputError, UsageError
from workspace.console import progress
from workspace.lineage import Run, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from annotate.imports.row import Row
    from schemas.settings import ImportSettings
    from workspace.store import Workspace

_NAMED = 5
"""Wrong rows that an error names."""


def import_labels(workspace: Workspace, path: Path, rater: str | None, settings: ImportSettings) -> dict[str, Any]:
    """Takes the labels of a file or folder.

    What it is, is told by its look: a folder has classes, a JSON file is an export of Label Studio, a CSV file with
    FER+'s columns of votes is FER+, any other CSV a table. Imported again, nothing is added; a label that changed in
    the file becomes a further revision.

    Args:
        workspace: Which must have the faces.
        path: File or folder; its name is the `source` of its answers.
        rater: Whose labels they are, where it does not say so itself.
        settings: What becomes of wrong rows.

    Returns:
        Counts as `annotate.revisions.record` gives them, `form`, `raters` (number of them) and `refused_for`.

    Raises:
        InputError: It cannot be read; or it has wrong rows, and these are not to be rejected. Then nothing is taken.
        UsageError: A rater's id is none, or is taken by somebody who labels here.
    """
    if rater is not None and isinstance(refusal := rater_id(rater), Refusal):
        raise UsageError(refusal.detail, "for example --rater crowd")
    if not path.exists():
        raise InputError(f"there is no {path}", "give a CSV or JSON file, or a folder of folders by class")
    with workspace.lock(), _reading(path):
        form, rows = _form(path, rater, workspace)
        run = Run(workspace, "import", plain(settings), ("faces", "sources"), ("annotations", "rejected_annotations"))
        found = list(_found(path.name, progress(rows, text="reading", unit="rows"), Faces(workspace)))
        _check_raters(workspace, found)
        refused = [item for item in found if isinstance(item.verdict, Refusal)]
        if refused and settings.wrong_rows == "error":
            raise _wrong(path, refused)
        counts = record(workspace, found, Server())
        raters = {item.rater for item in found if isinstance(item.verdict, Answer)}
        run.finish({**counts, "raters": len(raters)})
    reasons = Counter(item.verdict.reason for item in refused if isinstance(item.verdict, Refusal))
    return {"form": form, "raters": len(raters), **counts, "refused_for": dict(sorted(reasons.items()))}


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turns what a file that cannot be read, or is no text, raises into a clear error."""
    try:
        yield
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}", "check its permissions; save it as CSV in UTF-8") from error


def _form(path: Path, rater: str | None, workspace: Workspace) -> tuple[str, Iterator[Row]]:
    if path.is_dir():
        return "folders", read_folders(path, rater)
    if path.suffix.lower() == ".json":
        return "label-studio", read_studio_file(path, rater)
    if is_ferplus(path):
        return "ferplus", read_ferplus(path, workspace)
    return "table", read_table(path, rater)


def _found(source: str, rows: Iterable[Row], faces: Faces) -> Iterator[Found]:
    said: dict[tuple[str, str], Row] = {}
    for row in rows:
        face = faces.find(row.face, row.image_id)
        face_id = face if isinstance(face, str) else None
        verdict = row.verdict if isinstance(face, str) or isinstance(row.verdict, Refusal) else face
        if face_id and isinstance(verdict, Answer):
            first = said.setdefault((face_id, row.rater), row)
            if first is not row and first.verdict == row.verdict:
                continue
            if first is not row:
                verdict = Refusal("twice", f"{row.rater} answered the face at {first.place} already, and otherwise")
        yield Found(
            place=row.place,
            verdict=verdict,
            raw=dict(row.raw),
            face_id=face_id,
            rater=row.rater or None,
            lead_time_s=row.lead_time_s,
            updated_at=row.updated_at,
            source=source,
        )


def _check_raters(workspace: Workspace, found: Iterable[Found]) -> None:
    here = set(workspace.read_arrow("tasks", ["rater"])["rater"].to_pylist())
    both = sorted({item.rater for item in found if item.rater} & here)
    if both:
        what = f"rater {both[0]} of the file has the id of a rater who labels here"
        raise UsageError(what, "give the raters of the file other ids: the column `rater`, or --rater")


def _wrong(path: Path, refused: list[Found]) -> InputError:
    named = [f"{item.place}: {item.verdict.detail}" for item in refused[:_NAMED] if isinstance(item.verdict, Refusal)]
    more = f"; and {len(refused) - _NAMED:,} more" if len(refused) > _NAMED else ""
    what = f"{path} has {len(refused):,} rows that cannot be taken: {'; '.join(named)}{more}"
    return InputError(what, "correct them, or take the others with --wrong-rows reject")


def text(result: Mapping[str, Any]) -> str:
    """What an import did, for people.

    Args:
        result: What `import_labels` gave.
    """
    counted = f"{result['new']:,} new, {result['changed']:,} changed, {result['unchanged']:,} as before"
    lines = [f"{result['answers']:,} labels of {result['raters']:,} raters ({result['form']}): {counted}"]
    lines += [f"  {reason} {count:,}: {ANSWER_FIXES[reason]}" for reason, count in result["refused_for"].items()]
    return "\n".join(lines)
