"""How a request can fail, and whether asking again may help."""

from __future__ import annotations

import email.utils
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.errors import ImageError

AGAIN = {408, 425, 429, 500, 502, 503, 504}
"""Answers after which the same request may succeed a little later."""


class RequestError(Exception):
    """One request failed.

    Attributes:
        error: What becomes of the picture if it is not asked for again.
        again: Whether asking again may help.
        wait: Seconds the server asks to wait before that (Retry-After), or None.
    """

    def __init__(self, error: ImageError, *, again: bool = False, wait: float | None = None) -> None:
        super().__init__(error.what)
        self.error = error
        self.again = again
        self.wait = wait


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, from now, or None where it says nothing readable.

    >>> retry_after("120"), retry_after("soon")
    (120.0, None)
    """
    if not value:
        return None
    if value.strip().isdecimal() and value.isascii():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


def pause(backoff: float, attempt: int, key: str) -> float:
    """Seconds to wait before an attempt is repeated: doubled each time, spread by a quarter.

    Args:
        backoff: Seconds after the first attempt.
        attempt: Number of the attempt that failed, from 0.
        key: Hexadecimal digits of the URL's key, so that pictures that failed together do not return together.
    """
    return backoff * 2.0**attempt * (1 + int(key[:2], 16) / 1024)
