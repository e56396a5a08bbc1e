"""Which network a training makes where only the weights it starts from are named."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from schemas import card as cards
from schemas.errors import InputError, UsageError
from train.start import ARCHITECTURE, begin
from workspace.pretrained import network_path


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A model whose card says LeNet-5."""
    card = cards.read(network_path("pretrained").with_suffix(cards.SUFFIX).read_bytes(), "card")
    path = tmp_path / "start.keras"
    path.with_suffix(cards.SUFFIX).write_bytes(cards.to_json(dataclasses.replace(card, architecture="lenet5")))
    return path


def test_what_is_given_counts(start: Path) -> None:
    """Also against the card: the weights then say that they do not fit."""
    assert begin("paper", start) == ("paper", start)
    assert begin("paper", None) == ("paper", None)


def test_else_the_card(start: Path) -> None:
    """Of the file that is started from, and of the network that comes with mien."""
    assert begin(None, start) == ("lenet5", start)
    shipped = network_path("pretrained")
    card = cards.read(shipped.with_suffix(cards.SUFFIX).read_bytes(), "card")
    assert begin(None, Path("pretrained")) == (card.architecture, shipped)


def test_else_the_compact_one(tmp_path: Path) -> None:
    """Without weights, and for a model without a card."""
    assert begin(None, None) == (ARCHITECTURE, None)
    assert begin(None, tmp_path / "old.keras") == (ARCHITECTURE, tmp_path / "old.keras")


def test_a_card_imports_nothing(start: Path) -> None:
    """A stranger's card names a module: who trusts it says so himself."""
    place = start.with_suffix(cards.SUFFIX)
    card = dataclasses.replace(cards.read(place.read_bytes(), "card"), architecture="os:abort")
    place.write_bytes(cards.to_json(card))
    with pytest.raises(UsageError) as caught:
        begin(None, start)
    assert "--architecture os:abort" in caught.value.fix
    assert begin("os:abort", start) == ("os:abort", start)


def test_a_card_that_cannot_be_read(start: Path) -> None:
    """Said with its name."""
    place = start.with_suffix(cards.SUFFIX)
    place.write_text("{")
    with pytest.raises(InputError, match="card"):
        begin(None, start)
    place.unlink()
    place.mkdir()
    with pytest.raises(InputError, match=r"card\.json"):
        begin(None, start)
