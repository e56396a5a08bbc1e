"""Machine code from Python: numba's compiler, with its cache on disk where one can be written."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

from workspace.console import note

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., object]")

REORDERED = {"reassoc", "contract", "arcp", "nsz"}
"""Liberties with floating-point sums that make vector instructions possible; NaN and infinity keep their meaning."""


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays; the call releases Python's lock.

    The machine code is kept in the user's cache folder. Where that cannot be written (a locked-down container without
    a home) the function is compiled anew in every process instead of refusing to start.

    Args:
        function: A function in numba's subset of Python.

    Returns:
        The same function, compiled at its first call.

    """
    return _compile(function, fastmath=False)


def compiled_sums(function: Function) -> Function:
    """Compile a function whose floating-point sums may be taken in another order, and so by vector instructions.

    The order is fixed when the code is compiled: one machine gives one result, two kinds of processor may differ in
    the last bit. Everything else is as in `compiled`.

    Args:
        function: A function in numba's subset of Python.

    Returns:
        The same function, compiled at its first call.

    """
    return _compile(function, fastmath=REORDERED)


def _compile(function: Function, *, fastmath: bool | set[str]) -> Function:
    config: Any = numba.config
    before = config.CACHE_DIR
    try:
        config.CACHE_DIR = _cache_folder() or before  # read while decorating; other users of numba keep theirs
        return cast("Function", numba.njit(cache=True, nogil=True, fastmath=fastmath)(function))
    except RuntimeError:  # numba's "cannot cache function: no locator available"
        return cast("Function", numba.njit(nogil=True, fastmath=fastmath)(function))
    finally:
        config.CACHE_DIR = before


@cache
def _cache_folder() -> str:
    """Name the folder for the machine code of these very sources, or nothing where there is no home.

    Numba renews a function's code when the file it stands in changes, not when a function it calls does, in another
    file. So all files of this folder decide the name.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        content = path.read_bytes()
        if b"@compiled" in content:
            digest.update(content)
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return ""
    folder = root / "mien" / f"machine-code-{digest.hexdigest()[:16]}"
    if not folder.exists():
        note("compiling the comparison of pictures, once: about 20 seconds")
    return str(folder)
