"""What goes out of a table's rows and of a line of text when pictures are forgotten."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from schemas.tables import Table

MARK = "[forgotten]"
"""What stands in a text in place of a name or an id."""

_PICTURE_COLUMNS = ("image_id", "other_id")
_FILE_TABLES = ("rejected", "seen")
"""Tables whose rows stand for a file, whether it became a picture or not."""
_TELLING = {"sources", "rejected", "seen", "conflicts", "rejected_annotations"}
"""Tables with texts that people or files gave. Elsewhere a person called Face would take a word of ours with them."""
_OURS = {"kind", "usage", "reason"}
"""Columns of those tables with words of ours."""
_DIGESTS = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])")
_NAMES_AT_ONCE = 2_000


@dataclass(frozen=True)
class Gone:
    """Everything that names what is forgotten.

    Attributes:
        image_ids: The pictures.
        face_ids: All faces that were ever detected in them.
        sources: Names of their files, and of files without a picture that were asked for by name.
        words: Further words that are taken out of texts: addresses, places on the disk, the person.
    """

    image_ids: frozenset[str]
    face_ids: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    words: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of pictures and faces together."""
        return self.image_ids | self.face_ids

    def redact(self, text: str) -> str:
        """A text without the names and ids.

        >>> Gone(frozenset(), sources=frozenset({"raw/a.png"})).redact("see raw/a.png, not raw/a.png2")
        'see [forgotten], not raw/a.png2'
        """
        text = self.redact_ids(text)
        for pattern in self._patterns:
            text = pattern.sub(MARK, text)
        return text

    def redact_ids(self, text: str) -> str:
        """A text without the ids."""
        return _DIGESTS.sub(lambda found: MARK if found[0] in self.ids else found[0], text)

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        names = sorted(self.sources | self.words, key=lambda name: (-len(name), name))
        chunks = [names[start : start + _NAMES_AT_ONCE] for start in range(0, len(names), _NAMES_AT_ONCE)]
        # A name inside a longer word is another name.
        return [
            re.compile(r"(?<![\w/.-])(?:" + "|".join(map(re.escape, names)) + r")(?![\w/]|[.-]\w)") for names in chunks
        ]


def without(
    table: Table, gone: Gone, heirs: Mapping[str, Mapping[str, str]] | None = None
) -> Callable[[pa.Table], pa.Table]:
    """A function that takes what is gone out of some rows of a table; for `Workspace.rewrite`.

    A row about a forgotten picture, face or file goes whole. In other rows a value that names one is changed: to none
    where the column allows it, to its heir where there is one, else the name in it becomes `[forgotten]`. In a cache
    such a row goes too, since it can be made again.

    Args:
        table: Its definition.
        gone: What is forgotten.
        heirs: Column -> value -> the value that takes its place.
    """

    def change(rows: pa.Table) -> pa.Table:
        stays = pa.chunked_array([pa.repeat(pa.scalar(True), rows.num_rows)])  # noqa: FBT003 - a value
        for name, values in _naming_columns(table, gone):
            stays = pc.and_(stays, pc.invert(pc.is_in(rows[name], value_set=_array(values))))
        result = rows if pc.all(stays).as_py() in (True, None) else rows.filter(stays)
        for column in table.columns:
            if column.type == "string" and column.name not in table.key:
                result = _redacted(result, table, column.name, gone, (heirs or {}).get(column.name, {}))
        return result

    return change


def _naming_columns(table: Table, gone: Gone) -> list[tuple[str, frozenset[str]]]:
    names = [(name, gone.image_ids) for name in _PICTURE_COLUMNS if name in table.names]
    if "face_id" in table.names:
        names.append(("face_id", gone.face_ids))
    if table.name in _FILE_TABLES:
        names.append(("source", gone.sources))
    return names


def _redacted(rows: pa.Table, table: Table, name: str, gone: Gone, heirs: Mapping[str, str]) -> pa.Table:
    values = pc.unique(rows[name]).to_pylist()
    redact = gone.redact if table.name in _TELLING and name not in _OURS else gone.redact_ids
    column = next(column for column in table.columns if column.name == name)
    new: dict[str, str | None] = {}
    for value in values:
        if value is not None and value in heirs:
            new[value] = heirs[value]
        elif value is not None and (redacted := redact(value)) != value:
            new[value] = None if column.nullable and redacted == MARK else redacted
    if not new:
        return rows
    if table.folder == "cache":
        return rows.filter(pc.invert(pc.is_in(rows[name], value_set=_array(new))))
    at = table.names.index(name)
    changed = pa.array([new.get(value, value) for value in rows[name].to_pylist()], pa.string())
    return rows.set_column(at, rows.schema.field(at), changed)


def _array(values: Mapping[str, object] | frozenset[str]) -> pa.Array:
    return pa.array(sorted(values), pa.string())
