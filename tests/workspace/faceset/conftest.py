"""Six faces of noise with known labels and usages, and the files they are written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

LABELS = [3, 0, 6, 3, 4, 5]
USAGES = ["Training", "Training", "Training", "PublicTest", "PublicTest", "PrivateTest"]
SPLITS = ["train", "train", "train", "validation", "validation", "test"]


@pytest.fixture(scope="session")
def pixels() -> NDArray[np.uint8]:
    """uint8 `[6, 48, 48]`; no two alike."""
    return np.random.default_rng(13).integers(0, 256, (6, 48, 48), dtype=np.uint8)


@pytest.fixture(scope="session")
def labels() -> list[int]:
    """FER-2013's numbers of the six: happy, angry, neutral, happy, sad, surprise."""
    return LABELS


@pytest.fixture(scope="session")
def splits() -> list[str]:
    """Three, two and one."""
    return SPLITS


@pytest.fixture
def lines(pixels: NDArray[np.uint8]) -> list[list[str]]:
    """The cells of Kaggle's CSV, the head first."""
    texts = [" ".join(str(level) for level in face.ravel()) for face in pixels]
    rows = zip(map(str, LABELS), texts, USAGES, strict=True)
    return [["emotion", "pixels", "Usage"], *(list(row) for row in rows)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines as a CSV."""

    def write(lines: list[list[str]], name: str = "fer2013.csv") -> Path:
        path = tmp_path / name
        path.write_text("".join(",".join(cells) + "\n" for cells in lines))
        return path

    return write


@pytest.fixture
def kaggle(lines: list[list[str]], write: Callable[..., Path]) -> Path:
    """`fer2013.csv` with the six."""
    return write(lines)
