"""Faces from Parquet as Hugging Face has them: pictures or pixels, and labels whose names stand in the file."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.emotion import FERPLUS_VOTES, NAMES, named
from schemas.errors import ImageError, InputError
from workspace.faceset.faces import SPLIT_OF_USAGE, Collector
from workspace.faceset.pictures import face_levels
from workspace.fer2013 import PIXELS, USAGE_FOLDERS, grey_levels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workspace.faceset.faces import FaceSet

_PICTURES = ("image", "img_bytes", "jpg", "png", "pixels")
_LABELS = ("emotion", "label", "labels", "cls")
_USAGES = ("usage", "split")
_BATCH = 256
"""Rows that are Python objects at once: 2 MB of pixels in text."""
_MOST_GROUP_BYTES = 2**31
"""Unpacked size of the columns of one row group, as the file states it: 200,000 faces in text."""
_FIX = "give Parquet with columns `image` (or `pixels`) and `label`, the classes' names beside it, as `datasets` writes"


def parquet_files(path: Path) -> list[Path]:
    """The Parquet files that are meant: the file itself, or all below a folder in the order of their paths."""
    if path.is_dir():
        return sorted(file for file in path.rglob("*.parquet") if not file.name.startswith(".") and file.is_file())
    return [path] if path.name.lower().endswith(".parquet") else []


def read_parquet(path: Path) -> FaceSet:
    """Reads a Parquet file or a folder of them.

    A face's split is that of its column `Usage` or `split`, else that which the file's name begins with
    (`train-00000-of-00001.parquet`) or the folder has (`validation/0000.parquet`), else train.

    Numbers in the column of labels say nothing by themselves: Hugging Face's copies of FER-2013 count in the order of
    the alphabet. They are read by the names that the file gives them; numbers without names are taken as FER-2013's
    only in a column `emotion`, as Kaggle calls it.

    Args:
        path: The file or folder.

    Returns:
        The faces in the order of files and rows; with votes where the columns of FER+ are there.

    Raises:
        InputError: A file cannot be read, lacks a column or the classes' names, or a row is wrong; it is named.
    """
    faces, digest = Collector(path, "parquet"), hashlib.sha256()
    for file in parquet_files(path):
        try:
            with pq.ParquetFile(file) as content:
                _read_file(file, content, faces)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise InputError(f"{file} cannot be read: {error}", _FIX) from error
        with file.open("rb") as data:
            digest.update(hashlib.file_digest(data, "sha256").digest())
    return faces.faces(digest.hexdigest())


@dataclass(frozen=True)
class _Columns:
    picture: str
    label: str
    usage: str
    votes: tuple[str, ...]
    names: tuple[str | None, ...] | None

    @property
    def all(self) -> list[str]:
        return [name for name in (self.picture, self.label, self.usage, *self.votes) if name]


def _read_file(file: Path, content: pq.ParquetFile, faces: Collector) -> None:
    columns = _columns(file, content.schema_arrow)
    _check_size(file, content, columns.all)
    usual = _split_of_file(file)
    for number, row in enumerate(_rows(content, columns.all)):
        place = f"{file.name}:{number}"
        if row[columns.label] is None:
            faces.leave_out("without a label")
            continue
        label = _class(row[columns.label], columns, f"{file}, row {number}")
        split = _split(row[columns.usage], f"{file}, row {number}") if columns.usage else usual
        levels = _levels(row[columns.picture], columns.picture, f"{file}, row {number}")
        faces.add(levels, label, split, place, _votes([row[name] for name in columns.votes], f"{file}, row {number}"))


def _rows(content: pq.ParquetFile, columns: list[str]) -> Iterator[dict[str, Any]]:
    for batch in content.iter_batches(batch_size=_BATCH, columns=columns):
        lists = [batch.column(name).to_pylist() for name in columns]
        for values in zip(*lists, strict=True):
            yield dict(zip(columns, values, strict=True))


def _columns(file: Path, schema: pa.Schema) -> _Columns:
    there = {name.strip().casefold(): name for name in schema.names}

    def find(names: Sequence[str]) -> str:
        return next((there[name] for name in names if name in there), "")

    picture, label = find(_PICTURES), find(_LABELS)
    for name, wanted in ((picture, "image"), (label, "label")):
        if not name:
            has = ", ".join(schema.names[:12])
            raise InputError(f"{file} has no column `{wanted}`; it has {has or 'none'}", _FIX)
    votes = tuple(there[name.casefold()] for name in FERPLUS_VOTES if name.casefold() in there)
    names = _class_names(file, schema, label)
    if names is None and pa.types.is_integer(schema.field(label).type) and label.strip().casefold() != "emotion":
        what = f"{file}: the numbers in column `{label}` have no names, and nobody can tell in which order they count"
        raise InputError(what, "write the classes' names instead, or call the column `emotion` if they are FER-2013's")
    return _Columns(picture, label, find(_USAGES), votes if len(votes) == len(FERPLUS_VOTES) else (), names)


def _class_names(file: Path, schema: pa.Schema, label: str) -> tuple[str | None, ...] | None:
    """The class that each number stands for, as `datasets` writes it beside the schema; None where it has not."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        names = [str(name) for name in features[label]["names"]]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    known = tuple(named(name) for name in names)
    if len(set(known) - {None}) != len([name for name in known if name]):
        raise InputError(f"{file}: two of the classes {', '.join(names)} mean the same", "rename one of them")
    return known


def _check_size(file: Path, content: pq.ParquetFile, columns: list[str]) -> None:
    for number in range(content.metadata.num_row_groups):
        group = content.metadata.row_group(number)
        chunks = [group.column(place) for place in range(group.num_columns)]
        size = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in columns)
        if size > _MOST_GROUP_BYTES:
            raise InputError(f"{file}: row group {number} unpacks to {size:,} bytes", "write smaller row groups")


def _split_of_file(file: Path) -> str:
    words = (file.name.partition("-")[0], file.name.partition(".")[0], file.parent.name)
    usage = next((USAGE_FOLDERS[word.casefold()] for word in words if word.casefold() in USAGE_FOLDERS), "Training")
    return SPLIT_OF_USAGE[usage]


def _split(value: Any, place: str) -> str:
    usage = USAGE_FOLDERS.get(str(value).strip().casefold())
    if usage is None:
        near = difflib.get_close_matches(str(value).casefold(), USAGE_FOLDERS, n=1)
        hint = f"; did you mean {USAGE_FOLDERS[near[0]]}?" if near else ""
        raise InputError(f"{place}: split {str(value)[:20]!r}", f"it is Training, PublicTest or PrivateTest{hint}")
    return SPLIT_OF_USAGE[usage]


def _class(value: Any, columns: _Columns, place: str) -> int:
    name = None
    if columns.names is not None and isinstance(value, int):
        name = columns.names[value] if 0 <= value < len(columns.names) else None
    elif isinstance(value, int | str):
        name = named(str(value))
    if name is None:
        raise InputError(f"{place}: label {str(value)[:20]!r}", f"the classes are {', '.join(NAMES)}")
    return NAMES.index(name)


def _levels(value: Any, column: str, place: str) -> bytes:
    if isinstance(value, dict):
        value = value.get("bytes")
    if isinstance(value, str):
        try:
            return grey_levels(value.encode(), place)
        except ImageError as error:
            raise InputError(error.what, error.fix) from error
    if isinstance(value, list) or (isinstance(value, bytes) and column.strip().casefold() == "pixels"):
        return _plain_levels(value, place)
    if isinstance(value, bytes):
        return face_levels(value, place)
    raise InputError(f"{place} holds no picture", "give Parquet with the pictures inside, not their paths")


def _plain_levels(values: Any, place: str) -> bytes:
    lines = values if len(values) and isinstance(values[0], list) else [values]
    try:
        levels = b"".join(bytes(line) for line in lines)
    except (TypeError, ValueError) as error:
        raise InputError(f"{place}: pixels that are no whole numbers from 0 to 255", _FIX) from error
    if len(levels) != PIXELS:
        raise InputError(f"{place}: {len(levels):,} pixels, not {PIXELS:,}", _FIX)
    return levels


def _votes(values: list[Any], place: str) -> bytes | None:
    try:
        return bytes([value or 0 for value in values]) if values else None
    except (TypeError, ValueError) as error:
        raise InputError(f"{place}: votes that are no counts from 0 to 255", _FIX) from error
