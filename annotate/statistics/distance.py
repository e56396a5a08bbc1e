"""How far two expressions are apart: mixing up fear and surprise is less than mixing up fear and joy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PLEASURE_AROUSAL_DOMINANCE = {
    "angry": (-0.51, 0.59, 0.25),
    "disgust": (-0.60, 0.35, 0.11),
    "fear": (-0.64, 0.60, -0.43),
    "happy": (0.81, 0.51, 0.46),
    "sad": (-0.63, -0.27, -0.33),
    "surprise": (0.40, 0.67, -0.13),
    "neutral": (0.0, 0.0, 0.0),
    "contempt": (-0.24, 0.31, 0.21),
}
"""Mean pleasure, arousal and dominance, each -1 to 1, of the words angry, disgusted, fearful, happy, sad, surprised and
contemptuous: J. A. Russell and A. Mehrabian, "Evidence for a three-factor theory of emotions", Journal of Research in
Personality 11 (1977), Table 4. Neutral is the scales' zero.

All three factors, since pleasure and arousal alone put fear (-0.64, 0.60) on top of anger (-0.51, 0.59). They were
measured for words that name feelings, not for faces; above all surprise is pleasant here, and need not be in a face.
"""


def squared_distances(options: Sequence[str]) -> NDArray[np.float64]:
    """Squared Euclidean distances between expressions, float64 `[K, K]`, in the units of the three scales.

    Args:
        options: Expressions; keys of `PLEASURE_AROUSAL_DOMINANCE`.

    >>> squared_distances(["neutral", "contempt"]).round(4).tolist()
    [[0.0, 0.1978], [0.1978, 0.0]]
    """
    places = np.array([PLEASURE_AROUSAL_DOMINANCE[name] for name in options])
    difference: NDArray[np.float64] = ((places[:, None] - places[None]) ** 2).sum(axis=2)
    return difference
