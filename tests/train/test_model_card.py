"""The model card for people."""

from __future__ import annotations

import re
from typing import Any

from schemas.card import Input, ModelCard
from schemas.emotion import NAMES
from train.model_card import model_card


def test_answer_comes_first_with_its_interval_and_what_it_was_chosen_on(run: Any) -> None:
    """Nobody shall read the figure without the caution."""
    text = model_card(run.card).decode()
    first = text.split("# cnn\n\n", 1)[1].split("\n", 1)[0]
    assert first.startswith("**85.1 %** of the 396 faces of PublicTest right (95 % interval 81.3 to 88.3 %).")
    assert "chosen on this very set" in first


def test_classes_with_intervals(run: Any) -> None:
    """Fear by hand: recall 22 of 38, precision 22 of 31, F1 44/69; intervals of statsmodels' Wilson (0.14.5)."""
    assert "| fear | 38 | 57.9 | 42.2 – 72.1 | 71.0 | 53.4 – 83.9 | 63.8 |" in model_card(run.card).decode()


def test_confusions_limits_and_licence(run: Any) -> None:
    """The paper's fear for surprise, FER-2013's known faults, and what the data allow."""
    text = model_card(run.card).decode()
    assert "- fear taken for surprise: 13 of 38 (34.2 %)" in text
    assert "65 ± 5 %" in text
    assert "280 are pixel-identical" in text
    assert text.endswith("## Licence\n\nFor research use.")


def test_nothing_is_made_up() -> None:
    """A card with three keys gives no figure, no data, no licence, and no fault of a set it was not trained on."""
    text = model_card(ModelCard(classes=NAMES, input=Input(height=48, width=48, channels=1))).decode()
    assert "None were measured." in text
    assert "Nothing is recorded of the licences of the data." in text
    for absent in ("None,", "None.\n-", "FER-2013", "Seed", "Epochs", "SHA-256", "%**", "Recall"):
        assert absent not in text


def test_hostile_text_is_text(hostile: Any) -> None:
    """No HTML, no link and no table cell is made of a stranger's text, and it is written although no UTF-8."""
    text = model_card(hostile.card).decode()
    assert "{{7\\*7}}" in text
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert not re.search(r"<img|(?<!\\)\[a(?<!\\)\]|\u202e", outside)
    rows = [line for line in outside.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows} == {6, 7, 8}
