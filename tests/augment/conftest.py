"""The workspace of nine faces that tests of the samples have too."""

from __future__ import annotations

import importlib.util
from pathlib import Path

# Folders of tests are no packages.
_PLACE = Path(__file__).parents[1] / "workspace" / "augmented" / "conftest.py"
_SPEC = importlib.util.spec_from_file_location("nine_faces", _PLACE)
assert _SPEC is not None
assert _SPEC.loader is not None
_NINE_FACES = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_NINE_FACES)
faces, relabel, nine = _NINE_FACES.faces, _NINE_FACES.relabel, _NINE_FACES.nine
