"""An export as a stream of tasks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st

from annotate.exported import parse
from schemas.errors import StudioError

TASKS = st.lists(
    st.dictionaries(st.text(), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), max_size=4)
)


@given(TASKS, st.integers(1, 40), st.booleans())
def test_pieces_give_what_the_whole_gives(tasks: list[dict[str, object]], size: int, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """However the text is cut, within a letter too, the tasks are those of the standard library's parser."""
    text = json.dumps(tasks, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    text = text if ascii_only or b"\xed" not in text else json.dumps(tasks).encode()
    assert list(parse((text[at : at + size] for at in range(0, len(text), size)), "it")) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [b"", b"<html>", b'{"detail": "no"}', b'[{"id": 1}', b'[{"id": 1}, {"id"', b"[1, 2]", b"null", b'[{"id": "\xff"}]'],
)
def test_what_is_no_list_of_tasks_is_an_error(text: bytes) -> None:
    """Half an export, an error page or an object is told, never taken for a short list."""
    with pytest.raises(StudioError, match="cannot be read") as caught:
        list(parse([text], "the export"))
    assert caught.value.reason == "broken"


def test_tasks_come_before_the_end_does() -> None:
    """A task is given as soon as its bytes are there: the whole is never held."""
    asked: list[int] = []

    def chunks() -> object:
        for number in range(3):
            asked.append(number)
            yield (b"[" if number == 0 else b",") + b'{"id": %d}' % number
        yield b"]"

    stream = parse(chunks(), "it")  # type: ignore[arg-type]
    assert next(stream) == {"id": 0}
    assert asked == [0]
