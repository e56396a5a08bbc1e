"""A JSON export of some Label Studio, of a project that mien did not push."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from annotate.answers import Refusal, read_answer
from annotate.config import allowed, labelling_config
from annotate.exported import parse
from annotate.imports.row import Row, verdict
from schemas.errors import InputError, StudioError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from annotate.answers import Answer

_CHUNK = 1 << 16


def read_studio_file(path: Path, rater: str | None) -> Iterator[Row]:
    """Yields a row for every annotation; of several by one person to one task, the last.

    People become raters `NAME-7` by their number on the server; addresses and names in the export are not kept.

    Args:
        path: The file, as Label Studio's export "JSON" gives it.
        rater: NAME; None is `studio`.

    Raises:
        InputError: It is no such export.
    """
    try:
        with path.open("rb") as file:
            for task in parse(iter(lambda: file.read(_CHUNK), b""), str(path)):
                yield from _rows(task, rater or "studio")
    except StudioError as error:
        raise InputError(error.what, "export the project as JSON (not JSON-MIN, nor CSV)") from error


def _rows(task: Mapping[str, Any], rater: str) -> Iterator[Row]:
    last: dict[str, Mapping[str, Any]] = {}
    answers: list[Mapping[str, Any]] = [item for item in task.get("annotations") or () if isinstance(item, dict)]
    for annotation in sorted(answers, key=lambda item: (str(item.get("updated_at") or ""), int(item.get("id") or 0))):
        by = annotation.get("completed_by")
        person = by.get("id") if isinstance(by, dict) else by
        last[f"{rater}-{person if person is not None else 'unknown'}"] = annotation
    for who, annotation in last.items():
        yield Row(
            place=f"task {task.get('id')}, annotation {annotation.get('id')}",
            face=_face(task.get("data")),
            rater=who,
            verdict=_verdict(annotation),
            raw={"result": annotation.get("result"), "was_cancelled": annotation.get("was_cancelled")},
            updated_at=annotation.get("updated_at"),
            lead_time_s=annotation.get("lead_time"),
        )


def _verdict(annotation: Mapping[str, Any]) -> Answer | Refusal:
    """Of mien's own labelling page every field; of another page its only choice."""
    results = [item for item in annotation.get("result") or () if isinstance(item, dict)]
    controls = {item.get("from_name") for item in results if item.get("type") == "choices"}
    if annotation.get("was_cancelled") or "emotion" in controls:
        return read_answer(annotation, allowed(labelling_config(contempt=True)))
    if len(controls) > 1:
        return Refusal("several-values", f"its page asks {len(controls)} questions and none is called `emotion`")
    chosen = [str(text) for item in results for text in (item.get("value") or {}).get("choices") or ()]
    if len(chosen) > 1:
        return Refusal("several-values", f"it chose {', '.join(chosen)}")
    return verdict({"label": "".join(chosen)})


def _face(data: Any) -> str:
    """The name of the face in a task's data: a face_id or a source, else the name of its picture file."""
    values = data if isinstance(data, dict) else {}
    for name in ("face_id", "source"):
        if values.get(name):
            return str(values[name])
    address = urlsplit(
        str(values.get("image") or next((text for text in values.values() if isinstance(text, str)), ""))
    )
    inside = parse_qs(address.query).get("d", [""])[0]
    # Label Studio puts eight hexadecimal digits before the name of an uploaded file.
    return re.sub(r"^[0-9a-f]{8}-", "", (inside or unquote(address.path)).rpartition("/")[2])
