"""Feature maps of one face, and which face that is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image

from evaluate.explain.layers import Layers
from evaluate.features import feature_maps, features, features_picture
from evaluate.one_face import one_face
from evaluate.reading import Scaling
from schemas.emotion import NAMES
from schemas.errors import InputError, UsageError, WorkspaceError
from schemas.settings import PredictSettings
from workspace.backend import load_keras
from workspace.graphs import Shape
from workspace.pixels import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from workspace.store import Workspace

FACE = np.arange(48 * 48, dtype=np.uint32).reshape(48, 48).astype(np.uint8)
LIMITS = Limits()


def test_maps_fused_by_hand() -> None:
    """Maps x and 3x of a first convolution, 0 and 4x - 100 where that is positive of a second: their means."""
    load_keras()
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((48, 48, 1)),
            layers.Conv2D(2, 1, name="first"),
            layers.Conv2D(2, 1, name="second"),
            layers.ReLU(name="ready"),
            layers.Flatten(),
            layers.Dense(7),
        ]
    )
    model.get_layer("first").set_weights([np.array([[[[1.0, 3.0]]]]), np.zeros(2)])
    model.get_layer("second").set_weights([np.array([[[[-1.0, 1.0], [0.0, 1.0]]]]), np.array([0.0, -100.0])])
    found = feature_maps(Layers(model, Shape(48, 48, 1), Scaling("bytes")), FACE)
    assert [(one.layer, one.strongest) for one in found] == [("first", [1, 0]), ("ready", [1, 0])]
    x = FACE.astype(np.float64)
    np.testing.assert_allclose(found[0].fused, 2 * x)
    np.testing.assert_allclose(found[1].fused, np.maximum(4 * x - 100, 0) / 2)
    picture = features_picture(FACE, found)
    assert picture == features_picture(FACE, found)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_network_that_is_no_keras_file(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """Its layers cannot be looked into."""
    settings = PredictSettings(input_scaling="unit", label_order=",".join(NAMES))
    with pytest.raises(UsageError, match="no Keras file"):
        features(str(small_network()), FACE, settings, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def never() -> Any:
    """What finds faces, where none are to be found."""
    raise AssertionError


def finder(*sizes: float) -> Callable[[], Any]:
    """Finds faces of these sizes; the crop of the n-th is of grey n."""
    crops: NDArray[np.uint8] = np.stack([np.full((48, 48), n, np.uint8) for n in range(len(sizes))] or [FACE])

    class Found(SimpleNamespace):
        def __len__(self) -> int:
            return len(sizes)

    return lambda: SimpleNamespace(faces=lambda pixels: Found(sizes=sizes, crops=crops))


def test_a_picture_of_48_pixels_is_the_face(tmp_path: Path, workspace: Workspace) -> None:
    """As is a face_id of the workspace; nothing is searched for."""
    Image.fromarray(FACE).save(tmp_path / "face.png")
    found = one_face(str(tmp_path / "face.png"), tmp_path, never, LIMITS)
    np.testing.assert_array_equal(found, FACE)
    workspace.put_picture("grey", f"{'a' * 32}.png", cv2.imencode(".png", FACE)[1].tobytes())
    np.testing.assert_array_equal(one_face("a" * 32, workspace.path, never, LIMITS), FACE)
    with pytest.raises(WorkspaceError, match="has no face"):
        one_face("b" * 32, workspace.path, never, LIMITS)


def test_the_largest_face_of_a_photograph(
    tmp_path: Path, photo: Callable[..., bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said that there are others."""
    path = tmp_path / "photo.png"
    path.write_bytes(photo(1))
    assert one_face(str(path), tmp_path, finder(40, 90, 60), LIMITS)[0, 0] == 1
    assert "3 faces; the largest is taken" in capsys.readouterr().err
    with pytest.raises(InputError, match="no face was found"):
        one_face(str(path), tmp_path, finder(), LIMITS)


@pytest.mark.parametrize("content", [None, b"", b"no picture"])
def test_no_picture(tmp_path: Path, content: bytes | None) -> None:
    """It is not there, empty, or something else."""
    path = tmp_path / "photo.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"photo\.png"):
        one_face(str(path), tmp_path, never, LIMITS)
