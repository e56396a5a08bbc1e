"""Policies: those that come along, and files that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from augment.policy import SHIPPED, parse, policy
from schemas.errors import InputError, MienError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", SHIPPED)
def test_policies_that_come_along(name: str) -> None:
    """Each can be read, and is named with its digest."""
    found = policy(name)
    assert found.choices
    assert found.name.startswith(f"{name}@")


def test_the_papers_three() -> None:
    """Rotation, lighting, colour, and nothing else."""
    assert list(policy("paper").choices) == ["rotation", "lighting", "colour"]


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    """A number stands for a range of one value; what is not named does nothing."""
    path = tmp_path / "mine.toml"
    path.write_text("[lighting]\nprobability = 0.25\ncontrast = [0.8, 1]\ngamma = 1.5\n")
    choice = policy(str(path)).choices["lighting"]
    assert choice.probability == 0.25
    assert choice.ranges == {"brightness": (0, 0), "contrast": (0.8, 1), "gamma": (1.5, 1.5)}


@pytest.mark.parametrize(
    ("text", "error", "what", "fix"),
    [
        ("[rotate]\ndegrees = 5", UsageError, "no transformation `rotate`", "did you mean `rotation`?"),
        ("[rotation]\ndegree = 5", UsageError, "no parameter of rotation `degree`", "did you mean `degrees`?"),
        ("[rotation]\ndegrees = [-200, 5]", InputError, "degrees is [-200, 5]", "it goes from -180 to 180"),
        ("[jpeg]\nquality = 101", InputError, "quality is 101", "it goes from 5 to 100"),
        ("[rotation]\ndegrees = [5, -5]", InputError, "degrees is [5, -5]", "the smallest and the largest"),
        ("[rotation]\ndegrees = [1, 2, 3]", InputError, "degrees is [1, 2, 3]", "the smallest and the largest"),
        ("[rotation]\ndegrees = nan", InputError, "degrees is nan", "the smallest and the largest"),
        ("[rotation]\ndegrees = true", InputError, "degrees is True", "the smallest and the largest"),
        ("[rotation]\ndegrees = 5\nprobability = 0", InputError, "probability is 0", "above 0"),
        ("[flip]\nprobability = 1.5", InputError, "probability is 1.5", "at most 1"),
        ("[rotation]\nprobability = 0.5", InputError, "says nothing of degrees", "give a range"),
        ("rotation = 5", InputError, "[rotation] is no section", "on a line of its own"),
        ("", InputError, "does nothing", "give it a section"),
        ("[rotation", InputError, "is no TOML", "docs/augment.md"),
        ("#" * 100_001, InputError, "more than 100,000 bytes", "docs/augment.md"),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(text: str, error: type[MienError], what: str, fix: str) -> None:
    """The place, and what to write."""
    with pytest.raises(error) as caught:
        parse(text.encode(), "mine")
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_a_policy_that_nobody_knows() -> None:
    """The nearest of those that come along is named."""
    with pytest.raises(UsageError) as caught:
        policy("stong")
    assert caught.value.fix == "did you mean `strong`?"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(InputError, match=r"none\.toml cannot be read"):
        policy(str(tmp_path / "none.toml"))
