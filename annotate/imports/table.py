"""A CSV table of labels, a row each."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from annotate.answers import Refusal
from annotate.imports.row import Row, rater_id, verdict
from schemas.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_COLUMNS = {
    *("face_id", "source", "rater", "label", "second", "intensity", "confidence", "unusable", "note"),
    *("lead_time_s", "updated_at"),
}


def read_table(path: Path, rater: str | None) -> Iterator[Row]:
    """Yields the rows of a CSV file with a head.

    Args:
        path: A file with the column `face_id` or `source`, and `label`; it may have the other columns of
            `_COLUMNS`, in any order.
        rater: Whose labels they are, where there is no column `rater`.

    Raises:
        InputError: It is no such file.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        head = _checked(path, reader.fieldnames or [], rater)
        for values in reader:
            yield _row(f"line {reader.line_num}", values, head, rater)


def _checked(path: Path, head: Sequence[str], rater: str | None) -> str:
    """The column that names the face."""
    unknown = sorted(set(head) - _COLUMNS)
    names = [name for name in ("face_id", "source") if name in head]
    if unknown or not names or "label" not in head:
        what = (
            f"unknown columns {', '.join(unknown)}" if unknown else "no column `label`, or none of face_id and source"
        )
        raise InputError(f"{path} has {what}", f"it may have {', '.join(sorted(_COLUMNS))}")
    if "rater" not in head and rater is None:
        raise InputError(f"{path} has no column `rater`", "say whose labels they are with --rater")
    return names[0]


def _row(place: str, values: dict[str | None, str | list[str] | None], head: str, rater: str | None) -> Row:
    if None in values or None in values.values():
        return Row(place, "", "", Refusal("bad-row", "it has not as many values as the head"), {"row": str(values)})
    said = {str(name): str(text) for name, text in values.items()}
    who = rater_id(said.get("rater", rater or "").strip())
    lead = said.get("lead_time_s", "").strip()
    seconds = _seconds(lead)
    wrong = next((value for value in (who, seconds) if isinstance(value, Refusal)), None)
    return Row(
        place,
        said[head].strip(),
        "" if isinstance(who, Refusal) else who,
        wrong or verdict(said),
        said,
        updated_at=said.get("updated_at", "").strip() or None,
        lead_time_s=None if isinstance(seconds, Refusal) else seconds,
    )


def _seconds(text: str) -> float | Refusal | None:
    try:
        return float(text) if text else None
    except ValueError:
        return Refusal("bad-row", f"lead_time_s cannot be {text!r}")
