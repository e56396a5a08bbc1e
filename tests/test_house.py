"""Rules of the house that no linter holds."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"numpy", "pandas", "cv2", "pyarrow", "duckdb", "numba", "PIL", "scipy", "tensorflow", "keras", "fiftyone"}
COMMANDS = ["curate", "annotate", "augment", "train", "evaluate"]


def loaded_by(code: str) -> set[str]:
    """The heavy libraries that a piece of code loads, in a Python of its own."""
    script = f"import sys\n{code}\nprint(' '.join(name for name in {sorted(HEAVY)} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_no_heavy_library(command: str) -> None:
    """`--help` must not cost the seconds that these libraries take to load."""
    code = (
        f"import sys; sys.argv = ['{command}', '--help']\n"
        f"import {command}.cli\n"
        f"try:\n    {command}.cli.main()\nexcept SystemExit:\n    pass"
    )
    assert loaded_by(code) == set()


def test_the_test_above_can_fail() -> None:
    """Its twin: a module that does load them is caught."""
    assert {"numpy", "pandas"} <= loaded_by("import curate.measure")


@pytest.mark.parametrize("package", ["schemas", "workspace", *COMMANDS])
def test_packages_are_those_of_this_checkout(package: str) -> None:
    """No other distribution's package of the same name is in the way."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def test_exactly_one_opencv() -> None:
    """Two distributions that both write `cv2/` give a mixture without a warning."""
    names = {distribution.name.lower() for distribution in importlib.metadata.distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-python-headless"}


def test_no_hugging_face_evaluate() -> None:
    """It would overwrite the folder `evaluate`, or be overwritten."""
    assert "evaluate" not in {distribution.name.lower() for distribution in importlib.metadata.distributions()}
