"""What a network makes of a face before it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from evaluate.app.embedding import embed, kept_embedding
from schemas.emotion import NAMES
from schemas.settings import PredictSettings, make

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace


def test_what_the_last_dense_layer_weighs(workspace: Workspace, small_network: Callable[..., Path]) -> None:
    """The network weighs the mean of the face, 0 to 1: that is its embedding; a face that comes later joins."""
    said = make(PredictSettings, {"input_scaling": "unit", "label_order": ",".join(NAMES)})
    levels = {"a" * 32: 0, "b" * 32: 255, "c" * 32: 51}
    for face_id, level in levels.items():
        _, png = cv2.imencode(".png", np.full((48, 48), level, np.uint8))
        workspace.put_picture("grey", f"{face_id}.png", png.tobytes())
    path = small_network()
    for count in (2, 3):
        assert embed(workspace, str(path), said, list(levels)[:count]) == ""
    (file,) = (workspace.path / "cache" / "app" / "embeddings").iterdir()
    known = kept_embedding(workspace, f"small@{file.stem}")
    assert known is not None
    assert known.face_ids == tuple(levels)
    np.testing.assert_allclose(known.vectors, [[0], [1], [0.2]], atol=1e-6)


def test_a_network_that_was_never_asked(workspace: Workspace) -> None:
    """It has no embedding yet."""
    assert kept_embedding(workspace, "other@0123456789ab") is None
