"""Checks of the face detector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.doctor.weights import weights_checks

if TYPE_CHECKING:
    from pathlib import Path


def test_default_detector_is_ready() -> None:
    """Its weights come with a package that the core installs."""
    (check,) = weights_checks(None)
    assert (check.state, check.fix) == ("ok", "")


def test_wrong_weights_are_broken(tmp_path: Path) -> None:
    """A file that is another one than the settings' detector needs comes with what to do."""
    (tmp_path / "other.onnx").write_bytes(b"no weights")
    (tmp_path / "workspace.toml").write_text(
        f"format = 1\n[faces]\ndetector = 'centerface'\ndetector_weights = '{tmp_path / 'other.onnx'}'\n",
        encoding="utf-8",
    )
    (check,) = weights_checks(tmp_path)
    assert check.state == "broken"
    assert "--detector-weights" in check.fix
