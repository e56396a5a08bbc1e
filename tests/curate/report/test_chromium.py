"""The report in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from curate.report.step import report
from tests.chromium import contrast

if TYPE_CHECKING:
    from typing import Any

    from workspace.store import Workspace

pytestmark = pytest.mark.chromium
WIDTHS = (390, 768, 1280)


@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_and_asks_for_nothing(finished: Workspace, tab: Any, width: int) -> None:
    """On a phone, a tablet and a desk, however long a file's name is: nothing scrolls sideways, nothing is loaded."""
    tab.open_and_look(report(finished), width)


def test_hostile_name_is_text(finished: Workspace, tab: Any) -> None:
    """No element is made of a file's name, and it can be read in full."""
    tab.open(report(finished), 1280)
    assert tab.value("document.querySelectorAll('[onerror], script, u, b > b, bdi > *').length") == 0
    assert "{{7*7}}" in tab.value("document.body.innerHTML")
    assert tab.value("[...document.images].every(image => image.src.startsWith('data:image/'))")


def test_every_picture_is_drawn_and_described(finished: Workspace, tab: Any) -> None:
    """Each has an alternative text, and each that is looked at has pixels."""
    tab.open(report(finished), 1280)
    assert tab.value("document.images.length") > 10
    assert tab.value("[...document.images].every(image => image.alt)")
    tab.value("for (const image of document.images) image.loading = 'eager'")
    decoded = "Promise.all([...document.images].map(image => image.decode())).then(() => true)"
    answer = tab.ask("Runtime.evaluate", expression=decoded, awaitPromise=True, returnByValue=True)
    assert answer["result"]["value"] is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(finished: Workspace, tab: Any, scheme: str) -> None:
    """Text against the page and the cards has a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.open(report(finished), 1280)
    names = ["page", "card", "ink", "soft", "in", "out", "note", "note-pale", "in-pale", "out-pale"]
    read = """(names => {
      const probe = document.body.appendChild(document.createElement("i"));
      return Object.fromEntries(names.map(name => {
        probe.style.color = `var(--${name})`;
        return [name, getComputedStyle(probe).color.match(/\\d+/g).map(Number)];
      }));
    })"""
    colours = tab.value(f"{read}({names})")
    pairs = [(ink, paper) for ink in ("ink", "soft", "in", "out") for paper in ("page", "card")]
    pairs += [("note", "note-pale"), ("in", "in-pale"), ("out", "out-pale")]
    poor = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in pairs}
    assert {pair: value for pair, value in poor.items() if value < 4.5} == {}
