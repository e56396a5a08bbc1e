"""`history.csv`."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas.errors import InputError
from train.history import COLUMNS, read, to_csv

NUMBER = st.none() | st.floats(allow_nan=False)
EPOCHS = st.lists(
    st.fixed_dictionaries({"epoch": st.integers(1, 10**6)} | dict.fromkeys(COLUMNS[1:], NUMBER)), max_size=4
)
HEAD = ",".join(COLUMNS)


@given(EPOCHS)
def test_what_is_written_comes_back(history: list[dict[str, Any]]) -> None:
    """Every number bit for bit, and what was not measured as None."""
    assert read(to_csv(history), "history.csv") == history


def test_what_is_no_column_is_not_written() -> None:
    """A trainer may note more in its rows."""
    row = dict.fromkeys(COLUMNS, 1)
    assert to_csv([{**row, "lowered": True}]) == f"{HEAD}\n1,1,1,1,1,1,1\n".encode()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no history of a training"),
        ("epoch,loss\n1,2\n", "no history of a training"),
        (f"{HEAD}\n1,1,1,1,1,1,1\n2,1,1\n", "history.csv, line 3 is no epoch"),
        (f"{HEAD}\n1,one,1,1,1,1,1\n", "history.csv, line 2 is no epoch"),
        (f"{HEAD}\n1.5,1,1,1,1,1,1\n", "history.csv, line 2 is no epoch"),
        (f"{HEAD}\n,1,1,1,1,1,1\n", "history.csv, line 2 is no epoch"),
        (f"{HEAD}\n1,1,1,1,1,1,1,1\n", "history.csv, line 2 is no epoch"),
        ('"', "no CSV"),
    ],
)
def test_other_files_are_refused(text: str, what: str) -> None:
    """With the line."""
    with pytest.raises(InputError) as caught:
        read(text.encode(), "history.csv")
    assert what in caught.value.what


def test_bytes_that_are_no_text() -> None:
    """A picture, say."""
    with pytest.raises(InputError, match="no CSV"):
        read(b"\x89PNG\xff", "history.csv")
