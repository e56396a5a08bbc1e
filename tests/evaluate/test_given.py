"""What card and settings say of a model."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from evaluate.given import given
from schemas.emotion import NAMES
from schemas.errors import InputError, MissingPartError, UsageError
from schemas.settings import PredictSettings, make
from workspace.pretrained import PRETRAINED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def with_card(path: Path, **values: Any) -> Path:
    """Lays a card beside a model: FER-2013's order, 48 × 48, 0 to 1."""
    card = {"format": 1, "classes": list(NAMES), "input": {"height": 48, "width": 48, "channels": 1, "high": 1}}
    path.with_name(f"{path.stem}.card.json").write_text(json.dumps(card | values), encoding="utf-8")
    return path


def test_a_card_says_all(small_network: Callable[..., Path]) -> None:
    """Range, order, size and name are the card's."""
    path = with_card(small_network(), name="cnn")
    known = given(str(path), PredictSettings())
    assert known.scaling is not None
    assert (known.scaling.low, known.scaling.high) == (0, 1)
    assert known.classes == NAMES
    assert known.name == f"cnn@{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def test_settings_go_before_the_card(small_network: Callable[..., Path]) -> None:
    """Whoever says it knows better."""
    path = with_card(small_network())
    known = given(
        str(path), make(PredictSettings, {"input_scaling": "symmetric", "label_order": ",".join(NAMES[::-1])})
    )
    assert known.scaling is not None
    assert known.scaling.low == -1
    assert known.classes == NAMES[::-1]


def test_without_a_card_nothing_is_guessed(small_network: Callable[..., Path]) -> None:
    """Neither range nor order has a default."""
    known = given(str(small_network()), PredictSettings())
    assert (known.card, known.scaling, known.classes) == (None, None, None)


def test_the_card_of_another_file(small_network: Callable[..., Path]) -> None:
    """A card that names another SHA-256 is not believed."""
    path = with_card(small_network(), sha256="0" * 64)
    with pytest.raises(InputError, match="is the card of another file"):
        given(str(path), PredictSettings())


def test_a_damaged_card(small_network: Callable[..., Path]) -> None:
    """It is an error, not a model without a card."""
    path = small_network()
    path.with_name("small.card.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"small\.card\.json is no JSON"):
        given(str(path), PredictSettings())


@pytest.mark.parametrize(
    ("order", "what"),
    [
        ("angry,disgust", "lacks fear, happy, sad, surprise, neutral"),
        (",".join((*NAMES, "happy")), "names happy twice"),
        (",".join((*NAMES, "bored")), "names 'bored', which mien does not know"),
        ("0,1,2,3,4,5,6", "names '0', which mien does not know"),
    ],
)
def test_orders_that_are_none(small_network: Callable[..., Path], order: str, what: str) -> None:
    """What is wrong with an order stands in the error."""
    with pytest.raises(UsageError) as raised:
        given(str(small_network()), make(PredictSettings, {"label_order": order}))
    assert what in raised.value.what


def test_other_words_for_the_seven(small_network: Callable[..., Path]) -> None:
    """FER+'s names are known."""
    order = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt"
    known = given(str(small_network()), make(PredictSettings, {"label_order": order}))
    assert known.classes == ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt")


def test_no_pretrained_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation without it says so."""
    monkeypatch.setattr("workspace.pretrained.__file__", str(tmp_path / "workspace" / "pretrained.py"))
    with pytest.raises(MissingPartError, match="that comes with mien"):
        given("pretrained", PredictSettings())


@pytest.mark.parametrize("name", PRETRAINED)
def test_networks_that_come_with_mien_have_cards(name: str) -> None:
    """Each has a card of its own that is this very file's, with the seven classes in FER-2013's order."""
    known = given(name, PredictSettings())
    assert known.card is not None
    assert known.card.sha256 == known.file.sha256
    assert known.card.name == known.file.path.stem
    assert known.classes == NAMES
