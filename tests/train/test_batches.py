"""Targets, weights and batches."""

from __future__ import annotations

import numpy as np
import pytest

from schemas.settings import FitSettings
from train.batches import Batches, Sample, class_weights, targets


@pytest.fixture
def sample() -> Sample:
    """Ten faces, each of one grey level, with their number as the weight."""
    pixels = (np.arange(10, dtype=np.uint8) * 20)[:, None, None].repeat(48, 1).repeat(48, 2)
    return Sample(pixels, np.eye(7, dtype=np.float32)[np.arange(10) % 7], np.arange(10, dtype=np.float32))


def plain(**changed: object) -> FitSettings:
    """A recipe that leaves pixels alone."""
    still = {
        "rotation": 0.0,
        "zoom": 0.0,
        "shift": 0.0,
        "mirror": False,
        "brightness_change": 0.0,
        "contrast_change": 0.0,
        "mixup": 0.0,
        "erasing": 0.0,
    }
    return FitSettings(**{**still, "batch": 3, **changed})  # type: ignore[arg-type]


def test_targets_by_hand() -> None:
    """(1 - s) ((1 - v) label + v shares) + s / 7, which is the label alone where the raters say the same."""
    shares = np.array([[0, 0, 0.25, 0, 0, 0.75, 0], [0, 0, 0, 1, 0, 0, 0]], np.float32)
    result = targets(np.array([2, 3]), shares, FitSettings(vote_share=0.4, label_smoothing=0.07))
    assert result[0] == pytest.approx([0.01, 0.01, 0.93 * 0.7 + 0.01, 0.01, 0.01, 0.93 * 0.3 + 0.01, 0.01])
    assert result[1] == pytest.approx([0.01, 0.01, 0.01, 0.94, 0.01, 0.01, 0.01])


def test_class_weights_by_hand() -> None:
    """N / (7 n_c), scikit-learn's "balanced"; a class without faces weighs nothing."""
    labels = np.array([0, 0, 0, 1, 2, 2])
    assert class_weights(labels).tolist() == pytest.approx([6 / 21, 6 / 7, 6 / 14, 0, 0, 0, 0])


def test_an_epoch_shows_each_face_at_most_once(sample: Sample) -> None:
    """Three batches of three of ten; one waits, and not always the same."""
    waiting = set()
    for epoch in range(8):
        batches = Batches(sample, plain(), epoch)
        assert len(batches) == 3
        seen = [weight for index in range(3) for weight in batches[index][2].tolist()]
        assert len(set(seen)) == 9
        waiting |= set(range(10)) - {int(weight) for weight in seen}
    assert len(waiting) > 2


def test_faces_targets_and_weights_belong_together(sample: Sample) -> None:
    """A row of a batch is one face."""
    faces, wanted, weights = Batches(sample, plain(crop=40), 0)[1]
    assert faces.shape == (3, 40, 40, 1)
    assert (faces[:, 0, 0, 0] == weights * 20).all()
    assert (wanted.argmax(axis=1) == weights % 7).all()


def test_a_batch_does_not_depend_on_those_before_it(sample: Sample) -> None:
    """Whichever order workers make them in."""
    settings = plain(rotation=10.0, mirror=True, seed=5)
    forwards = [Batches(sample, settings, 2)[index][0] for index in (0, 1, 2)]
    backwards = [Batches(sample, settings, 2)[index][0] for index in (2, 1, 0)][::-1]
    assert all((one == other).all() for one, other in zip(forwards, backwards, strict=True))


def test_mixup_mixes_faces_as_it_mixes_targets(sample: Sample) -> None:
    """The grey level of a mixed face tells the share, and the targets have the same."""
    flat = Sample(sample.pixels[:2], sample.targets[:2], sample.weights[:2])
    faces, wanted, _ = Batches(flat, plain(mixup=1.0, batch=2), 0)[0]
    share = faces[:, 0, 0, 0] / 20
    assert 0 < share[0] < 1
    assert wanted[:, 1] == pytest.approx(share, abs=1e-6)


def test_a_set_smaller_than_a_batch_is_one_batch(sample: Sample) -> None:
    """Four faces are trained on, not none."""
    few = Sample(sample.pixels[:4], sample.targets[:4], sample.weights[:4])
    batches = Batches(few, plain(batch=128), 0)
    assert len(batches) == 1
    assert len(batches[0][0]) == 4
