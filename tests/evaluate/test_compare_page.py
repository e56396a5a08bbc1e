"""What `evaluate compare` and `evaluate robustness` leave, from files to pages, in a real Chromium too."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluate import compare_page, robustness_page
from evaluate.compare import compare
from evaluate.robustness_curves import curves
from evaluate.several import several
from schemas.emotion import NAMES
from schemas.settings import EvaluateSettings, PredictSettings, RobustnessSettings

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent.parent
SAID = f"input_scaling=unit,label_order={','.join(NAMES)}"


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """30 faces of the test split whose labels only the brightest five deserve."""
    random = np.random.default_rng(4)
    rows = ["emotion,pixels,Usage"]
    for at in range(30):
        levels = np.clip(random.normal(8 * at, 10, 2304), 0, 255).astype(int)
        rows.append(f"{6 if at >= 15 else 0},{' '.join(map(str, levels))},PrivateTest")
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture
def sources(small_network: Callable[..., Path]) -> list[str]:
    """One says neutral of all, one angry of all; a third is the first again, seen twice."""
    first, second = small_network("up.onnx"), small_network("down.onnx", weights=(6, 5, 4, 3, 2, 1, 0))
    return [f"{first},{SAID}", f"{second},{SAID}", f"{first},{SAID},test_time=mirror"]


def run(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own."""
    environment = {"PATH": "", "PYTHONPATH": str(ROOT), "HOME": str(where)}
    command = [sys.executable, "-m", "evaluate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=where, env=environment, check=False)


def test_compare_from_files_to_page(sources: list[str], faces: Path, tmp_path: Path) -> None:
    """Half of the faces each: no difference; the same network seen twice says the same."""
    models = [word for source in sources for word in ("--model", source)]
    done = run("compare", *models, "--data", faces.name, "--resamples", "200", "--json", where=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == json.loads((tmp_path / "comparison" / "comparison.json").read_text())
    assert [one["name"] for one in found["networks"]] == [f"up ({SAID})", "down", f"up ({SAID},test_time=mirror)"]
    assert [one["accuracy"]["value"] for one in found["networks"]] == [0.5, 0.5, 0.5]
    assert found["pairs"][0]["test"] == {
        "n": 30, "both": 0, "first_only": 15, "second_only": 15, "neither": 0,
        "difference": 0, "exact_p": 1, "mid_p": pytest.approx(1 - 0.5 * 155117520 / 2**30),
    }  # fmt: skip
    assert [one["agreement"] for one in found["pairs"]] == [0, 1, 0]
    with (tmp_path / "comparison" / "answers.csv").open() as file:
        rows = list(csv.reader(file))
    assert len(rows) == 31
    assert rows[1][1:] == ["angry", "neutral", "angry", "neutral"]
    assert (tmp_path / "comparison" / "pareto.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["compare", "--model", "a.onnx"], "one network alone cannot be compared"),
        (["compare", "--model", "a.onnx", "--model", "b.onnx", "--out", "."], "exists and holds no comparison.json"),
        (["robustness", "--model", "a.onnx", "--out", "."], "exists and holds no robustness.json"),
        (["robustness", "--model", "a.onnx,scaling=unit", "--data", "fer2013.csv"], "there is no setting `scaling`"),
        (["robustness", "--model", "nowhere.onnx", "--data", "fer2013.csv"], "nowhere.onnx"),
    ],
)
def test_what_cannot_be_done(faces: Path, tmp_path: Path, arguments: list[str], complaint: str) -> None:
    """One line of what is wrong and one of what to do, and nothing is written."""
    done = run(*arguments, where=tmp_path)
    assert done.returncode in (1, 2)
    assert complaint in done.stderr
    assert "fix: " in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {faces.name, ".cache"}


@pytest.fixture
def pages(sources: list[str], faces: Path, tmp_path: Path) -> dict[str, Path]:
    """Both pages, of two networks."""
    asked = several("compare", sources[:2], faces, "auto", PredictSettings())
    compare_page.write(compare(asked, EvaluateSettings(resamples=100)), tmp_path / "compare")
    robustness_page.write(curves(asked, RobustnessSettings(corruption_faces=6)), tmp_path / "robustness")
    return {
        "compare": tmp_path / "compare" / "comparison.html",
        "robustness": tmp_path / "robustness" / "robustness.html",
    }


def test_robustness_leaves_curves_and_tables(pages: dict[str, Path]) -> None:
    """51 points a network, a row for each class and corruption, figures, and results of a format."""
    folder = pages["robustness"].parent
    with (folder / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 51
    assert {row["strength"] for row in rows if row["corruption"] == "blur"} == {"1", "2", "3", "4", "5"}
    assert len((folder / "classes.csv").read_text().splitlines()) == 1 + 2 * 7 * 10
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads((folder / "robustness.json").read_text())
    assert (found["format"], found["n"], len(found["networks"])) == (1, 6, 2)
    assert found["protocol"]["settings"]["robustness"] == {"corruption_faces": 6, "corruption_seed": 0}


@pytest.mark.parametrize("name", ["compare", "robustness"])
def test_page_asks_for_nothing(pages: dict[str, Path], name: str) -> None:
    """Its policy allows pictures inside it and its own styles; no script, and nothing that could not be told as nan."""
    page = pages[name].read_text()
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!data:image/|#)', page)
    assert "nan" not in re.sub(r"data:image/[^\"]+", "", page)


@pytest.mark.chromium
@pytest.mark.parametrize("name", ["compare", "robustness"])
def test_page_fits(pages: dict[str, Path], name: str, tab: Any) -> None:
    """On a telephone and on a desk nothing scrolls sideways, nothing is loaded, nothing is complained of."""
    for width in (390, 1280):
        tab.open_and_look(pages[name], width)
