"""Grey levels in text: the quick way and the patient way give the same, and refuse the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from schemas.errors import ImageError
from workspace.fer2013 import grey_levels


@given(st.binary(min_size=2304, max_size=2304))
def test_numbers_are_read_back(pixels: bytes) -> None:
    """Whatever levels a face has, its text gives them again."""
    assert grey_levels(" ".join(map(str, pixels)).encode(), "line 2") == pixels


@given(st.data())
def test_one_wrong_number_is_never_read_as_another(data: st.DataObject) -> None:
    """A text of 2,304 parts of which one is no level from 0 to 255 is refused, wherever that one stands."""
    numbers = [str(level) for level in np.random.default_rng(1).integers(0, 256, 2304)]
    wrong = ["256", "999", "1000", "0001", "12 34", "-1", "1.5", "", "a", "1a", "a12", "٣", "+7", "25 5", "1,2", "\x00"]
    numbers[data.draw(st.integers(0, 2303))] = data.draw(st.sampled_from(wrong))
    with pytest.raises(ImageError) as caught:
        grey_levels(" ".join(numbers).encode(), "line 9")
    assert caught.value.what.startswith("line 9: ")


@pytest.mark.parametrize("blank", ["  ", "\t", " \t ", "\n"])
def test_other_blanks_part_numbers_too(blank: str) -> None:
    """Two blanks or a tab are read as one blank."""
    assert grey_levels(blank.join(["7"] * 2304).encode(), "line 2") == b"\x07" * 2304


@pytest.mark.parametrize("blank", [" ", "  "])
def test_leading_zeros_change_nothing(blank: str) -> None:
    """`007` and `07` are 7, read the quick way or the patient one."""
    assert grey_levels(blank.join(["007", "07"] * 1152).encode(), "line 2") == b"\x07" * 2304
