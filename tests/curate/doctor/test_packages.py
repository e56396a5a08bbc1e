"""Checks of Python and its packages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from curate.doctor.packages import package_checks

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from curate.doctor import Check


def checks() -> dict[str, Check]:
    """All checks by name."""
    return {check.name: check for check in package_checks()}


def install(site: Path, name: str, version: str) -> None:
    """Puts a distribution's metadata where Python looks for installed packages."""
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")


def test_healthy_environment_has_nothing_broken() -> None:
    """The environment the tests run in is one."""
    assert [check for check in package_checks() if check.state == "broken"] == []


def test_two_opencvs_are_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both write cv2/: the check names them and how to get rid of both."""
    install(tmp_path, "opencv-python", "4.12.0.88")
    monkeypatch.syspath_prepend(tmp_path)
    check = checks()["OpenCV"]
    assert check.state == "broken"
    assert "opencv-python 4.12.0.88" in check.found
    assert check.fix.startswith("pip uninstall opencv-python-headless opencv-python")


def test_other_package_named_evaluate_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hugging Face's `evaluate` writes the folder that is mien's."""
    install(tmp_path, "evaluate", "0.4.6")
    monkeypatch.syspath_prepend(tmp_path)
    assert checks()["name evaluate"].state == "broken"


def test_module_that_takes_our_name_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's evaluate.py on the path is found by where it lies."""
    (tmp_path / "evaluate.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    # Whoever has imported ours already in this process would still find it.
    monkeypatch.delitem(sys.modules, "evaluate", raising=False)
    assert str(tmp_path.resolve()) in checks()["name evaluate"].found


def test_missing_extra_is_absent_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """An optional part that is not there is no failure."""
    monkeypatch.setattr("curate.doctor.packages._EXTRAS", {"cluster": ("no-such-distribution", "clusters")})
    check = checks()["extra cluster"]
    assert check.state == "absent"
    assert "mien[cluster]" in check.fix
