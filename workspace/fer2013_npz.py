"""FER-2013 as arrays in an npz. Nothing is allocated for what a head claims, and no pickled object is ever loaded."""

from __future__ import annotations

import tokenize
import zipfile
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from schemas.emotion import FERPLUS_VOTES, NAMES
from schemas.errors import InputError
from workspace.archives import BROKEN_ZIP
from workspace.fer2013 import MOST_FACES, PIXELS, SIDE, USAGES, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_NPZ_FIX = "give an npz with `images` uint8 [N, 48, 48], and if you have them `labels` and `usage`, integers [N]"
_BROKEN = (*BROKEN_ZIP, tokenize.TokenError, SyntaxError, ValueError, TypeError, RuntimeError, MemoryError)
"""What archives, encrypted ones (RuntimeError), and heads of arrays that are no Python were seen to raise."""


def npz_rows(path: Path) -> Iterator[Row]:
    """Streams the faces out of an archive; the small arrays are read whole.

    Args:
        path: An npz with `images` uint8 [N, 48, 48], and `labels`, `usage` [N] and `ferplus_votes` [N, 10] if it has
            them, all integers.

    Raises:
        InputError: An array is missing, of another shape or type, or cut.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy"): name for name in archive.namelist()}
            if "images" not in names:
                raise InputError(
                    f"{path} has no array `images`; it has {', '.join(sorted(names)[:8]) or 'none'}", _NPZ_FIX
                )
            with archive.open(names["images"]) as stream:
                count = _number_of_faces(stream, path)
                labels = _listed(_integers(archive, names.get("labels"), (count,), path))
                usages = _listed(_integers(archive, names.get("usage"), (count,), path))
                counts = _integers(archive, names.get("ferplus_votes"), (count, len(FERPLUS_VOTES)), path)
                votes = _votes(counts, path)
                for number in range(count):
                    pixels = stream.read(PIXELS)
                    if len(pixels) < PIXELS:
                        raise InputError(f"{path} ends at row {number:,} of {count:,}", "fetch the file again")
                    yield _npz_row(number, pixels, labels, usages, votes)
    except _BROKEN as error:
        raise InputError(f"{path} cannot be read: {error}", _NPZ_FIX) from error


def _number_of_faces(stream: IO[bytes], path: Path) -> int:
    shape, fortran, kind = _array_head(stream)
    if len(shape) != 3 or shape[1:] != (SIDE, SIDE) or shape[0] < 0 or kind != np.uint8 or fortran:
        raise InputError(f"{path}: `images` is {kind} {list(shape)}, not uint8 [N, {SIDE}, {SIDE}]", _NPZ_FIX)
    if shape[0] > MOST_FACES:
        raise InputError(f"{path} claims {shape[0]:,} faces; the limit is {MOST_FACES:,}", "give it in parts")
    return int(shape[0])


def _npz_row(
    number: int, pixels: bytes, labels: list[int] | None, usages: list[int] | None, votes: NDArray[np.uint8] | None
) -> Row:
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
    counts = None if votes is None else votes[number].tobytes()
    return Row(number, f"row {number}", label, usage, pixels, text=False, votes=counts, problem=problem)


def _integers(archive: zipfile.ZipFile, name: str | None, wanted: tuple[int, ...], path: Path) -> NDArray[Any] | None:
    if name is None:
        return None
    with archive.open(name) as stream:
        shape, _, kind = _array_head(stream)
    if shape != wanted or kind.kind not in "iu":
        raise InputError(f"{path}: `{name}` is {kind} {list(shape)}, not integers {list(wanted)}", _NPZ_FIX)
    with archive.open(name) as stream:
        values: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)  # type: ignore[no-untyped-call]
    return values


def _listed(values: NDArray[Any] | None) -> list[int] | None:
    return None if values is None else values.tolist()


def _votes(values: NDArray[Any] | None, path: Path) -> NDArray[np.uint8] | None:
    if values is None:
        return None
    if values.size and not (values.min() >= 0 and values.max() <= 255):
        raise InputError(
            f"{path}: `ferplus_votes` has counts from {values.min()} to {values.max()}", "0 to 255 are read"
        )
    return values.astype(np.uint8)


def _array_head(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, Any]:
    """Shape, whether columns come first, and type of the array that follows; none of it is allocated."""
    from numpy.lib import format as npy

    version = npy.read_magic(stream)  # type: ignore[no-untyped-call]
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, kind = read(stream)  # type: ignore[no-untyped-call]
    return shape, fortran, kind
