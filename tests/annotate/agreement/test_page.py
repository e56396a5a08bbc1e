"""The page of agreement, in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from annotate.agreement.page import write_page
from annotate.agreement.plots import dots
from annotate.agreement.step import agreement
from schemas.settings import AgreementSettings
from tests.chromium import contrast

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace

HOSTILE = "<img src=x onerror=alert(1)>'\"&{{7*7}}\u202e"


@pytest.fixture
def page(answers: Callable[..., Workspace], tmp_path: Path) -> Path:
    """A page of five raters, one of whom has a name that tries to be markup."""
    rows: list[tuple[Any, ...]] = []
    for at in range(40):
        for rater in range(5):
            label = ("fear", "surprise", "happy", "sad")[(at + (rater == 4) * (at % 3)) % 4]
            name = HOSTILE if rater == 0 else f"rater-with-a-long-name-{rater}"
            time = {"created_at": f"2026-01-01T00:{at:02}:00Z", "lead_time_s": 2.0}
            rows.append((f"{at:02}", name, label, time))
            if at % 10 == 0:
                rows.append((f"{at:02}", name, label, {**time, "presentation": 1, "kind": "repeat"}))
    path = tmp_path / "agreement.html"
    write_page(path, HOSTILE, agreement(answers(*rows), AgreementSettings(agreement_resamples=100)))
    return path


@pytest.mark.chromium
@pytest.mark.parametrize("width", [390, 768, 1280])
def test_page_asks_for_nothing_and_fits(page: Path, tab: Any, width: int) -> None:
    """It loads itself alone, nothing is complained of, and it does not scroll sideways."""
    tab.complaints.clear()
    tab.open(page, width)
    assert tab.requests == [page.as_uri()]
    assert tab.complaints == []
    assert tab.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.chromium
def test_hostile_name_is_text(page: Path, tab: Any) -> None:
    """No element is made of a rater's name."""
    tab.open(page, 1280)
    assert tab.value("document.querySelectorAll('[onerror], script, img').length") == 0
    assert "{{7*7}}" in tab.value("document.body.innerHTML")


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(page: Path, tab: Any, scheme: str) -> None:
    """Text on a matrix's darkest field, on page and cards has a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""
    tab.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    tab.open(page, 1280)
    read = """(colours => {
      const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
      const probe = document.body.appendChild(document.createElement("i"));
      return Object.fromEntries(colours.map(colour => {
        probe.style.color = colour;
        canvas.fillStyle = getComputedStyle(probe).color;
        canvas.fillRect(0, 0, 1, 1);
        return [colour, [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)];
      }));
    })"""
    darkest = "color-mix(in srgb, var(--in) 45%, var(--card))"
    named = {name: f"var(--{name})" for name in ("ink", "soft", "page", "card", "note", "note-pale")}
    colours = tab.value(f"{read}({[*named.values(), darkest]})")
    pairs = [("ink", darkest), ("ink", named["card"]), ("soft", named["card"]), ("soft", named["page"])]
    pairs.append(("note", named["note-pale"]))
    poor = {pair: contrast(colours[named[pair[0]]], colours[pair[1]]) for pair in pairs}
    assert {pair: value for pair, value in poor.items() if value < 4.5} == {}


def test_page_of_nothing(answers: Callable[..., Workspace], tmp_path: Path) -> None:
    """One rater, nobody to compare with: the page says so and draws what there is."""
    workspace = answers(("f", "ada", "happy"))
    write_page(tmp_path / "page.html", "set", agreement(workspace, AgreementSettings(agreement_resamples=100)))
    text = (tmp_path / "page.html").read_text()
    assert "Agreement is not defined" in text
    assert "only one rater has answered (ada)" in text


def test_axis_reaches_below_zero() -> None:
    """A κ of -0.3 is drawn on an axis from -0.4; without one it begins at 0."""
    below = {"value": -0.3, "low": None, "high": None}
    assert [tick["text"] for tick in dots("κ", [("a", "", below)])["ticks"]][:3] == ["-0.4", "-0.2", "0"]
    assert dots("κ", [("a", "", {**below, "value": 0.5})])["ticks"][0]["text"] == "0"
