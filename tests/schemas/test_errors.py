"""Errors carry what and fix, and survive the way between processes."""

from __future__ import annotations

import pickle

from schemas import errors
from schemas.errors import IMAGE_FIXES, ImageError, MienError


def test_image_error_survives_pickling() -> None:
    """An error raised in a worker process arrives with its reason and its fix."""
    error = pickle.loads(pickle.dumps(ImageError("truncated", "it ends at byte 9")))  # noqa: S301 - our own bytes
    assert (error.reason, error.what, error.fix) == ("truncated", "it ends at byte 9", IMAGE_FIXES["truncated"])


def test_every_error_stands_in_the_drawn_tree() -> None:
    """The tree in the module's docstring names every class, and no class that is not there."""
    drawn = {word for word in errors.__doc__.replace("─", " ").split() if word.endswith("Error")}
    real = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, MienError)}
    assert drawn == real


def test_only_a_wrong_call_exits_with_two() -> None:
    """Exit status 2 is for a wrong call, 1 for all else that goes wrong."""
    statuses = {
        name: value.exit_status
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, MienError)
    }
    assert {name for name, status in statuses.items() if status == 2} == {"UsageError"}
