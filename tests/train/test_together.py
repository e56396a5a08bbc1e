"""`train curves`."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from schemas.card import to_json
from schemas.errors import InputError
from train.curves import COLOURS
from train.history import to_csv
from train.together import together

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def models(run: Any, tmp_path: Path) -> list[Path]:
    """Two runs: one with a card, one without."""
    (tmp_path / "paper.history.csv").write_bytes(to_csv(run.history))
    (tmp_path / "paper.card.json").write_bytes(to_json(run.card))
    (tmp_path / "lenet5.history.csv").write_bytes(to_csv(run.history[:2]))
    return [tmp_path / "paper.keras", tmp_path / "lenet5.keras"]


def test_command_draws_both(models: list[Path], tmp_path: Path) -> None:
    """A picture with two colours, and the kept epoch where a card says it; no network is loaded for it."""
    out = tmp_path / "both.png"
    code = "import sys, train.cli as cli\ntry: cli.main()\nfinally: assert 'keras' not in sys.modules"
    command = [sys.executable, "-c", code, "curves", *map(str, models), "--out", str(out), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {
        "written": str(out),
        "runs": [
            {"name": "paper", "epochs": 4, "best_epoch": 3, "accuracy": pytest.approx(0.45)},
            {"name": "lenet5", "epochs": 2, "best_epoch": None, "accuracy": None},
        ],
    }
    picture = np.asarray(Image.open(io.BytesIO(out.read_bytes())).convert("RGB"))
    for colour in COLOURS[:2]:
        assert (picture == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2).any()


def test_model_without_a_history(tmp_path: Path) -> None:
    """A downloaded model, say."""
    with pytest.raises(InputError, match=r"other\.history\.csv cannot be read") as caught:
        together([tmp_path / "other.keras"], tmp_path / "out.png")
    assert "beside them" in caught.value.fix
    assert not (tmp_path / "out.png").exists()


def test_history_that_is_none(models: list[Path], tmp_path: Path) -> None:
    """Its line is named, and an older picture stays as it is."""
    out = tmp_path / "out.png"
    out.write_bytes(b"older")
    models[1].with_suffix(".history.csv").write_bytes(b"\0" * 100)
    with pytest.raises(InputError, match=r"lenet5\.history\.csv"):
        together(models, out)
    assert out.read_bytes() == b"older"
