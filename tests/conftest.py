"""What all tests share."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from schemas.settings import EngineSettings
from tests.chromium import tab  # noqa: F401 - a fixture of all tests
from tests.networks import small_network  # noqa: F401 - as above
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data, which is no part of the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the development data is not at {folder}")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A new workspace."""
    return Workspace.open(tmp_path / "ws", create=True)


@pytest.fixture
def engine() -> EngineSettings:
    """Two threads, small shards."""
    return EngineSettings(workers=2, shard_size=4)


@pytest.fixture
def photo() -> Callable[..., bytes]:
    """Makes the bytes of a picture that no other seed gives: smooth blobs, sharp enough to pass every filter."""

    def make(seed: int, image_format: str = "PNG", size: tuple[int, int] = (160, 120)) -> bytes:
        random = np.random.default_rng(seed)
        small = random.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        picture = Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)
        file = io.BytesIO()
        picture.save(file, image_format)
        return file.getvalue()

    return make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system: run the tests as root, for example in a container")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


REAL = {"chromium", "cluster", "diskfull", "labelstudio", "mongod"}
"""Markers of tests that need a real part of the machine."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a real part that is missing is a failure: the skip would hide that nothing was tested."""
    report = yield
    if report.skipped and os.environ.get("CI") and REAL & {mark.name for mark in item.iter_markers()}:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
