"""The doctor's lines as text."""

from __future__ import annotations

from curate.doctor import Check, text


def test_fix_stands_under_what_was_found() -> None:
    """A check that is not ok is followed by what to do."""
    lines = text([Check("disk", "warning", "0.1 GiB free", "make room")]).splitlines()
    assert lines == ["warning  disk  0.1 GiB free", "               -> make room", "1 warning"]
