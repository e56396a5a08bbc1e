"""One annotation of Label Studio as an answer, or the reason why it is none."""

from __future__ import annotations

from typing import Any

import pytest

from annotate.answers import Answer, Refusal, read_answer
from annotate.config import allowed, labelling_config

CONTROLS = allowed(labelling_config())


def picked(name: str, *values: str) -> dict[str, Any]:
    """A region as Label Studio 1.23.2 exports the choice of a value."""
    return {"from_name": name, "to_name": "face", "type": "choices", "value": {"choices": list(values)}}


def written(text: str) -> dict[str, Any]:
    """A region as Label Studio 1.23.2 exports a remark."""
    return {"from_name": "note", "to_name": "face", "type": "textarea", "value": {"text": [text]}}


def read(*results: Any, **further: Any) -> Answer | Refusal:
    """Reads an annotation of these regions."""
    return read_answer({"result": list(results), "was_cancelled": False, **further}, CONTROLS)


def test_every_field_of_an_answer_is_read() -> None:
    """Expression, second, intensity, confidence and note arrive as they were chosen, levels as numbers."""
    found = read(
        picked("emotion", "fear"),
        picked("second", "surprise"),
        picked("intensity", "4"),
        picked("confidence", "2"),
        written("eyes wide"),
    )
    assert found == Answer("fear", "surprise", 4, 2, None, "eyes wide", skipped=False)


def test_an_unusable_face_has_its_reason_and_no_label() -> None:
    """What was chosen before `unusable` says nothing of the face."""
    found = read(picked("emotion", "unusable"), picked("unusable", "blurred"), picked("intensity", "3"))
    assert found == Answer(unusable="blurred")


def test_a_reason_left_from_a_changed_mind_is_no_answer() -> None:
    """Label Studio may send a hidden control; with an expression chosen it does not count."""
    assert read(picked("emotion", "sad"), picked("unusable", "blurred")) == Answer(label="sad")


def test_a_skip_is_an_answer_without_content() -> None:
    """A skip stays a skip whatever was ticked beside it."""
    assert read(picked("emotion", "happy"), was_cancelled=True) == Answer(skipped=True)


@pytest.mark.parametrize(
    ("results", "reason", "named"),
    [
        ([], "no-answer", "no expression"),
        ([picked("intensity", "3")], "no-answer", "no expression"),
        ([picked("emotion", "unusable")], "no-answer", "without saying why"),
        ([picked("emotion", "bored")], "unknown-value", "'bored'"),
        ([picked("emotion", "contempt")], "unknown-value", "'contempt'"),
        ([picked("emotion", "sad"), picked("intensity", "6")], "unknown-value", "'6'"),
        ([picked("emotion", "sad", "happy")], "several-values", "sad, happy"),
        ([picked("emotion", "sad"), picked("emotion", "sad")], "several-values", "2 values"),
        ([picked("emotion", "sad"), picked("mood", "low")], "unknown-field", "`mood`"),
        (["sad"], "unknown-field", "`None`"),
        ([{"from_name": "emotion", "value": {"rating": 4}}], "no-answer", "no expression"),
        ([{"from_name": "emotion", "value": {"choices": [["sad"]]}}], "unknown-value", "sad"),
    ],
)
def test_what_the_page_cannot_say_is_refused(results: list[Any], reason: str, named: str) -> None:
    """The server stores whatever it is sent; each kind has its reason and names what was wrong."""
    found = read(*results)
    assert isinstance(found, Refusal)
    assert found.reason == reason
    assert named in found.detail


def test_contempt_is_taken_where_the_page_offers_it() -> None:
    """The page that was pushed decides, not the toolkit's largest one."""
    page = allowed(labelling_config(contempt=True))
    assert read_answer({"result": [picked("emotion", "contempt")]}, page) == Answer(label="contempt")
