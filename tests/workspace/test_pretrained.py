"""Names of networks, and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from workspace.pretrained import PRETRAINED, network_path


@pytest.mark.parametrize("name", PRETRAINED)
def test_a_name_stands_for_a_file_of_mien(name: str) -> None:
    """As typed, and as a path that a command's option made of it."""
    assert network_path(name) == network_path(Path(name))
    assert network_path(name).is_file()


def test_any_other_is_a_path() -> None:
    """Also one of a file that is not there: whoever opens it says so."""
    assert network_path("models/pretrained") == Path("models/pretrained")
