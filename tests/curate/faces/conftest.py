"""Photographs of faces that installed libraries ship, and detectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import pytest
import skimage

from schemas.settings import FacesSettings
from workspace.detectors.choice import open_detector
from workspace.pixels import decode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workspace.detectors.detections import Detector

SKIMAGE = Path(skimage.__file__).parent / "data"
MATPLOTLIB = Path(mpl.__file__).parent / "mpl-data" / "sample_data"


@pytest.fixture(scope="session")
def astronaut_file() -> bytes:
    """Eileen Collins, 512×512, one face."""
    return (SKIMAGE / "astronaut.png").read_bytes()


@pytest.fixture(scope="session")
def hopper_file() -> bytes:
    """Grace Hopper, 512×600, one face."""
    return (MATPLOTLIB / "grace_hopper.jpg").read_bytes()


@pytest.fixture(scope="session")
def cat_file() -> bytes:
    """A cat: no human face."""
    return (SKIMAGE / "chelsea.png").read_bytes()


@pytest.fixture(scope="session")
def astronaut(astronaut_file: bytes) -> NDArray[np.uint8]:
    """Pixels of the astronaut."""
    return decode(astronaut_file).pixels


@pytest.fixture(scope="session")
def mtcnn() -> Detector:
    """The default detector."""
    return open_detector(FacesSettings())
