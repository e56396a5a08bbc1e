"""FER-2013 as an input of ingest: rows of a file (`workspace/fer2013.py` reads them) or folders by class.

A row becomes a file like any other: the bytes of a 48×48 grey PNG, written uncompressed, so that they are the same on
every machine and with every version of zlib, and so is the picture's `image_id`.

Labels and usages are checked in the whole file before anything is taken: a wrong one there means that the file is not
what it seems. A row whose pixels are wrong is rejected alone, with its line.
"""

from __future__ import annotations

import functools
import struct
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from curate.inputs import Found
from schemas.emotion import FER2013_COUNTS, NAMES, named
from schemas.errors import ImageError, InputError
from workspace.fer2013 import SIDE, USAGE_FOLDERS, USAGES, grey_levels, is_file, rows, usage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LINES_NAMED = 3


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


def census(path: Path) -> Census:
    """Reads all labels and usages of a file, and checks them.

    Args:
        path: A file for which `workspace.fer2013.is_file` holds.

    Raises:
        InputError: It cannot be read, or a label or usage is wrong; the lines are named.
    """
    status = path.stat()
    return _census(path.absolute(), status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _census(path: Path, _size: int, _modified: int) -> Census:
    result = Census()
    wrong: list[str] = []
    for row in rows(path):
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
    for number, row in enumerate(rows(path)):
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
    usages = {folder.name: USAGE_FOLDERS.get(folder.name.casefold(), "") for folder in folders}
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
    return png(grey_levels(pixels, place) if text else pixels)


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
