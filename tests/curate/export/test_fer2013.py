"""FER-2013 goes in and comes out: identical pixels, labels and usage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings, strategies as st
from typer.testing import CliRunner

from curate.cli import app
from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from workspace.store import Workspace

ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 3), st.sampled_from(["Training", "PublicTest", "PrivateTest"])),
    min_size=1,
    max_size=8,
)


def curate(*arguments: str) -> None:
    """Runs a command; its error is the test's."""
    result = CliRunner().invoke(app, arguments)
    if result.exception:
        raise result.exception


def pixels_of(table: pd.DataFrame) -> np.ndarray:
    """The pixels as pandas reads them: uint8 `[N, 48, 48]`."""
    return np.stack([np.array(text.split(), dtype=np.uint8) for text in table["pixels"]]).reshape(-1, 48, 48)


@given(rows=ROWS)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_csv_round_trip(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, str]]) -> None:
    """The file that comes out is the file that went in, byte for byte; also where pictures come twice."""
    folder = tmp_path_factory.mktemp("fer")
    lines = ["emotion,pixels,Usage"]
    for label, seed, usage in rows:
        levels = np.random.default_rng(seed).integers(0, 256, 48 * 48)
        lines.append(f"{label},{' '.join(map(str, levels))},{usage}")
    text = "\n".join(lines) + "\n"
    (folder / "fer2013.csv").write_text(text)
    curate("ingest", str(folder / "fer2013.csv"), "-w", str(folder / "ws"), "--workers", "1")
    curate("export", "fer2013", str(folder / "out"), "-w", str(folder / "ws"), "--rows", "all")
    assert (folder / "out" / "fer2013.csv").read_text() == text


def test_real_rows_round_trip(tmp_path: Path, shared_data: Path) -> None:
    """200 rows of FER-2013 itself, Training and PublicTest, come back in order."""
    with np.load(shared_data / "fer2013_train_public.npz") as data:
        rows = np.r_[0:100, 28709:28809]
        part = {name: data[name][rows] for name in ("images", "labels", "usage")}
    np.savez(tmp_path / "part.npz", **part)
    curate("ingest", str(tmp_path / "part.npz"), "-w", str(tmp_path / "ws"), "--workers", "1")
    curate("export", "fer2013", str(tmp_path / "out"), "-w", str(tmp_path / "ws"), "--rows", "all")
    table = pd.read_csv(tmp_path / "out" / "fer2013.csv")
    assert np.array_equal(pixels_of(table), part["images"])
    assert table["emotion"].tolist() == part["labels"].tolist()
    assert table["Usage"].map({"Training": 0, "PublicTest": 1}).tolist() == part["usage"].tolist()


def test_kept_faces(split: Workspace, make: Callable[..., Path], pixels: dict[str, np.ndarray]) -> None:
    """Faces of photographs go out with their grey crop, class number and the usage of their split."""
    folder = make(split, "fer2013")
    table = pd.read_csv(folder / "fer2013.csv")
    faces = pd.read_csv(folder / "faces.csv")
    assert list(table.columns) == ["emotion", "pixels", "Usage"]
    assert np.array_equal(pixels_of(table), np.stack([pixels[name] for name in faces["name"]]))
    assert [NAMES[number] for number in table["emotion"]] == faces["label"].tolist()
    usages = {"train": "Training", "validation": "PublicTest", "test": "PrivateTest"}
    assert table["Usage"].tolist() == [usages[name] for name in faces["split"]]


def test_no_splits_is_training(finished: Workspace, make: Callable[..., Path]) -> None:
    """Without splits every row is for training, and the card says so."""
    folder = make(finished, "fer2013")
    assert set(pd.read_csv(folder / "fer2013.csv")["Usage"]) == {"Training"}
    assert "The Usage column says Training throughout" in (folder / "README.md").read_text()
