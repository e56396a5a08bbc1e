"""Machine code from Python: numba's compiler, with its cache on disk where one can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., object]")

REORDERED = {"reassoc", "contract", "arcp", "nsz"}
"""Liberties with floating-point sums that make vector instructions possible; NaN and infinity keep their meaning."""


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays; the call releases Python's lock.

    The machine code is kept beside the source, or, where that folder is read-only, in numba's folder in the user's
    cache. Where neither can be written (a locked-down container without a home) the function is compiled anew in
    every process instead of refusing to start.

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
    try:
        return cast("Function", numba.njit(cache=True, nogil=True, fastmath=fastmath)(function))
    except RuntimeError:  # numba's "cannot cache function: no locator available", raised while decorating
        return cast("Function", numba.njit(nogil=True, fastmath=fastmath)(function))
