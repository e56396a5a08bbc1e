"""What became of each file of the demo, held against what was expected of it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from curate.demo.folder import BYTE_COPY, COPY, OUT, OWN, PIECES, REJECTED, STAYS, Piece
from curate.report.histogram import number

if TYPE_CHECKING:
    from workspace.store import Workspace


@dataclass(frozen=True)
class Row:
    """One file of the demo.

    Attributes:
        file: Its path below the raw folder.
        done: What was done to it.
        expected: What should have become of it.
        happened: What the tables say.
        as_expected: Whether the two agree.
    """

    file: str
    done: str
    expected: str
    happened: str
    as_expected: bool


def explain(workspace: Workspace) -> list[Row]:
    """Tells what became of every file of the demo's raw folder.

    Args:
        workspace: One that took the raw folder in and ran all steps.

    Returns:
        One row per file, in the order of `PIECES`.
    """
    known = _Known(workspace)
    return [_row(piece, known) for piece in PIECES]


def text(rows: list[Row]) -> str:
    """The rows for a terminal, 110 columns wide, and how many went as expected."""
    lines = []
    for row in rows:
        mark = "ok " if row.as_expected else "NOT"
        lines.append(f"{mark} {row.file}  ({row.done})")
        happened = textwrap.wrap(row.happened, 104, initial_indent="    ", subsequent_indent="      ")
        lines += happened if row.as_expected else [*happened, f"    expected: {row.expected}"]
    good = sum(row.as_expected for row in rows)
    return "\n".join([*lines, f"{good} of {len(rows)} files as expected"])


class _Known:
    """The demo's tables, by what they are asked for."""

    def __init__(self, workspace: Workspace) -> None:
        tables = {
            name: workspace.read_arrow(name).to_pylist()
            for name in ("sources", "rejected", "duplicates", "decisions", "faces")
        }
        self._sources = tables["sources"]
        self._rejected = tables["rejected"]
        self.duplicates = {row["image_id"]: row for row in tables["duplicates"]}
        self.decisions = {row["image_id"]: row for row in tables["decisions"]}
        self._faces = tables["faces"]

    def image(self, path: str) -> str | None:
        """The image_id of a file below the raw folder; None where it is no image."""
        return next((row["image_id"] for row in self._sources if row["source"].endswith(path)), None)

    def rejection(self, path: str) -> dict[str, Any] | None:
        return next((row for row in self._rejected if row["source"].endswith(path)), None)

    def group(self, image_id: str) -> set[str]:
        """The picture and its copies."""
        if image_id not in self.duplicates:
            return {image_id}
        group_id = self.duplicates[image_id]["group_id"]
        return {other for other, row in self.duplicates.items() if row["group_id"] == group_id}

    def kept(self, image_id: str) -> bool:
        return bool(self.decisions.get(image_id, {}).get("kept"))

    def faces(self, images: set[str]) -> list[dict[str, Any]]:
        return [row for row in self._faces if row["image_id"] in images and row["rank"] >= 0]

    def name(self, image_id: str) -> str:
        source = next(row["source"] for row in self._sources if row["image_id"] == image_id)
        return str(source).rpartition("/")[2]


def _row(piece: Piece, known: _Known) -> Row:
    image_id = known.image(piece.path)
    rejection = known.rejection(piece.path)
    expected = _expectation(piece)
    if rejection is not None:
        happened = f"rejected: {rejection['reason']} ({rejection['detail']})"
        good = piece.expected == REJECTED and rejection["reason"] in piece.reasons
        return Row(piece.path, piece.done, expected, happened, good)
    if image_id is None:
        return Row(piece.path, piece.done, expected, "not found in the tables", as_expected=False)
    return Row(piece.path, piece.done, expected, _told(piece, image_id, known), _as_expected(piece, image_id, known))


def _expectation(piece: Piece) -> str:
    named = " or ".join(sorted(piece.reasons))
    faces = {-1: "", 0: "; no face", 1: "; 1 face"}.get(piece.faces, f"; {piece.faces} faces")
    return {
        STAYS: f"it or a copy of it is kept{faces}",
        COPY: f"found to be a copy of {piece.of}",
        BYTE_COPY: f"stored once, together with {piece.of}",
        OUT: f"out: {named}" + (f", or a copy of {piece.of}, or none of its faces kept" if piece.of else ""),
        REJECTED: f"rejected: {named}",
        OWN: f"kept as a picture of its own{faces}",
    }[piece.expected]


def _as_expected(piece: Piece, image_id: str, known: _Known) -> bool:
    group = known.group(image_id)
    of = known.image(f"photographs/{piece.of}") if piece.of else None
    decision = known.decisions.get(image_id)
    if decision is None or piece.expected == REJECTED:
        return False
    faces = piece.faces < 0 or len(known.faces(group)) == piece.faces
    if piece.expected == STAYS:
        return faces and sum(known.kept(other) for other in group) == 1
    if piece.expected == OWN:
        return faces and known.kept(image_id) and group == {image_id}
    if piece.expected == BYTE_COPY:
        return image_id == of
    if piece.expected == COPY:
        return of in group
    return _is_out(piece, image_id, known)


def _is_out(piece: Piece, image_id: str, known: _Known) -> bool:
    """Whether nothing of a picture goes into the data set, for a reason that its piece expects."""
    decision = known.decisions[image_id]
    if decision["kept"]:
        return bool(piece.of) and not any(face["kept"] for face in known.faces({image_id}))
    copied = bool(piece.of) and known.image(f"photographs/{piece.of}") in known.group(image_id)
    return decision["reason"] in piece.reasons or copied


def _told(piece: Piece, image_id: str, known: _Known) -> str:
    """What the tables say of a picture, in words."""
    decision = known.decisions.get(image_id)
    if decision is None:
        return "no decision yet"
    copy = known.duplicates.get(image_id)
    said = "kept" if decision["kept"] else f"out: {decision['reason']}"
    if decision["reason"] and decision["step"] != "dedupe" and decision["threshold"] is not None:
        said += f" ({number(decision['value'])}, the threshold is {number(decision['threshold'])})"
    if copy and copy["group_id"] == image_id:
        said += f"; keeper of {len(known.group(image_id))} copies"
    elif copy:
        mirrored = ", mirrored" if copy["mirrored"] else ""
        figures = f"{copy['distance']} bits, correlation {copy['correlation']:.3f}{mirrored}"
        said += f"; copy of {known.name(copy['group_id'])} ({figures})"
    if piece.expected == BYTE_COPY:
        said = f"stored once with {piece.of}; {said}"
    return said + _told_of_faces(known.faces({image_id})) if decision["kept"] else said


def _told_of_faces(faces: list[dict[str, Any]]) -> str:
    if not faces:
        return "; no face"
    reasons = sorted({row["reason"] for row in faces if not row["kept"]})
    kept = sum(row["kept"] for row in faces)
    out = f" (out: {', '.join(reasons)})" if reasons else ""
    return f"; {kept} of {len(faces)} face{'s' * (len(faces) > 1)} kept{out}"
