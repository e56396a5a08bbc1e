"""Agreement follows the tone, excuses overlays, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from curate.dedupe.agreement import COVERED, agreement, drop_covered, fit_tone
from curate.dedupe.verify import IDENTITY, SIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]


def blobs(seed: int = 0) -> Plane:
    """Smooth grey blobs, 20 to 220."""
    small = np.random.default_rng(seed).uniform(20, 220, (12, 12)).astype(np.float32)
    return np.asarray(cv2.resize(small, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def left_out(misfit: Plane) -> NDArray[np.bool_]:
    """Which pixels are left out as covered."""
    kept = np.ones(SIDE * SIDE, dtype=np.float32)
    drop_covered(misfit.ravel(), SIDE, kept)
    return np.asarray(kept == 0).reshape(SIDE, SIDE)


def test_a_cubic_tone_is_followed_exactly() -> None:
    """Grey levels that a cubic has bent come back within half a level, a covered eighth notwithstanding."""
    own = blobs().ravel()
    bent = np.asarray(10 + 0.2 * own + 0.006 * own**2 - 0.00001 * own**3, dtype=np.float32)
    seen = bent.copy()
    seen[: len(seen) // 8] = 255
    toned = np.empty_like(own)
    assert fit_tone(seen, own, np.ones_like(own), toned)
    assert np.abs(toned - bent).max() < 0.5


@pytest.mark.parametrize("gamma", [0.5, 0.7, 1.5, 2.0])
def test_gamma_leaves_the_agreement_as_it_is(gamma: float) -> None:
    """A picture agrees with itself under another gamma."""
    picture = blobs()
    bent = np.asarray(255 * (picture / 255) ** gamma, dtype=np.float32)
    assert agreement(bent, picture, IDENTITY[0])[0] > 0.999


def test_what_reaches_across_in_one_direction_is_left_out() -> None:
    """A bar over the whole width is left out with the pixels beside it, which it colours too."""
    misfit = np.zeros((SIDE, SIDE), dtype=np.float32)
    misfit[58:] = 2 * COVERED
    assert left_out(misfit)[57:].all()
    assert not left_out(misfit)[:57].any()


def test_what_stays_in_one_place_counts() -> None:
    """A mouth that has opened is no overlay."""
    misfit = np.zeros((SIDE, SIDE), dtype=np.float32)
    misfit[40:46, 26:38] = -2 * COVERED
    assert not left_out(misfit).any()


def test_where_a_face_has_changed_too_nothing_is_left_out() -> None:
    """A caption excuses nothing where other pixels have changed in the other direction."""
    misfit = np.zeros((SIDE, SIDE), dtype=np.float32)
    misfit[58:] = 2 * COVERED
    misfit[20:22, 20:30] = -2 * COVERED
    assert not left_out(misfit).any()


def test_a_third_of_the_picture_is_no_overlay() -> None:
    """Not more than 30 % may be left out."""
    misfit = np.zeros((SIDE, SIDE), dtype=np.float32)
    misfit[:20] = 2 * COVERED
    assert not left_out(misfit).any()
