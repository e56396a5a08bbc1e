"""The page of a run."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from typing import Any

from schemas.card import Input, Metric, ModelCard
from schemas.emotion import NAMES
from train.page import page


class Reader(HTMLParser):
    """Collects elements and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Notes a text."""
        self.text += data


def read(run: Any) -> Reader:
    """The page of a run, read."""
    return Reader(page(run.card, run.history, run.checks, run.samples).decode())


def test_answer_comes_first(run: Any) -> None:
    """Accuracy, interval, balanced accuracy and the caution stand before everything else."""
    words = " ".join(read(run).text.split("Figures")[0].replace("\N{NO-BREAK SPACE}", " ").split())
    assert "85.1 % of 396 faces right On PublicTest; 95 % interval 81.3 to 88.3 %." in words
    assert "If all 7 classes were equally common: 76.8 %." in words
    assert "chosen on these very faces" in words


def test_every_part_is_there(run: Any) -> None:
    """Both curves, 49 cells of the matrix, a row for each class, checks, samples, settings."""
    reader = read(run)
    kinds = [tag for tag, _ in reader.elements]
    assert kinds.count("svg") == 2
    assert len([1 for tag, said in reader.elements if tag == "td" and "--share" in (said.get("style") or "")]) == 49
    assert kinds.count("img") == 7 * 7
    for text in ("13 of 38", "fer2013.csv:17", "learning_rate", "4 min 0 s", "8,779,047"):
        assert text in reader.text


def test_epochs_can_be_read_off(run: Any) -> None:
    """Each has its values as a title."""
    text = page(run.card, run.history, run.checks, run.samples).decode()
    assert "<title>epoch 3: training 60.0 %, validation 45.0 %</title>" in text
    assert "kept: epoch 3: training 0.667, validation 0.733" in text


def test_nothing_is_asked_for(run: Any) -> None:
    """No script, no style sheet, no address; only pictures in the page itself."""
    reader = read(run)
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in reader.elements}
    for tag, said in reader.elements:
        for name in ("src", "href", "action", "srcset"):
            address = said.get(name) or "#"
            assert address.startswith(("#", "data:image/png;base64,")), (tag, address)
    policy = [said["content"] for tag, said in reader.elements if said.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_same_run_same_bytes(run: Any) -> None:
    """Nothing of the time or the machine is in it."""
    first = page(run.card, run.history, run.checks, run.samples)
    assert page(run.card, run.history, run.checks, run.samples) == first


def test_class_that_is_never_answered(run: Any) -> None:
    """Nothing is known of its precision: a dash, not an interval from 0 to 100."""
    metric = Metric(set="two", n=7, accuracy=1 / 7, low=0.03, high=0.51, confusion=((1, 0, 0, 0, 0, 0, 0),) * 7)
    text = page(dataclasses.replace(run.card, metrics=(metric,)), [], [], []).decode()
    assert ">0.0 – 100.0<" not in text
    assert "0.0 – 79.3" in text  # recall of none of one


def test_card_with_three_keys() -> None:
    """A page without figures says so."""
    text = page(ModelCard(classes=NAMES, input=Input(height=48, width=48, channels=1)), [], [], []).decode()
    words = Reader(text).text
    assert "Not measured" in words
    assert "There is no history of this training." in words
    assert not re.search(r"\bNone\b(?! were)|nan", words)


def test_hostile_text_is_text(hostile: Any, run: Any) -> None:
    """The same elements as with harmless text, and the text in full."""
    shown, harmless = read(hostile), read(run)
    assert {tag for tag, _ in shown.elements} <= {tag for tag, _ in harmless.elements} | {"bdi", "br"}
    assert [tag for tag, _ in shown.elements].count("img") == 49
    assert "<img src=x onerror=alert(1)>'\"&{{7*7}}" in shown.text
    assert not [1 for _, said in shown.elements if "onerror" in said]
