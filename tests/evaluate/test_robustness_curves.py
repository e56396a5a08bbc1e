"""Networks under corruption."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluate.corruption import CORRUPTIONS, STRENGTHS
from evaluate.result import plain
from evaluate.robustness_curves import curves
from evaluate.several import Network, Several, several
from schemas.settings import PredictSettings, RobustnessSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.faceset import FaceSet

NAMES = [one.name for one in CORRUPTIONS]
HAPPY, NEUTRAL = 3, 6


class Light:
    """Says happy of a face whose mean is at least a level, else neutral."""

    def __init__(self, level: float) -> None:
        self.level = level

    def predict(self, pixels: np.ndarray) -> np.ndarray:
        """Probabilities of the seven classes."""
        return np.eye(7)[np.where(pixels.mean(axis=(1, 2)) >= self.level, HAPPY, NEUTRAL)]


def asked(faces: FaceSet, *models: Any) -> Several:
    """Networks on faces, without files."""
    networks = tuple(Network(f"network {at}", one, PredictSettings(), 1) for at, one in enumerate(models, 1))
    return Several(networks, faces, faces.groups, "test", {}, {"data": {"split": "test"}, "settings": {}})


@pytest.fixture
def grey(face_set: Callable[..., FaceSet]) -> FaceSet:
    """200 happy faces of level 120."""
    return face_set([HAPPY] * 200, pixels=np.full((200, 48, 48), 120, np.uint8))


def test_brightness_by_hand(grey: FaceSet) -> None:
    """Half of the faces lose 25.5 levels a strength: of 120, a network that wants 60 fails on these from 76.5 on.

    So it errs on half of the faces at strengths 3, 4 and 5, on none otherwise: mean error 3/10 or so.
    """
    found = curves(asked(grey, Light(60)), RobustnessSettings(corruption_faces=200)).networks[0]
    curve = found.curves[NAMES.index("brightness")]
    accuracies = [point.accuracy.value for point in curve.points]
    assert accuracies[:2] == [1, 1]
    assert len(set(accuracies[2:])) == 1
    assert accuracies[2] == pytest.approx(0.5, abs=0.1)
    assert curve.error == pytest.approx(0.6 * (1 - accuracies[2]))
    assert curve.worst == "happy"
    assert curve.recalls[HAPPY] == pytest.approx(1 - curve.error)
    assert math.isnan(curve.recalls[NEUTRAL])
    assert [one.corruption for one in found.curves if one.error] == ["brightness"]
    assert found.error == pytest.approx(curve.error / len(CORRUPTIONS))


def test_corruption_errors_are_held_against_the_first(grey: FaceSet) -> None:
    """The second fails at four strengths where the first fails at three: CE 4/3, and the same of what it loses."""
    found = curves(asked(grey, Light(60), Light(80)), RobustnessSettings(corruption_faces=200)).networks
    first, second = (one.curves[NAMES.index("brightness")] for one in found)
    assert (first.relative, first.relative_loss) == (1, 1)
    assert second.relative == pytest.approx(4 / 3)
    assert second.relative_loss == pytest.approx(4 / 3)
    assert found[1].relative == pytest.approx(4 / 3), "the other corruptions cost the first nothing and cannot be told"


def test_clean_errors_count_in_one_and_not_in_the_other(grey: FaceSet) -> None:
    """A network that is always wrong has an error of 1 everywhere, and loses nothing more by corruption."""
    found = curves(asked(grey, Light(300)), RobustnessSettings(corruption_faces=50)).networks[0]
    assert (found.error, found.times_clean, found.clean.value) == (1, 1, 0)
    assert math.isnan(found.relative_loss)


def test_again_it_is_the_same(face_set: Callable[..., FaceSet]) -> None:
    """Another seed draws otherwise, the same one the same."""
    faces = face_set([HAPPY] * 60, pixels=np.random.default_rng(2).integers(100, 140, (60, 48, 48), dtype=np.uint8))
    one, two = (curves(asked(faces, Light(119.5)), RobustnessSettings(corruption_faces=60)) for _ in range(2))
    other = curves(asked(faces, Light(119.5)), RobustnessSettings(corruption_faces=60, corruption_seed=1))
    assert plain(one.networks) == plain(two.networks)
    assert plain(one.networks) != plain(other.networks)


def test_no_more_faces_than_asked_for(grey: FaceSet) -> None:
    """Evenly taken."""
    assert curves(asked(grey, Light(60)), RobustnessSettings(corruption_faces=7)).n == 7


def test_accuracy_falls_with_strength_on_the_shipped_network(shared_data: Path) -> None:
    """On FER-2013's PublicTest no strength does better than one before it by more than their intervals allow."""
    data = shared_data / "fer2013_train_public.npz"
    if not data.exists():
        pytest.skip(f"{data} is not there")
    found = curves(
        several("robustness", ["pretrained"], data, "validation", PredictSettings()),
        RobustnessSettings(corruption_faces=100),
    ).networks[0]
    for curve in found.curves:
        shown = [found.clean, *(point.accuracy for point in curve.points)]
        for before in range(len(STRENGTHS)):
            for after in shown[before + 1 :]:
                assert after.low <= shown[before].high, curve.corruption
    hurt = [curve for curve in found.curves if curve.points[-1].accuracy.high < found.clean.value]
    assert len(hurt) >= 4
    assert dataclasses.asdict(found)["error"] > 1 - found.clean.value
