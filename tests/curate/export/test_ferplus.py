"""FER+'s columns, with the votes where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

COLUMNS = [  # of fer2013new.csv in github.com/microsoft/FERPlus
    *("Usage", "Image name", "neutral", "happiness", "surprise", "sadness", "anger"),
    *("disgust", "fear", "contempt", "unknown", "NF"),
]


def test_votes(finished: Workspace, make: Callable[..., Path]) -> None:
    """Declared votes go out as they are; a face without any has one, for its label; the card says how many."""
    folder = make(finished, "ferplus")
    table = pd.read_csv(folder / "fer2013new.csv")
    assert list(table.columns) == COLUMNS
    faces = pd.read_csv(folder / "faces.csv")
    assert table["Image name"].tolist() == [f"{name}.png" for name in faces["name"]]
    votes = table.set_index(faces["label"])[COLUMNS[2:]]
    assert votes.loc["neutral"].tolist() == [7, 0, 0, 3, 0, 0, 0, 0, 0, 0]
    assert votes.loc["angry"].tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert votes.drop("neutral").sum(axis=1).eq(1).all()
    card = (folder / "README.md").read_text()
    assert "Faces with the votes of several raters: 1; with a single vote, for their label: 8." in card


def test_pictures_lie_beside(finished: Workspace, make: Callable[..., Path], pixels: dict[str, np.ndarray]) -> None:
    """Every named picture is there, 48×48 and grey."""
    folder = make(finished, "ferplus")
    for name in pd.read_csv(folder / "fer2013new.csv")["Image name"]:
        with Image.open(folder / "images" / name) as picture:
            assert np.array_equal(np.asarray(picture), pixels[name.removesuffix(".png")])


def test_contempt_is_a_class_here(finished: Workspace, make: Callable[..., Path]) -> None:
    """FER+ has an eighth expression, which is none of the seven elsewhere."""
    sources = finished.read("sources")
    sources["label"] = sources["label"].replace("smirk", "contempt")
    finished.replace("sources", sources)
    assert pd.read_csv(make(finished, "ferplus") / "fer2013new.csv")["contempt"].sum() == 1
    assert "contempt" not in pd.read_csv(make(finished, "fer2013") / "faces.csv")["label"].tolist()
