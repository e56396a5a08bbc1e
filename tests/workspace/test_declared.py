"""What sources declare becomes one class, one origin and, where there are any, votes."""

from __future__ import annotations

import json

import pandas as pd
from hypothesis import given, strategies as st

from schemas.emotion import EMOTIONS, FERPLUS_VOTES
from workspace.declared import by_image, one_vote, votes, web_address

COLUMNS = ["image_id", "label", "usage", "licence", "author", "source_page", "extra"]


def declared(*rows: dict[str, str | None]) -> pd.DataFrame:
    """Sources of one picture, as `by_image` makes them one."""
    table = pd.DataFrame([{"image_id": "a", **row} for row in rows], columns=COLUMNS)
    return by_image(table, contempt=False)


def test_spellings_agree() -> None:
    """`Happiness` and `happy` are one class; a copy without a label says nothing against it."""
    row = declared({"label": "Happiness"}, {"label": None}, {"label": "happy"}).loc["a"]
    assert row["class"] == "happy"
    assert not row["conflict"]


def test_disagreement_is_no_label() -> None:
    """Where copies say happy and sad nobody is believed."""
    row = declared({"label": "happy"}, {"label": "sad"}).loc["a"]
    assert pd.isna(row["class"])
    assert row["conflict"]


def test_known_label_beside_an_unknown_one() -> None:
    """The known one counts, and the unknown one is remembered."""
    row = declared({"label": "smirk"}, {"label": "sad"}).loc["a"]
    assert (row["class"], row["unknown"], bool(row["conflict"])) == ("sad", "smirk", False)


def test_origin_comes_from_one_source() -> None:
    """The author of one copy is never named with the licence of another."""
    first = {"author": "Ada", "source_page": "https://a.example/"}
    row = declared(first, {"licence": "MIT", "author": None}).loc["a"]
    assert row["licence"] == "MIT"
    assert row[["author", "page"]].isna().all()


def test_one_vote_stands_in_the_classes_column() -> None:
    """Each class has its column: FER+ calls angry `anger` and happy `happiness`."""
    assert [FERPLUS_VOTES[one_vote(emotion.name).index(1)] for emotion in EMOTIONS] == [
        *("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
    ]


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_any_further_metadata_is_no_error(extra: str) -> None:
    """Metadata that hold no votes give none."""
    assert votes(extra) is None


def test_negative_votes_are_none() -> None:
    """Counts below zero are not FER+'s."""
    assert votes('{"neutral": -1, "fear": 5}') is None


@given(st.text())
def test_addresses_are_of_web_pages(text: str) -> None:
    """Whatever is declared, what goes out begins with http:// or https://."""
    found = web_address(text)
    assert found is None or found.startswith(("http://", "https://"))
    assert web_address("file:///home/ada/secret.html") is None
    assert web_address("https://[broken") is None
