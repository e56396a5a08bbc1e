"""Parquet and ImageFolder are read by `datasets`, offline, from the folder alone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

pytestmark = pytest.mark.filterwarnings("ignore")
"""What `datasets` warns of is not ours."""


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path], Any]:
    """Loads a folder as `datasets.load_dataset` does, without the network and with a cache of its own."""
    for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "HF_DATASETS_OFFLINE", "HF_HUB_DISABLE_PROGRESS_BARS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    import datasets

    return lambda folder: datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))


def test_parquet(split: Workspace, make: Callable[..., Path], load: Callable[[Path], Any]) -> None:
    """Splits, class names in FER-2013's order, and pictures that decode."""
    found = load(make(split, "parquet", picture="grey"))
    assert {name: len(part) for name, part in found.items()} == {"train": 6, "validation": 1, "test": 1}
    label = found["train"].features["label"]
    assert tuple(label.names) == NAMES
    assert label.int2str(found["validation"]["label"]) == ["sad"]
    names = Counter(label.int2str(list(found["train"]["label"])))
    assert names == {"happy": 3, "surprise": 1, "neutral": 1, "fear": 1}


def test_parquet_pixels(
    finished: Workspace, make: Callable[..., Path], load: Callable[[Path], Any], pixels: dict[str, np.ndarray]
) -> None:
    """The picture of every row is the grey crop of its face."""
    part = load(make(finished, "parquet", picture="grey"))["train"]
    assert len(part) == 9
    for row in part:
        assert np.array_equal(np.asarray(row["image"]), pixels[row["face_id"]])


def test_parquet_files_are_cut(
    finished: Workspace, make: Callable[..., Path], load: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nine faces in files of four are three files, and none is lost."""
    monkeypatch.setattr("curate.export.parquet.FILE_ROWS", 4)
    folder = make(finished, "parquet")
    assert [path.name for path in sorted((folder / "data").iterdir())] == [
        f"train-0000{place}-of-00003.parquet" for place in range(3)
    ]
    assert len(set(load(folder)["train"]["face_id"])) == 9


def test_imagefolder(
    split: Workspace, make: Callable[..., Path], load: Callable[[Path], Any], pixels: dict[str, np.ndarray]
) -> None:
    """Metadata stand beside the pictures; the licence of a face comes with it, votes too."""
    found = load(make(split, "imagefolder", picture="grey"))
    assert {name: len(part) for name, part in found.items()} == {"train": 6, "validation": 1, "test": 1}
    for part in found.values():
        for row in part:
            assert np.array_equal(np.asarray(row["image"]), pixels[row["face_id"]])
    by_author = {row["author"]: row for row in found["train"]}
    assert by_author["Ada"]["licence"] == "CC-BY-4.0"
    assert by_author["Ada"]["label"] == "happy"
    assert [row["sadness"] for row in found["train"] if row["label"] == "neutral"] == [3]


@pytest.mark.parametrize(("form", "missing"), [("parquet", None), ("imagefolder", "")])
def test_faces_without_a_label(
    split: Workspace, make: Callable[..., Path], load: Callable[[Path], Any], form: str, missing: str | None
) -> None:
    """They can be kept, and may be all that a split has: null in Parquet, an empty text in ImageFolder."""
    sources = split.read("sources")
    sources.loc[sources["source"] == "raw/happy-02.jpg", "label"] = None
    split.replace("sources", sources)
    found = load(make(split, form, unlabelled="keep"))
    assert list(found["validation"]["label"]) == [missing]
    assert list(found["train"]["label"]).count(missing) == 1
    assert len(found["train"]) == 7
