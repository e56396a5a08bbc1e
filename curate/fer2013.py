"""FER-2013 as an input of ingest: Kaggle's CSV, `icml_face_data.csv`, an npz, or folders by class.

A row becomes a file like any other: the bytes of a 48×48 grey PNG, written uncompressed, so that they are the same on
every machine and with every version of zlib, and so is the picture's `image_id`. Files are read as streams.

Labels and usages are checked in the whole file before anything is taken: a wrong one there means that the file is not
what it seems. A row whose pixels are wrong is rejected alone, with its line.
"""

from __future__ import annotations

import csv
import functools
import struct
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from curate.inputs import Found
from schemas.emotion import FER2013_COUNTS, NAMES, named
from schemas.errors import ImageError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

SIDE = 48
"""Side of a face, pixels."""
USAGES = tuple(FER2013_COUNTS)
"""Training, PublicTest, PrivateTest: 0, 1, 2 in an npz."""

_LONGEST_LINE = 64 * 1024
"""Bytes; 2,304 numbers of three digits take 9,215."""
_LINES_NAMED = 3
_COLUMNS = {"emotion": ("emotion", "label"), "usage": ("usage",), "pixels": ("pixels",)}
_FOLDERS = {
    "training": "Training",
    "train": "Training",
    "publictest": "PublicTest",
    "validation": "PublicTest",
    "valid": "PublicTest",
    "val": "PublicTest",
    "privatetest": "PrivateTest",
    "test": "PrivateTest",
}
"""Folder name in small letters -> usage. The `test` that goes round on Kaggle holds PublicTest pictures too; their file
names say so, and go before the folder's."""
_LEVELS = {str(level).encode(): level for level in range(256)}


@dataclass(frozen=True)
class Census:
    """What a FER-2013 file holds.

    Attributes:
        rows: Usage (empty where the file names none) -> class (empty where it names none) -> rows.
    """

    rows: dict[str, Counter[str]] = field(default_factory=dict)

    def differences(self) -> list[str]:
        """What differs from FER-2013 as published, one sentence for each usage that the file has; none if all agree."""
        found = []
        for usage, counts in self.rows.items():
            known = dict(zip(NAMES, FER2013_COUNTS.get(usage, ()), strict=False))
            if known and dict(counts) != known:
                other = [
                    f"{name} {counts[name]:,} instead of {count:,}"
                    for name, count in known.items()
                    if counts[name] != count
                ]
                found.append(
                    f"{usage} has {counts.total():,} faces, {sum(known.values()):,} were published: {', '.join(other)}"
                )
        return found


def is_file(path: Path) -> bool:
    """Whether a file is FER-2013: an npz, or a CSV whose head has a column `pixels`."""
    name = path.name.lower()
    if name.endswith(".npz"):
        return True
    if not name.endswith(".csv"):
        return False
    with path.open("rb") as file:
        return "pixels" in _head(file.readline(_LONGEST_LINE))


def census(path: Path) -> Census:
    """Reads all labels and usages of a file, and checks them.

    Args:
        path: A file for which `is_file` holds.

    Raises:
        InputError: It cannot be read, or a label or usage is wrong; the lines are named.
    """
    status = path.stat()
    return _census(path.absolute(), status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _census(path: Path, _size: int, _modified: int) -> Census:
    result = Census()
    wrong: list[str] = []
    for row in _rows(path):
        if row.problem:
            wrong.append(f"{row.place}: {row.problem}")
        else:
            result.rows.setdefault(row.usage, Counter())[row.label] += 1
    if wrong:
        more = f" and {len(wrong) - _LINES_NAMED:,} more" if len(wrong) > _LINES_NAMED else ""
        raise InputError(
            f"{path} has wrong rows: {'; '.join(wrong[:_LINES_NAMED])}{more}",
            f"correct them: a label is 0 to {len(NAMES) - 1}, Usage is {', '.join(USAGES)}",
        )
    return result


def told(roots: Iterable[Path]) -> dict[str, Any]:
    """What the FER-2013 files among the roots hold, for the log and the user; nothing where there is none.

    Returns:
        `fer2013`: file name -> `rows` (usage -> class -> number) and `differences` from FER-2013 as published.
    """
    files = {root.name: census(root) for root in roots if root.is_file() and is_file(root)}
    result = {
        name: {
            "rows": {usage: dict(counts) for usage, counts in found.rows.items()},
            "differences": found.differences(),
        }
        for name, found in files.items()
    }
    return {"fer2013": result} if result else {}


def find(path: Path) -> Iterator[Found]:
    """Yields every row of a file.

    The name is `fer2013.csv/Training/00000012`: file, usage, and the row's number in the file from 0, so that names in
    order are rows in order.

    Args:
        path: A file for which `is_file` holds.

    Raises:
        InputError: As `census`.
    """
    census(path)
    modified = path.stat().st_mtime_ns
    for number, row in enumerate(_rows(path)):
        declared = {"kind": "face", "label": row.label, "usage": row.usage}
        yield Found(
            "/".join(part for part in (path.name, row.usage, f"{number:08}") if part),
            path,
            member=row.place,
            data=row.pixels,
            bytes=len(row.pixels),
            modified_ns=modified,
            declared={name: value for name, value in declared.items() if value},
            encode=functools.partial(_encode, row.place, text=row.text),
        )


def folder_usages(root: Path) -> dict[str, str] | None:
    """Whether a folder holds FER-2013 by class.

    It does if its folders are `train/` and `test/` (or the names of usages) with one folder for each class below, or
    one for each class at once whose files are named as FER-2013 names them (`Training_…`), and its first picture has
    48 × 48 pixels.

    Returns:
        None if it does not, else the usage of each of its folders, empty where only the files' names tell.
    """
    folders = _folders(root)
    usages = {folder.name: _FOLDERS.get(folder.name.casefold(), "") for folder in folders}
    if folders and all(usages.values()):
        classes = [inner for folder in folders for inner in _folders(folder)]
    else:
        classes, usages = folders, dict.fromkeys(usages, "")
    if not classes or not all(named(folder.name) for folder in classes):
        return None
    first = next((path for folder in classes for path in sorted(folder.iterdir()) if path.is_file()), None)
    if first is None or not (any(usages.values()) or usage_of(first.name)) or not _is_face(first):
        return None
    return usages


def folder_declares(source: str, usages: dict[str, str]) -> dict[str, str]:
    """What the place of a file in such a folder declares of it.

    Args:
        source: Its name, beginning with that of the folder.
        usages: What `folder_usages` gave.
    """
    _, *folders, name = source.split("/")
    usage = usage_of(name) or (usages.get(folders[0], "") if folders else "")
    label = named(folders[-1]) if folders else None
    given = {"kind": "face", "label": label, "usage": usage}
    return {column: value for column, value in given.items() if value}


def usage_of(name: str) -> str:
    """The usage that a file's name begins with, as `Training_3908.jpg`; else empty."""
    return next((usage for usage in USAGES if name.startswith(f"{usage}_")), "")


def png(pixels: bytes) -> bytes:
    r"""The file of a face: 48×48, 8-bit grey, uncompressed.

    Args:
        pixels: 2,304 grey levels, row by row.

    >>> data = png(bytes(2304))
    >>> len(data), data[:4]
    (2420, b'\x89PNG')
    """
    lines = b"".join(b"\0" + pixels[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE))
    # One stored block of deflate (RFC 1951, 3.2.4) in a zlib stream (RFC 1950).
    size = struct.pack("<HH", len(lines), len(lines) ^ 0xFFFF)
    stream = b"\x78\x01\x01" + size + lines + struct.pack(">I", zlib.adler32(lines))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", stream) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _encode(place: str, pixels: bytes, *, text: bool) -> bytes:
    """The PNG of a row, whose pixels are numbers in text or bytes.

    Raises:
        ImageError: `bad-row`, with its line.
    """
    if not text:
        return png(pixels)
    levels = _levels(pixels)
    if levels is not None:
        return png(levels)
    numbers = pixels.split()
    if len(numbers) != SIDE * SIDE:
        raise ImageError("bad-row", f"{place}: {len(numbers):,} pixels, not {SIDE * SIDE:,}")
    try:
        return png(bytes([_LEVELS[number] for number in numbers]))
    except KeyError as error:
        wrong = error.args[0].decode("utf-8", "backslashreplace")[:20]
        raise ImageError("bad-row", f"{place}: {wrong!r} is no grey level from 0 to 255") from error


def _levels(text: bytes) -> bytes | None:
    """The grey levels of a faultless row, a blank between each two, all at once; None for any other row."""
    import numpy as np

    digits = np.frombuffer(text, np.uint8) - np.uint8(ord("0"))
    ends = np.append(np.flatnonzero(digits > 9), len(digits))
    lengths = np.diff(ends, prepend=-1) - 1
    if len(ends) != SIDE * SIDE or text.count(b" ") != SIDE * SIDE - 1 or lengths.min() < 1 or lengths.max() > 3:
        return None
    values = digits[ends - 1].astype(np.uint16)
    values += 10 * digits[ends - 2] * (lengths > 1)
    values += 100 * digits[ends - 3].astype(np.uint16) * (lengths > 2)
    return values.astype(np.uint8).tobytes() if values.max() <= 255 else None


# Rows


@dataclass(frozen=True)
class _Row:
    place: str
    label: str
    usage: str
    pixels: bytes
    text: bool
    problem: str = ""


def _rows(path: Path) -> Iterator[_Row]:
    return _npz_rows(path) if path.name.lower().endswith(".npz") else _csv_rows(path)


def _head(line: bytes) -> dict[str, int]:
    """Our column -> its position. `icml_face_data.csv` has spaces before the names."""
    cells = [cell.strip().casefold() for cell in _cells(line.removeprefix(b"\xef\xbb\xbf"))]
    return {ours: cells.index(name) for ours, names in _COLUMNS.items() for name in reversed(names) if name in cells}


def _cells(line: bytes) -> list[str]:
    """The cells of a line; the csv module reads the few lines that have quotes, and is slow for long cells."""
    text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
    return next(csv.reader([text])) if '"' in text else text.split(",")


def _csv_rows(path: Path) -> Iterator[_Row]:
    with path.open("rb") as file:
        line = file.readline(_LONGEST_LINE)
        columns, width = _head(line), len(_cells(line))
        for number, line in enumerate(iter(functools.partial(file.readline, _LONGEST_LINE), b""), 2):
            place = f"line {number}"
            if len(line) == _LONGEST_LINE:
                raise InputError(
                    f"{path}, {place}: more than {_LONGEST_LINE:,} bytes", "give FER-2013's CSV, a face to a line"
                )
            if not line.strip():
                continue
            cells = _cells(line)
            if len(cells) != width:
                yield _Row(place, "", "", b"", text=True, problem=f"{len(cells)} cells, the head has {width}")
                continue
            values = {name: cells[position].strip() for name, position in columns.items()}
            label = (named(values["emotion"]) or "") if "emotion" in columns else ""
            usage = values.get("usage", "")
            problem = ""
            if "emotion" in columns and not label:
                problem = f"label {values['emotion'][:20]!r}"
            elif "usage" in columns and usage not in USAGES:
                problem = f"Usage {usage[:20]!r}"
            yield _Row(place, label, usage, values["pixels"].encode(), text=True, problem=problem)


def _npz_rows(path: Path) -> Iterator[_Row]:
    """Streams the faces out of the archive; the two small arrays are read whole."""
    import numpy as np

    fix = "give an npz with `images` uint8 [N, 48, 48], and if you have them `labels` and `usage`, integers [N]"
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy"): name for name in archive.namelist()}
            if "images" not in names:
                raise InputError(f"{path} has no array `images`; it has {', '.join(sorted(names)) or 'none'}", fix)
            with archive.open(names["images"]) as stream:
                shape, fortran, kind = _array_head(stream)
                if len(shape) != 3 or shape[1:] != (SIDE, SIDE) or kind != np.uint8 or fortran:
                    raise InputError(f"{path}: `images` is {kind} {list(shape)}, not uint8 [N, {SIDE}, {SIDE}]", fix)
                labels = _integers(archive, names.get("labels"), shape[0], path)
                usages = _integers(archive, names.get("usage"), shape[0], path)
                for number in range(shape[0]):
                    pixels = stream.read(SIDE * SIDE)
                    if len(pixels) < SIDE * SIDE:
                        raise InputError(f"{path} ends at row {number:,} of {shape[0]:,}", "fetch the file again")
                    yield _npz_row(number, labels, usages, pixels)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError) as error:
        raise InputError(f"{path} cannot be read: {error}", fix) from error


def _npz_row(number: int, labels: Sequence[int] | None, usages: Sequence[int] | None, pixels: bytes) -> _Row:
    label = usage = problem = ""
    if labels is not None:
        if 0 <= labels[number] < len(NAMES):
            label = NAMES[labels[number]]
        else:
            problem = f"label {labels[number]}"
    if usages is not None:
        if 0 <= usages[number] < len(USAGES):
            usage = USAGES[usages[number]]
        else:
            problem = f"usage {usages[number]}"
    return _Row(f"row {number}", label, usage, pixels, text=False, problem=problem)


def _integers(archive: zipfile.ZipFile, name: str | None, count: int, path: Path) -> list[int] | None:
    import numpy as np

    if name is None:
        return None
    with archive.open(name) as stream:
        shape, _, kind = _array_head(stream)
    if shape != (count,) or kind.kind not in "iu":
        raise InputError(f"{path}: `{name}` is {kind} {list(shape)}, not integers [{count}]", "see docs/split.md")
    with archive.open(name) as stream:
        values: list[int] = np.lib.format.read_array(stream, allow_pickle=False).tolist()  # type: ignore[no-untyped-call]
    return values


def _array_head(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, Any]:
    """Shape, whether columns come first, and type of the array that follows; none of it is allocated."""
    from numpy.lib import format as npy

    version = npy.read_magic(stream)  # type: ignore[no-untyped-call]
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, kind = read(stream)  # type: ignore[no-untyped-call]
    return shape, fortran, kind


# Folders


def _folders(folder: Path) -> list[Path]:
    entries: Iterable[Path] = folder.iterdir()
    return sorted(path for path in entries if path.is_dir() and not path.name.startswith("."))


def _is_face(path: Path) -> bool:
    from workspace.pixels import probe

    try:
        header = probe(path.read_bytes())
    except (ImageError, OSError):
        return False
    return (header.width, header.height) == (SIDE, SIDE)
