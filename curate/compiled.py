"""Machine code from Python: numba's compiler, with its cache on disk where one can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Function = TypeVar("Function", bound="Callable[..., object]")


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
    try:
        cached: Function = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba's "cannot cache function: no locator available", raised while decorating
        uncached: Function = numba.njit(nogil=True)(function)
        return uncached
    return cached
