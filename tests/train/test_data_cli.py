"""Bad data through the command `train`: exit 1, the place, what to do, and no model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from train.cli import app
from workspace.console import run as run_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FACE = " ".join(["7", "8"] * 1152)
ROWS = [f"3,{FACE},Training", f"0,{FACE},Training", f"6,{FACE},PublicTest"]


def csv(*rows: str, head: str = "emotion,pixels,Usage", encoding: str = "utf-8") -> Callable[[Path], Path]:
    """Makes a CSV."""

    def write(folder: Path) -> Path:
        path = folder / "fer2013.csv"
        path.write_text("\n".join([head, *rows]) + "\n", encoding=encoding)
        return path

    return write


def picture(size: int, *, cut: int | None = None, name: str = "train/sad/1.png") -> Callable[[Path], Path]:
    """Makes a folder by class with one picture of so many pixels a side, or with its first bytes only."""

    def write(folder: Path) -> Path:
        path = folder / "faces" / name
        path.parent.mkdir(parents=True)
        noise = np.random.default_rng(1).integers(0, 256, (size, size), dtype=np.uint8)
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:cut])
        return folder / "faces"

    return write


def pickled(folder: Path) -> Path:
    """Makes an npz whose labels are Python objects."""
    images, labels = np.zeros((2, 48, 48), np.uint8), np.array([print, print], object)
    np.savez(folder / "x.npz", images=images, labels=labels)
    return folder / "x.npz"


CASES = {
    "pixel-count": (csv(*ROWS[:2], "1,1 2 3,Training"), "line 4: 3 pixels, not 2,304", "2,304 numbers from 0 to 255"),
    "pixel-value": (csv(ROWS[0].replace("7", "256", 1)), "line 2: '256' is no grey level", "0 to 255"),
    "missing-column": (csv("3,Training", head="emotion,Usage"), "no column `pixels`", "emotion, pixels and Usage"),
    "missing-label": (csv(f"{FACE},Training", head="pixels,Usage"), "no column `emotion`", "0 angry"),
    "unknown-label": (csv(*ROWS, f"7,{FACE},Training"), "line 5: label '7'", "0 angry"),
    "misspelt-usage": (csv(f"3,{FACE},Trainig"), "line 2: Usage 'Trainig', did you mean Training?", "PublicTest"),
    "two-heads": (csv(ROWS[0], "emotion,pixels,Usage", ROWS[1]), "line 3: a second head", "take them out"),
    "empty-split": (csv(*ROWS[:2]), "no face in the split validation (train 2", "Usage is PublicTest"),
    "all-copies": (csv(*ROWS), "no face in the split train (train 0, validation 1", "Training"),
    "empty-file": (csv(head=""), "no column `pixels`", "emotion, pixels and Usage"),
    "only-a-head": (csv(), "holds no labelled face", "give FER-2013"),
    "utf-16": (csv(*ROWS, encoding="utf-16"), "UTF-16", "emotion, pixels and Usage"),
    "other-size": (picture(64), "1.png: 64 × 64 pixels, not 48 × 48", "curate run"),
    "damaged-picture": (picture(48, cut=1000), "1.png", "fetch the picture again"),
    "unknown-class": (picture(48, name="train/sda/1.png"), "none of the seven classes", "did you mean sad?"),
    "pickle": (pickled, "is object", "integers [N]"),
    "no-file": (lambda folder: folder / "no.csv", "there is no", "check the path"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_data_ends_the_command(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong and where stands on stderr with its fix, nothing on stdout, and nothing is written."""
    make, said, fix = CASES[case]
    data, out = make(tmp_path), tmp_path / "out" / "cnn.keras"
    monkeypatch.setattr(sys, "argv", ["train", "--data", str(data), "--out", str(out), "--architecture", "lenet5"])
    with pytest.raises(SystemExit) as ended:
        run_command(app, "train")
    printed = capsys.readouterr()
    assert ended.value.code == 1
    assert printed.out == ""
    error, _, advice = printed.err.partition("\nfix: ")
    assert error.startswith("error: ")
    assert said in error
    assert fix in advice
    assert not out.exists()
