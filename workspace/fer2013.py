"""Rows of FER-2013: Kaggle's CSV, `icml_face_data.csv` with its spaced column names, or an npz.

Files are streamed and are a stranger's: the longest line, the number of faces and the shape of an array are checked
before anything is kept, and no pickled object is ever loaded. What is wrong with a row is told with its line; whether
that stops everything is the reader's to decide.
"""

from __future__ import annotations

import csv
import difflib
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schemas.emotion import FER2013_COUNTS, named
from schemas.errors import ImageError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 48
"""Side of a face, pixels."""
PIXELS = SIDE * SIDE
USAGES = tuple(FER2013_COUNTS)
"""Training, PublicTest, PrivateTest: 0, 1, 2 in an npz."""
MOST_FACES = 2_000_000
"""A set has at most so many faces, 4.6 GB: 56 times FER-2013. An archive of a few megabytes may claim any number."""
USAGE_FOLDERS = {
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

_LONGEST_LINE = 64 * 1024
"""Bytes; 2,304 numbers of three digits take 9,215."""
_COLUMNS = {"emotion": ("emotion", "label"), "usage": ("usage",), "pixels": ("pixels",)}
_CSV_FIX = "give FER-2013's CSV, with the columns emotion, pixels and Usage, a face to a line"


@dataclass(frozen=True)
class Row:
    """One row of a file.

    Attributes:
        number: The line of a CSV, whose head is line 1; the row of an npz, from 0.
        place: The same in words: `line 2`, `row 0`.
        label: One of `NAMES`; empty where the file names none.
        usage: One of `USAGES`; empty where the file names none.
        pixels: 2,304 grey levels: bytes, or numbers in text.
        text: Which of the two.
        votes: FER+'s ten counts, where the file has them.
        problem: What is wrong with label, usage or the number of cells; empty where nothing is.
    """

    number: int
    place: str
    label: str
    usage: str
    pixels: bytes
    text: bool
    votes: bytes | None = None
    problem: str = ""

    def levels(self) -> bytes:
        """The 2,304 grey levels, row by row.

        Raises:
            ImageError: `bad-row`, with its line.
        """
        return grey_levels(self.pixels, self.place) if self.text else self.pixels


def is_file(path: Path) -> bool:
    """Whether a file is FER-2013: an npz, or a CSV whose head has a column `pixels`."""
    name = path.name.lower()
    if name.endswith(".npz"):
        return True
    if not name.endswith(".csv"):
        return False
    with path.open("rb") as file:
        return "pixels" in _head(file.readline(_LONGEST_LINE))


def rows(path: Path) -> Iterator[Row]:
    """Streams the rows of an npz or a CSV.

    Args:
        path: The file; its name says which.

    Raises:
        InputError: It is not what its name says, lacks the pictures, or ends too early.
    """
    if path.name.lower().endswith(".npz"):
        from workspace.fer2013_npz import npz_rows

        return npz_rows(path)
    return _csv_rows(path)


def usage_of(name: str) -> str:
    """The usage that a file's name begins with, as `Training_3908.jpg`; else empty."""
    return next((usage for usage in USAGES if name.startswith(f"{usage}_")), "")


def grey_levels(text: bytes, place: str) -> bytes:
    r"""The grey levels of a face in text.

    Args:
        text: 2,304 whole numbers from 0 to 255 with blanks between them.
        place: Where they stand, for the error.

    Returns:
        2,304 bytes.

    Raises:
        ImageError: `bad-row`.

    >>> grey_levels(b"0 7 255" + 2301 * b" 10", "line 2")[:5]
    b'\x00\x07\xff\n\n'
    """
    levels = faultless_levels([text])
    if levels is not None:
        return levels
    numbers = text.split()
    if len(numbers) != PIXELS:
        raise ImageError("bad-row", f"{place}: {len(numbers):,} pixels, not {PIXELS:,}")
    wrong = next((number for number in numbers if not _is_level(number)), None)
    if wrong is not None:
        told = wrong.decode("utf-8", "backslashreplace")[:20]
        raise ImageError("bad-row", f"{place}: {told!r} is no grey level from 0 to 255")
    return bytes([int(number) for number in numbers])


def _is_level(number: bytes) -> bool:
    return len(number) <= 3 and number.isdigit() and int(number) <= 255


def faultless_levels(texts: Sequence[bytes]) -> bytes | None:
    """The grey levels of several faces in text, all at once.

    Eight at a time take 22 µs each, one alone 37: fewer calls, and all still lies in the processor's cache.

    Args:
        texts: As for `grey_levels`.

    Returns:
        2,304 bytes a face; None where anything but one blank stands between two numbers, or something is wrong: then
        `grey_levels` reads them, or says what.
    """
    text = b" ".join(texts)
    padded = np.frombuffer(b"   " + text + b" ", np.uint8)
    blanks = np.flatnonzero(padded[3:] == ord(" "))
    ends = np.cumsum([len(one) + 1 for one in texts]) - 1
    if len(blanks) != PIXELS * len(texts) or (blanks[PIXELS - 1 :: PIXELS] != ends).any():
        return None
    # The three letters before each blank. `hundreds` is whatever stands before a number of two digits.
    hundreds, tens, ones = padded.take(blanks), padded[1:].take(blanks), padded[2:].take(blanks)
    pairs = tens.astype(np.uint16)
    pairs <<= 8
    pairs |= hundreds
    values = _upper_digits().take(pairs)
    ones -= np.uint8(ord("0"))
    values += ones
    digits = len(blanks) + np.count_nonzero(tens != ord(" ")) + np.count_nonzero(values & _THREE)
    values &= _THREE - 1
    if ones.max() > 9 or values.max() > 255 or digits + len(blanks) - 1 != len(text):
        return None
    return values.astype(np.uint8).tobytes()


_THREE = np.uint16(1 << 14)
"""Marks a number of three digits in `_upper_digits`."""


@functools.cache
def _upper_digits() -> NDArray[np.uint16]:
    """Tens and hundreds of a number, by the two letters before its last: second letter × 256 + first.

    A blank in the second place means a number of one digit. What is no digit gives 8,192, which no grey level reaches.
    """
    table = np.full((256, 256), 8_192, np.uint16)
    table[ord(" ")] = 0
    for tens in range(10):
        table[ord("0") + tens, ord(" ")] = 10 * tens
        for hundreds in range(10):
            table[ord("0") + tens, ord("0") + hundreds] = 100 * hundreds + 10 * tens + int(_THREE)
    return table.ravel()


def _head(line: bytes) -> dict[str, int]:
    """Our column -> its position. `icml_face_data.csv` has spaces before the names."""
    cells = [cell.strip().casefold() for cell in _cells(line.removeprefix(b"\xef\xbb\xbf"))]
    return {ours: cells.index(name) for ours, names in _COLUMNS.items() for name in reversed(names) if name in cells}


def _cells(line: bytes) -> list[str]:
    """The cells of a line; the csv module reads the few lines that have quotes, and is slow for long cells."""
    text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
    if '"' not in text:
        return text.split(",")
    try:
        return next(csv.reader([text]))
    except csv.Error:  # a carriage return within the line
        return []


def _csv_rows(path: Path) -> Iterator[Row]:
    with path.open("rb", buffering=2**20) as file:  # a line is as long as the usual buffer
        line = file.readline(_LONGEST_LINE)
        columns, width = _head(line), len(_cells(line))
        if "pixels" not in columns:
            raise InputError(f"{path} has no column `pixels`{_instead(line)}", _CSV_FIX)
        for number, line in enumerate(iter(functools.partial(file.readline, _LONGEST_LINE), b""), 2):
            if len(line) == _LONGEST_LINE:
                raise InputError(f"{path}, line {number}: more than {_LONGEST_LINE:,} bytes", _CSV_FIX)
            if line.strip():
                yield _csv_row(number, line, columns, width)


def _csv_row(number: int, line: bytes, columns: dict[str, int], width: int) -> Row:
    place, cells = f"line {number}", _cells(line)
    if len(cells) != width:
        return Row(number, place, "", "", b"", text=True, problem=f"{len(cells)} cells, the head has {width}")
    values = {name: cells[position].strip() for name, position in columns.items()}
    label = (named(values["emotion"]) or "") if "emotion" in columns else ""
    usage = values.get("usage", "")
    problem = ""
    if "emotion" in columns and not label:
        problem = "a second head" if _head(line) == columns else f"label {values['emotion'][:20]!r}"
    elif "usage" in columns and usage not in USAGES:
        near = difflib.get_close_matches(usage.casefold(), [name.casefold() for name in USAGES], n=1)
        hint = next((f", did you mean {name}?" for name in USAGES if name.casefold() in near), "")
        problem = f"Usage {usage[:20]!r}{hint}"
    return Row(number, place, label, usage, values["pixels"].encode(), text=True, problem=problem)


def _instead(line: bytes) -> str:
    """What a file without the column has, as far as that can be told from its first bytes."""
    if not line:
        return "; it is empty"
    if line.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in line[:64]:
        return "; it is UTF-16 or binary: save it as CSV in UTF-8"
    if line.startswith((b"PK", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf")):
        return "; it is an archive: unpack it first"
    cells = [cell.strip()[:20] for cell in _cells(line)[:8]]
    return f"; it has {', '.join(map(repr, cells))}"
