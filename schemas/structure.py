"""Plain values, as a stranger's JSON gives them, into dataclasses: each checked, each fault named by its place."""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import types
import typing
from typing import TYPE_CHECKING, Any, TypeVar

from schemas.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
LONGEST_TEXT = 20_000
"""Letters in one text."""
MOST_ENTRIES = 1_000
"""Entries of one list or one object."""
DEEPEST = 4
"""Lists and objects within one another in a value that may be anything."""


def parse(data: bytes, what: str, most: int) -> Any:
    """The value that a JSON text stands for.

    Args:
        data: UTF-8, with or without a byte-order mark.
        what: What it is, for messages: a path.
        most: Bytes it may have.

    Raises:
        InputError: It is larger, no UTF-8, no JSON, nested too deeply, or names one key twice.
    """
    if len(data) > most:
        raise InputError(f"{what} has {len(data):,} bytes", f"a file of its kind has at most {most:,}; is it another?")
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(f"{what} is no JSON: {reason}", "write it anew, or correct it at the place named") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"`{next(name for name in names if names.count(name) > 1)}` stands in one object twice")
    return value


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")


def limits(
    *, minimum: float | None = None, maximum: float | None = None, pattern: str | None = None, text: str = ""
) -> dict[str, Any]:
    """Metadata of a field whose values have limits; `minimum` and `maximum` are inclusive.

    Args:
        minimum: Smallest number.
        maximum: Largest number.
        pattern: Regular expression that the whole text matches.
        text: What that is, in words.
    """
    return {"minimum": minimum, "maximum": maximum, "pattern": pattern, "text": text}


def build(kind: type[T], value: Any, place: str) -> T:
    """Makes a dataclass of plain values.

    Args:
        kind: The dataclass. Its fields may be str, int, float, bool, other dataclasses, `X | None`, `tuple[X, ...]`,
            `dict[str, X]` and Any (whatever JSON has, not nested more than four deep).
        value: What JSON gave.
        place: Where it stands, for messages.

    Raises:
        InputError: A key is missing or unknown, or a value is of another type or outside its limits.
    """
    if not isinstance(value, dict):
        raise InputError(f"{place} is {_said(value)}", "it must be an object: { … }")
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for name in value:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1, cutoff=0.6)
            fix = f"did you mean `{near[0]}`?" if near else f"it may have: {', '.join(fields)}"
            raise InputError(f"{place} has an unknown key `{name[:80]}`", fix)
    hints = typing.get_type_hints(kind)
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and name not in value:
            raise InputError(f"{place} lacks `{name}`", "add it")
    built = {name: _value(hints[name], entry, f"{place}: `{name}`") for name, entry in value.items()}
    for name, entry in built.items():
        _check_limits(entry, fields[name].metadata, f"{place}: `{name}`")
    try:
        return kind(**built)
    except InputError as error:  # of the dataclass itself, which does not know where it stands
        raise InputError(f"{place}: {error.what}", error.fix) from error


def _value(hint: Any, value: Any, place: str) -> Any:
    if isinstance(hint, types.UnionType):
        if value is None:
            return None
        hint = next(kind for kind in typing.get_args(hint) if kind is not types.NoneType)
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return build(typing.cast("type[Any]", hint), value, place)
    if origin is tuple:
        return _many(value, place, hint)
    if origin is dict:
        return _named(value, place, typing.get_args(hint)[1])
    if hint is Any:
        return _anything(value, place, DEEPEST)
    return _plain(hint, value, place)


def _many(value: Any, place: str, hint: Any) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > MOST_ENTRIES:
        raise InputError(f"{place} is {_said(value)}", f"it must be a list of at most {MOST_ENTRIES:,}: [ … ]")
    return tuple(_value(typing.get_args(hint)[0], entry, f"{place}[{at}]") for at, entry in enumerate(value))


def _named(value: Any, place: str, hint: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > MOST_ENTRIES:
        raise InputError(f"{place} is {_said(value)}", f"it must be an object of at most {MOST_ENTRIES:,}: {{ … }}")
    return {_plain(str, name, place): _value(hint, entry, f"{place}.{name[:80]}") for name, entry in value.items()}


def _anything(value: Any, place: str, depth: int) -> Any:
    if isinstance(value, dict | list) and depth == 0:
        raise InputError(f"{place} is nested too deeply", f"{DEEPEST} lists or objects within one another are allowed")
    if isinstance(value, list):
        if len(value) > MOST_ENTRIES:
            raise InputError(f"{place} has {len(value):,} entries", f"at most {MOST_ENTRIES:,} are allowed")
        return [_anything(entry, place, depth - 1) for entry in value]
    if isinstance(value, dict):
        if len(value) > MOST_ENTRIES:
            raise InputError(f"{place} has {len(value):,} entries", f"at most {MOST_ENTRIES:,} are allowed")
        return {_plain(str, name, place): _anything(entry, place, depth - 1) for name, entry in value.items()}
    return value if value is None else _plain(type(value), value, place)


_KINDS: dict[type, tuple[str, Callable[[Any], bool]]] = {
    str: ("a text of at most 20,000 letters", lambda value: isinstance(value, str) and len(value) <= LONGEST_TEXT),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    int: ("a whole number", lambda value: type(value) is int and abs(value) < 2**63),
    float: ("a number", lambda value: type(value) in (int, float) and abs(value) < 2**1000 and math.isfinite(value)),
}


def _plain(hint: type, value: Any, place: str) -> Any:
    words, holds = _KINDS[hint]
    if not holds(value):
        raise InputError(f"{place} is {_said(value)}", f"it must be {words}")
    return float(value) if hint is float else value


def _check_limits(value: Any, metadata: typing.Mapping[str, Any], place: str) -> None:
    import re

    if not metadata or value is None:
        return
    low, high, pattern = metadata["minimum"], metadata["maximum"], metadata["pattern"]
    if (low is not None and value < low) or (high is not None and value > high):
        words = f"from {low:,}" if high is None else f"from {low:,} to {high:,}"
        raise InputError(f"{place} is {_said(value)}", f"it must be a number {words}")
    if pattern is not None and not re.fullmatch(pattern, value):
        raise InputError(f"{place} is {_said(value)}", f"it must be {metadata['text']}")


def _said(value: Any) -> str:
    """A value in a message: short, whatever it is.

    >>> _said(["a", 1]), _said("x" * 100)[:12], _said(True)
    ('a list of 2', '"xxxxxxxxxxx', 'true')
    """
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value):,}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return "a whole number beyond 64 bits"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}…"
