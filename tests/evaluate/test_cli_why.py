"""The commands that tell why, from the call to what is printed; the network is ONNX: nothing heavy is loaded."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from evaluate.cli import main
from schemas.emotion import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOW = ("--input-scaling", "unit", "--label-order", ",".join(NAMES))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Fourteen training faces and seven others of each grey and label."""
    images = np.random.default_rng(0).integers(0, 256, (21, 48, 48), dtype=np.uint8)
    usage = np.repeat([0, 1], (14, 7)).astype(np.uint8)
    np.savez(tmp_path / "faces.npz", images=images, labels=np.arange(21, dtype=np.uint8) % 7, usage=usage)
    return tmp_path / "faces.npz"


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `evaluate`; gives its exit status, and what it prints on stdout and stderr."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["evaluate", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(str(ended.value.code)), printed.out, printed.err

    return run


def test_explain(call: Callable[..., tuple[int, str, str]], small_network: Callable[..., Path], data: Path) -> None:
    """All errors of seven faces but what Grad-CAM would tell; the folder of something else stays as it is."""
    words = ("explain", "--model", small_network(), "--data", data, "--split", "validation", *HOW)
    status, out, err = call(*words, "--occlusion-side", "24", "--out", "why", "--json")
    assert (status, "no Grad-CAM" in err) == (0, True)
    found = json.loads(out)
    assert (found["evaluated"], found["searched"]) == (7, 14)
    assert (data.parent / "why" / "explain.html").is_file()
    status, _, err = call(*words, "--out", data.parent)
    assert (status, "holds no explain.json" in err) == (2, True)
    status, _, err = call(*words, "--out", "other", "--faces", "faces.npz:99")
    assert (status, "fix: did you mean faces.npz:" in err) == (1, True)


def test_doubts_and_changes(
    call: Callable[..., tuple[int, str, str]], small_network: Callable[..., Path], data: Path
) -> None:
    """Too few faces to fit a layer to are said to be; an evaluation is the same as itself."""
    words = ("--model", small_network(), "--data", data, "--split", "validation", *HOW)
    status, out, err = call("doubts", *words, "--out", "doubts.csv", "--json")
    assert (status, "too few faces" in err) == (0, True)
    assert json.loads(out)["by"] == "the network's own probabilities"
    assert (data.parent / "doubts.csv").read_text().startswith("face,label,suggested,p_label,p_suggested")
    few = ("--no-figures", "--robustness-faces", "0", "--resamples", "100", "--out", "before")
    assert call("run", *words, *few)[0] == 0
    status, out, _ = call("changes", "before/results.json", "before")
    assert (status, out.partition("\n")[0]) == (0, "7 faces in both; 0 relabelled")
    status, _, err = call("changes", "before", "nowhere")
    assert (status, "cannot read nowhere/results.json" in err) == (1, True)


def test_features_of_another_kind_of_file(
    call: Callable[..., tuple[int, str, str]], small_network: Callable[..., Path], tmp_path: Path
) -> None:
    """ONNX has no layers that can be asked."""
    cv2.imwrite(str(tmp_path / "face.png"), np.full((48, 48), 90, np.uint8))
    status, _, err = call("features", "face.png", "--model", small_network(), *HOW)
    assert (status, "is no Keras file" in err) == (2, True)
    status, _, err = call("features", "nowhere.png", "--model", small_network(), *HOW)
    assert (status, "there is no picture nowhere.png" in err) == (1, True)
