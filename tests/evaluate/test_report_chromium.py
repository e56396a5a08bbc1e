"""The report in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from evaluate.report.step import report

if TYPE_CHECKING:
    from pathlib import Path

    from evaluate.run import Evaluation

pytestmark = pytest.mark.chromium


@pytest.fixture
def page(evaluation: Evaluation, tmp_path: Path) -> Path:
    """Table III's report."""
    path = tmp_path / "report.html"
    path.write_text(report(evaluation, 3), encoding="utf-8")
    return path


def shown(tab: Any) -> list[str]:
    """Which panels can be seen."""
    visible = "[...document.querySelectorAll('.panel')].filter(one => one.offsetParent).map(one => one.id).join()"
    return str(tab.value(visible)).split(",")


def press(tab: Any, key: str) -> None:
    """Presses a key, as a person does."""
    code = {"Enter": 13, "Tab": 9}[key]
    for kind in ("keyDown", "keyUp"):
        text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
        tab.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)


@pytest.mark.parametrize("width", [390, 1280])
def test_asks_for_nothing_and_fits(page: Path, tab: Any, width: int) -> None:
    """The page and pictures inside it are all that is loaded, nothing is complained of, nothing scrolls sideways."""
    tab.open_and_look(page, width)


def test_a_cell_shows_its_faces(page: Path, tab: Any) -> None:
    """First the commonest confusion is open; a click on another cell opens that one instead."""
    tab.open(page, 1280)
    assert shown(tab) == ["fear-as-surprise"]
    tab.value("document.querySelector('a[href=\"#sad-as-neutral\"]').click()")
    assert shown(tab) == ["sad-as-neutral"]
    assert tab.value("document.querySelector('#sad-as-neutral h3').innerText") == "sad → neutral"
    assert tab.value("[...document.querySelectorAll('#sad-as-neutral img')].length") == 3


def test_a_cell_by_keyboard(page: Path, tab: Any) -> None:
    """Tab from one cell to the next, Enter opens it."""
    tab.open(page, 1280)
    tab.value("document.querySelector('.confusion a[href=\"#angry-as-angry\"]').focus()")
    press(tab, "Tab")
    assert tab.value("document.activeElement.getAttribute('href')") == "#angry-as-fear"
    press(tab, "Enter")
    assert shown(tab) == ["angry-as-fear"]


def test_counts_instead_of_shares(page: Path, tab: Any) -> None:
    """Fear as surprise is 34 % of the faces labelled fear, 25 % of those answered surprise, and 13 faces."""
    tab.open(page, 1280)
    cell = "document.querySelector('.confusion a[href=\"#fear-as-surprise\"]').innerText.replace(/\\s/g, '')"
    found = [tab.value(cell)]
    for name in ("column", "count"):
        tab.value(f"document.querySelector('#show-{name}').click()")
        found.append(tab.value(cell))
    assert found == ["34%", "25%", "13"]
