"""The page of a run in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from train.page import page

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.chromium
WIDTHS = (390, 768, 1280)


def written(run: Any, folder: Path) -> Path:
    """The page as a file."""
    path = folder / "cnn.html"
    path.write_bytes(page(run.card, run.history, run.checks, run.samples))
    return path


@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_and_asks_for_nothing(hostile: Any, tab: Any, tmp_path: Path, width: int) -> None:
    """On a phone, a tablet and a desk, whatever the names: nothing stands out, is loaded, or is complained of."""
    tab.open_and_look(written(hostile, tmp_path), width)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_cell_of_the_matrix_is_cut(run: Any, tab: Any, tmp_path: Path, width: int) -> None:
    """Each number lies within its cell, each name within its head."""
    tab.open(written(run, tmp_path), width)
    assert tab.value("document.querySelectorAll('.matrix td, .matrix th').length") == 64
    cells = "[...document.querySelectorAll('.matrix td, .matrix th')]"
    cut = f"{cells}.filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.innerText)"
    assert tab.value(cut) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_stand_out_from_their_cells(run: Any, tab: Any, tmp_path: Path, scheme: str) -> None:
    """In the fullest cell too: a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.open(written(run, tmp_path), 1280)
    # A canvas turns whatever colour a browser computes into sRGB levels.
    read = """(() => {
      const pen = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
      const linear = value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      const level = part => linear(part / 255);
      const light = colour => {
        pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
        const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data;
        return 0.2126 * level(red) + 0.7152 * level(green) + 0.0722 * level(blue);
      };
      return [...document.querySelectorAll(".matrix tbody td, .tag, .warn")].map(cell => {
        const style = getComputedStyle(cell);
        const [low, high] = [light(style.color), light(style.backgroundColor)].sort((one, other) => one - other);
        return (high + 0.05) / (low + 0.05);
      });
    })()"""
    contrasts = tab.value(read)
    assert len(contrasts) == 49 + 1 + 1
    assert min(contrasts) >= 4.5
