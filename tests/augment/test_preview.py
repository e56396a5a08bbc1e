"""Contact sheets."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from augment.chart import draw
from augment.plan import plan
from augment.preview import preview
from augment.sheet import Cell, Line, page, picture
from schemas.errors import UsageError
from schemas.settings import BalanceSettings

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.store import Workspace

FACE = np.full((48, 48), 77, np.uint8)


def test_a_line_for_each_face_and_a_column_for_each_transformation(faces: Workspace, tmp_path: Path) -> None:
    """Two happy, two sad, one fear; the original, the paper's three, and three samples."""
    result = preview(faces, "paper", 0, 2, tmp_path / "sheet.png")
    assert {name: count for name, count in result["classes"].items() if count} == {"happy": 2, "sad": 2, "fear": 1}
    told = (tmp_path / "sheet.html").read_text()
    assert told.count("<img") == 5 * 7
    for head in ("original", "rotation", "lighting", "colour", "all of it"):
        assert f"<th scope='col'>{head}</th>" in told
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.size[1] > 5 * 96


def test_a_policy_that_nobody_knows(faces: Workspace, tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(UsageError):
        preview(faces, "stong", 0, 2, tmp_path / "sheet.png")
    assert not list(tmp_path.glob("sheet.*"))


def test_faces_stand_enlarged_and_unchanged() -> None:
    """Each pixel is four in the picture."""
    sheet = Image.open(io.BytesIO(picture("title", ["one"], [Line("name", [Cell(FACE)])])))
    assert (np.asarray(sheet) == 77).sum() >= 96 * 96


def test_the_page_says_what_was_drawn_and_nothing_it_was_not_told() -> None:
    """Captions are text, whatever they hold."""
    told = page("<t>", "x & y", [], [Line('"n"', [Cell(FACE, "c", "<script>"), None])]).decode()
    assert "&lt;script&gt;" in told
    assert "<script>" not in told
    assert 'src="data:image/png;base64,' in told
    assert "http" not in told


def test_the_chart_has_bars_to_scale(faces: Workspace, tmp_path: Path) -> None:
    """The longest bar is 420 wide: four happy faces; of fear one is an original, 105, and three are samples, 315."""
    draw(plan(faces, BalanceSettings()).classes, tmp_path / "chart.svg")
    told = (tmp_path / "chart.svg").read_text()
    assert told.startswith("<svg")
    assert 'width="420.0"' in told
    assert 'width="105.0"' in told
    assert 'width="315.0"' in told
    assert "1 → 4" in told
