"""Model cards: what is written comes back, what is wrong is refused with its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from schemas.card import FORMAT, MOST_BYTES, Input, Metric, ModelCard, Protocol, Source, read, to_json
from schemas.emotion import NAMES
from schemas.errors import InputError

GREY = Input(height=48, width=48, channels=1)
SMALLEST: dict[str, Any] = {
    "format": 1,
    "classes": list(NAMES),
    "input": {"height": 48, "width": 48, "channels": 1, "low": 0, "high": 1},
}


def refusal(value: Any) -> InputError:
    """The error that a card gives."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(InputError) as caught:
        read(data, "cnn.card.json")
    assert caught.value.what.startswith("cnn.card.json")
    assert caught.value.fix
    return caught.value


def with_metric(**changes: Any) -> dict[str, Any]:
    """The smallest card with one metric."""
    return {**SMALLEST, "metrics": [{"set": "PublicTest", "n": 4, "accuracy": 0.5, "low": 0.2, "high": 0.8, **changes}]}


def full(text: str, share: float, count: int) -> ModelCard:
    """A card in which everything is said."""
    diagonal = tuple(tuple(count + 1 if row == column else 0 for column in range(7)) for row in range(7))
    return ModelCard(
        name=text,
        architecture="vgg-compact",
        classes=NAMES[::-1],
        input=GREY,
        parameters=count,
        multiply_adds=count,
        settings={"rate": share, "schedule": text, "mixup": False, "widths": [32, 64], "warm_up": None},
        seed=7,
        epochs=count,
        best_epoch=1,
        command=text,
        data=(Source(source="FER-2013", file=text, sha256="0" * 64, rows=count, dropped={text: count}),),
        protocol=Protocol(selection=text, copies=text, splits=text, note=text),
        versions={"keras": text},
        metrics=(
            Metric(set=text, n=7 * (count + 1), accuracy=1.0, low=share, high=1.0, selected=True, confusion=diagonal),
        ),
        licence=text,
        sha256="f" * 64,
    )


@given(st.text(max_size=50), st.floats(0, 1), st.integers(0, 2**40))
def test_what_is_written_comes_back(text: str, share: float, count: int) -> None:
    """Whatever letters and numbers are in it."""
    card = full(text, share, count)
    assert read(to_json(card), "cnn.card.json") == card


def test_file_name_that_is_no_utf8_comes_back() -> None:
    """As Python gives it on Linux, with lone surrogates."""
    card = ModelCard(classes=NAMES, input=GREY, data=(Source(source="FER-2013", file="fer\udcff.csv"),))
    assert read(to_json(card), "cnn.card.json") == card


def test_three_keys_are_enough() -> None:
    """For a network of one's own."""
    card = read(json.dumps(SMALLEST).encode(), "cnn.card.json")
    assert card == ModelCard(classes=NAMES, input=Input(height=48, width=48, channels=1, low=0.0, high=1.0))


def test_byte_order_mark_is_no_fault() -> None:
    """Editors of Windows write one."""
    assert read(b"\xef\xbb\xbf" + json.dumps(SMALLEST).encode(), "cnn.card.json").classes == NAMES


def test_classes_in_any_order_and_contempt_as_an_eighth() -> None:
    """The order is the network's own."""
    order = ["contempt", *NAMES[::-1]]
    assert read(json.dumps({**SMALLEST, "classes": order}).encode(), "cnn.card.json").classes == tuple(order)


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("Happiness", "write `happy`"),
        ("suprise", "write `surprise`"),
        ("3", "mien knows angry, disgust, fear, happy, sad, surprise, neutral, contempt, in the order of the outputs"),
        ("", "mien knows angry, disgust, fear, happy, sad, surprise, neutral, contempt, in the order of the outputs"),
    ],
)
def test_unknown_class_is_named(name: str, fix: str) -> None:
    """With the name to write instead; a bare number is not guessed at, since its order is what is asked."""
    error = refusal({**SMALLEST, "classes": [*NAMES[:3], name, *NAMES[4:]]})
    assert error.what == f"cnn.card.json: `classes` names {name!r}, which mien does not know"
    assert error.fix == fix


def test_class_missing_and_class_twice() -> None:
    """Both are said at once."""
    error = refusal({**SMALLEST, "classes": [*NAMES[:6], "sad"]})
    assert error.what == "cnn.card.json: `classes` names sad twice and lacks neutral"


def test_newer_format_is_refused() -> None:
    """Before anything else in it is looked at."""
    error = refusal({"format": FORMAT + 1, "whatever": []})
    assert error.what == "cnn.card.json is a card of format 2; this mien reads up to 1"
    assert error.fix == "update mien"


@pytest.mark.parametrize("number", [None, "1", 0, 1.0, True])
def test_card_without_a_format(number: object) -> None:
    """Some other JSON file, most likely."""
    assert "does not say its format" in refusal({**SMALLEST, "format": number}).what


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"inptu": {}}, "cnn.card.json has an unknown key `inptu`"),
        ({"input": {"height": 48, "width": 48}}, "cnn.card.json: `input` lacks `channels`"),
        ({"input": {**SMALLEST["input"], "width": 48.0}}, "cnn.card.json: `input`: `width` is 48.0"),
        ({"input": {**SMALLEST["input"], "height": 0}}, "cnn.card.json: `input`: `height` is 0"),
        ({"input": {**SMALLEST["input"], "height": 10**6}}, "cnn.card.json: `input`: `height` is 1000000"),
        ({"input": {**SMALLEST["input"], "channels": 2}}, "cnn.card.json: `input`: `channels` is 2"),
        ({"input": {**SMALLEST["input"], "low": 1}}, "cnn.card.json: `input`: `low` is 1 and `high` is 1"),
        ({"classes": "angry"}, 'cnn.card.json: `classes` is "angry"'),
        ({"classes": [1, 2]}, "cnn.card.json: `classes`[0] is 1"),
        ({"seed": True}, "cnn.card.json: `seed` is true"),
        ({"seed": 2**64}, "cnn.card.json: `seed` is a whole number beyond 64 bits"),
        ({"sha256": "abc"}, 'cnn.card.json: `sha256` is "abc"'),
        ({"name": "x" * 20_001}, f'cnn.card.json: `name` is "{"x" * 79}…'),
        ({"settings": {"a": [[[[[1]]]]]}}, "cnn.card.json: `settings`.a is nested too deeply"),
        ({"settings": {"a": [0] * 1_001}}, "cnn.card.json: `settings`.a has 1,001 entries"),
        ({"data": [{"source": "FER-2013", "rows": -1}]}, "cnn.card.json: `data`[0]: `rows` is -1"),
        ({"versions": {"keras": 3}}, "cnn.card.json: `versions`.keras is 3"),
        ({"metrics": {}}, "cnn.card.json: `metrics` is an object of 0"),
    ],
)
def test_fault_is_named_by_its_place(change: dict[str, Any], what: str) -> None:
    """Which key, in which object, and what it is."""
    assert refusal({**SMALLEST, **change}).what == what


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"accuracy": 71.2}, "`accuracy` is 71.2"),
        ({"low": 0.6}, "the accuracy 0.5 is not within 0.6 to 0.8"),
        ({"n": 0}, "`n` is 0"),
        ({"confusion": [[1, 1], [1]]}, "`confusion` is no square of counts"),
        ({"confusion": [[3, -1], [1, 1]]}, "`confusion` is no square of counts"),
        ({"confusion": [[3, 0], [1, 0]]}, "`confusion` has 3 right of 4"),
        ({"confusion": [[2, 1], [1, 0]]}, "`confusion` is not 7 × 7"),
    ],
)
def test_figures_that_contradict_each_other(changes: dict[str, Any], what: str) -> None:
    """Accuracy, interval and confusion matrix must be those of one set."""
    assert what in refusal(with_metric(**changes)).what


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "no JSON"),
        (b"\x89PNG\r\n", "no JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"format": 1, "seed": NaN}', "NaN is no number of JSON"),
        (b'{"format": 1, "seed": ' + b"9" * 5_000 + b"}", "no JSON"),
        (b'{"format": 1, "format": 1}', "`format` stands in one object twice"),
        (b" " * (MOST_BYTES + 1), "has 1,000,001 bytes"),
        (b"[1]", "is a list of 1"),
    ],
)
def test_hostile_files(data: bytes, what: str) -> None:
    """Neither memory nor the stack runs out, and the message stays short."""
    error = refusal(data)
    assert what in error.what
    assert len(error.what) < 300


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda value: (
    st.lists(value, max_size=4) | st.dictionaries(st.sampled_from(sorted(SMALLEST)) | st.text(), value, max_size=4)
)))  # fmt: skip
def test_any_json_is_a_card_or_an_input_error(value: Any) -> None:
    """No other exception, whatever stands where."""
    for candidate in (value, {**SMALLEST, "settings": value}, {**SMALLEST, "metrics": [value]}):
        try:
            read(json.dumps(candidate).encode(), "cnn.card.json")
        except InputError:
            continue
