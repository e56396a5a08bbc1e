"""How a network does on the same faces a little worse seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from evaluate.result import Disturbance
from evaluate.shares import share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from evaluate.model import Model

    Pixels = NDArray[np.uint8]


def robustness(
    model: Model, pixels: Pixels, labels: NDArray[np.int64], groups: NDArray[np.int64], most: int
) -> tuple[Disturbance, ...]:
    """Measures the network on faces that are mirrored, moved, turned, blurred, dark, bright, noisy, compressed.

    Each disturbance leaves the expression plain to people. All are measured on the same faces, evenly taken.

    Args:
        model: The network.
        pixels: uint8 `[N, 48, 48]`.
        labels: int64 `[N]`.
        groups: int64 `[N]`; faces of one number share a picture.
        most: Faces to take at most; 0 measures nothing.

    Returns:
        The undisturbed faces first.
    """
    taken = np.unique(np.linspace(0, len(pixels) - 1, min(most, len(pixels))).astype(np.int64))
    if not len(taken):
        return ()
    faces, found = pixels[taken], []
    plain: NDArray[np.int64] | None = None
    for name, disturb in _disturbances():
        said = model.predict(np.stack([disturb(face) for face in faces])).argmax(1)
        plain = said if plain is None else plain
        same = share(said == plain, groups[taken])
        found.append(Disturbance(name, len(taken), share(said == labels[taken], groups[taken]), same))
    return tuple(found)


def _disturbances() -> Iterator[tuple[str, Callable[[Pixels], Pixels]]]:
    """What is done to a face: name and function. Lengths are in pixels of the 48×48 face."""
    yield "as they are", np.copy
    yield "mirrored", lambda face: np.ascontiguousarray(face[:, ::-1])
    yield "2 px to the right", lambda face: _moved(face, x=2)
    yield "2 px down", lambda face: _moved(face, y=2)
    yield "turned by 10°", lambda face: _moved(face, turn=10)
    yield "cropped 10 % tighter", lambda face: _moved(face, scale=1 / 0.9)
    yield "shown 10 % wider", lambda face: _moved(face, scale=0.9)
    yield "blurred, σ 1 px", lambda face: cv2.GaussianBlur(face, (0, 0), 1.0).astype(np.uint8)
    yield "half as bright", lambda face: (face // 2).astype(np.uint8)
    yield "washed out (γ 0.5)", lambda face: (255 * np.sqrt(face / 255)).round().astype(np.uint8)
    yield "noisy, σ 10 levels", _noisy
    yield "JPEG, quality 30", _compressed


def _moved(face: Pixels, *, x: float = 0, y: float = 0, turn: float = 0, scale: float = 1) -> Pixels:
    middle = ((face.shape[1] - 1) / 2, (face.shape[0] - 1) / 2)
    transform = cv2.getRotationMatrix2D(middle, turn, scale) + np.array([[0, 0, x], [0, 0, y]])
    moved = cv2.warpAffine(face, transform, face.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return moved.astype(np.uint8)


def _noisy(face: Pixels) -> Pixels:
    # Seeded by the face, so that its noise does not depend on which other faces are measured.
    noise = np.random.default_rng(int(face.sum())).normal(0, 10, face.shape)
    return np.clip(face + noise, 0, 255).round().astype(np.uint8)


def _compressed(face: Pixels) -> Pixels:
    _, data = cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
