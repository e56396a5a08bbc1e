"""Folders by class are what torchvision and Keras read: class names from folders, numbers from their order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PIL import Image

from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace


def test_folder_per_class(finished: Workspace, make: Callable[..., Path], labels: list[str]) -> None:
    """Every face lies in its class's folder; classes without a face have one too."""
    folder = make(finished, "folders")
    assert {path.name for path in folder.iterdir() if path.is_dir()} == set(NAMES)
    assert Counter(path.parent.name for path in folder.glob("*/*.png")) == Counter(labels)


def test_folder_per_split(split: Workspace, make: Callable[..., Path]) -> None:
    """Splits stand above classes; what the split excludes is not there."""
    folder = make(split, "folders")
    found = Counter(path.relative_to(folder).parts[:2] for path in folder.glob("*/*/*.png"))
    assert found[("train", "happy")] == 3
    assert found[("validation", "sad")] == found[("test", "angry")] == 1
    assert sum(found.values()) == 8
    assert {path.name for path in (folder / "test").iterdir()} == set(NAMES)


def test_picture_is_chosen(finished: Workspace, make: Callable[..., Path]) -> None:
    """Colour crops by default, 48×48 grey ones when asked for."""
    sizes = {}
    for picture in ("auto", "colour", "grey"):
        path = next(make(finished, "folders", picture, picture=picture).glob("*/*.png"))
        with Image.open(path) as opened:
            sizes[picture] = (opened.mode, opened.size)
    assert sizes == {"auto": ("RGB", (224, 224)), "colour": ("RGB", (224, 224)), "grey": ("L", (48, 48))}
