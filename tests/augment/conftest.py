"""The workspace of nine faces that tests of the samples have too."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

# Folders of tests are no packages.
_PLACE = Path(__file__).parents[1] / "workspace" / "augmented" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("nine_faces", _PLACE)
assert _SPEC is not None
assert _SPEC.loader is not None
_NINE_FACES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_NINE_FACES)
faces, relabel = _NINE_FACES.faces, _NINE_FACES.relabel


@pytest.fixture
def nine() -> Any:
    """What that module has beside fixtures: `FACES`, `declare`, `rate`, `fill`, `encoded`, `blob`."""
    return _NINE_FACES
