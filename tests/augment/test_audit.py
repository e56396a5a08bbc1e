"""Whether transformations leave a face its expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from augment.audit import Judges, audit, text
from augment.policy import parse
from augment.treatments import treatments
from schemas.emotion import NAMES
from schemas.errors import UsageError
from schemas.settings import AuditSettings
from workspace.detectors.detections import Detections
from workspace.framing import Frame, cut, grey

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from workspace.store import Workspace

UPSIDE_DOWN = parse(b"[rotation]\ndegrees = 180\n[lighting]\nbrightness = [-0.05, 0.05]", "planted")
HAPPY, SAD = NAMES.index("happy"), NAMES.index("sad")


def brighter_above(faces: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which faces are brighter in their upper half."""
    return faces[:, :24].mean(axis=(1, 2)) > faces[:, 24:].mean(axis=(1, 2))


def network(faces: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Says happy where the upper half is brighter, else sad."""
    return np.where(brighter_above(faces), HAPPY, SAD)


class Detector:
    """Finds a face where the upper half is brighter."""

    name, recipe = "upper", "upper/1"

    def detect(self, pixels: NDArray[np.uint8]) -> Detections:
        """One face, or none."""
        if not brighter_above(pixels[None, ..., :]).item():
            return Detections.none()
        return Detections(np.zeros((1, 4), np.float32), np.ones(1, np.float32), np.zeros((1, 5, 2), np.float32))


@pytest.fixture
def ramps(faces: Workspace, nine: Any) -> Workspace:
    """Happy faces are bright above, all others below: an expression that a face upside down does not keep."""
    y = np.linspace(220, 40, 300)[:, None, None]
    marks = np.array([[120, 140], [180, 140], [150, 175], [126, 205], [174, 205]], np.float32)
    for name, row in nine.FACES.items():
        photograph = np.broadcast_to(y if row[0] == "happy" else y[::-1], (300, 300, 3)).astype(np.uint8)
        colour = cut(photograph, marks, Frame(224, 1.3))
        faces.put_picture("faces", f"{name}.png", nine.encoded(colour), replace=True)
        faces.put_picture("grey", f"{name}.png", nine.encoded(grey(cut(photograph, marks, Frame(48)))), replace=True)
    return faces


def test_a_planted_transformation_is_caught(ramps: Workspace, tmp_path: Path) -> None:
    """Upside down at full strength the network has all six of its faces wrong, and the detector loses all four."""
    out = tmp_path / "audit.png"
    result = audit(ramps, UPSIDE_DOWN, Judges(network, Detector()), AuditSettings(), out)
    assert result["unsafe"] == ["rotation", "as drawn"]
    row = next(row for row in result["rows"] if (row["transform"], row["strength"]) == ("rotation", "100%"))
    assert (row["faces"], row["right"], row["flips"], row["flip_share"]) == (7, 6, 6, 1.0)
    assert (row["found"], row["lost"], row["lost_share"]) == (4, 4, 1.0)
    assert row["flips_by_class"]["happy"] == 1.0
    assert row["flips_by_class"]["fear"] is None
    assert row["unsafe"] == "expressions flip, faces are lost"
    assert out.read_bytes().startswith(b"\x89PNG")
    page = out.with_suffix(".html").read_text()
    assert "happy → sad, lost" in page
    assert "rotation degrees 180" in page


def test_what_changes_little_is_safe(ramps: Workspace, tmp_path: Path) -> None:
    """A little light flips nothing; nor does the way through the crop by itself."""
    result = audit(ramps, UPSIDE_DOWN, Judges(network, Detector()), AuditSettings(), tmp_path / "a.png")
    safe = [row for row in result["rows"] if row["transform"] in ("nothing", "lighting")]
    assert len(safe) == 4
    assert all(row["flips"] == row["lost"] == 0 and not row["unsafe"] for row in safe)
    told = text(result)
    assert "unsafe: rotation, as drawn" in told
    assert "100.0% (61%–100%)" in told  # six of six; Wilson's interval begins at 1 / (1 + 1.96² / 6) = 0.61


def test_without_a_network_only_faces_are_looked_for(ramps: Workspace, tmp_path: Path) -> None:
    """And without a detector only expressions."""
    faces_only = audit(ramps, UPSIDE_DOWN, Judges(None, Detector()), AuditSettings(), tmp_path / "a.png")
    answers_only = audit(ramps, UPSIDE_DOWN, Judges(network), AuditSettings(), tmp_path / "b.png")
    assert all("flips" not in row and "lost" in row for row in faces_only["rows"])
    assert all("flips" in row and "lost" not in row for row in answers_only["rows"])


def test_somebody_must_look(faces: Workspace, tmp_path: Path) -> None:
    """With neither there is nothing to report."""
    with pytest.raises(UsageError, match="nobody looks"):
        audit(faces, UPSIDE_DOWN, Judges(), AuditSettings(), tmp_path / "a.png")


def test_only_training_faces_are_looked_at(ramps: Workspace, tmp_path: Path) -> None:
    """As many of each class as asked for: one happy, one sad, one fear."""
    result = audit(ramps, UPSIDE_DOWN, Judges(network), AuditSettings(audit_faces=1), tmp_path / "a.png")
    assert {row["faces"] for row in result["rows"]} == {3}


def test_strengths_by_hand() -> None:
    """A third, two thirds and all of the way from doing nothing to the end of the range."""
    names, recipes = treatments(
        parse(b"[rotation]\ndegrees = [0, 12]\n[flip]\n[jpeg]\nquality = [40, 80]", "x"), ["f"], 0
    )
    assert names == [
        ("nothing", ""),
        ("flip", "100%"),
        *(("rotation", part) for part in ("33%", "67%", "100%")),
        *(("jpeg", part) for part in ("33%", "67%", "100%")),
        ("as drawn", ""),
    ]
    assert [recipe.get("rotation") for recipe in recipes[0][2:5]] == [{"degrees": 4}, {"degrees": 8}, {"degrees": 12}]
    assert [recipe.get("jpeg") for recipe in recipes[0][5:8]] == [{"quality": 80}, {"quality": 60}, {"quality": 40}]


def test_a_range_about_nothing_is_tried_at_both_ends() -> None:
    """Of twenty faces some are turned one way, some the other, all by ten degrees."""
    ids = [f"f{at}" for at in range(20)]
    _, recipes = treatments(parse(b"[rotation]\ndegrees = [-10, 10]", "x"), ids, 0)
    assert {recipe[3]["rotation"]["degrees"] for recipe in recipes} == {-10, 10}


def test_what_may_be_chance_is_not_called_unsafe(ramps: Workspace, tmp_path: Path, nine: Any) -> None:
    """One of six flips: a share of 17 % above a limit of 10 %, but Wilson's interval begins at 3 %."""
    ramps.put_picture("faces", "a0.png", ramps.picture_path("faces", "c0.png").read_bytes(), replace=True)
    little = parse(b"[lighting]\nbrightness = [-0.01, 0.01]", "little")
    result = audit(ramps, little, Judges(network), AuditSettings(), tmp_path / "a.png")
    row = result["rows"][0]
    assert (row["flips"], row["right"]) == (1, 6)
    assert round(row["low"], 2) == 0.03
    assert (row["unsafe"], row["unsure"]) == ("", "expressions flip")
    assert result["unsafe"] == []
    assert "more --audit-faces tell" in text(result)
