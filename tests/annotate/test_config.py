"""The labelling page's XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from annotate.config import DEFINITIONS, allowed, instruction, labelling_config, same_config

SEVEN = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


def keys(xml: str, control: str) -> dict[str, str]:
    """Value -> key of one control."""
    found = ET.fromstring(xml).find(f".//*[@name='{control}']")  # noqa: S314 - our own text
    assert found is not None
    return {choice.attrib["alias"]: choice.attrib["hotkey"] for choice in found.iter("Choice")}


def test_seven_expressions_have_the_keys_1_to_7() -> None:
    """In FER-2013's order; 0 is for what cannot be used."""
    expected = {name: str(key) for key, name in enumerate(SEVEN, 1)} | {"unusable": "0"}
    assert keys(labelling_config(), "emotion") == expected


def test_contempt_is_the_eighth_when_asked_for() -> None:
    """It is offered as first and as second expression, or not at all."""
    assert keys(labelling_config(contempt=True), "emotion")["contempt"] == "8"
    assert keys(labelling_config(contempt=True), "second")["contempt"] == "shift+8"
    assert "contempt" not in labelling_config().lower()


@pytest.mark.parametrize("contempt", [False, True])
def test_no_key_is_given_twice(contempt: bool) -> None:  # noqa: FBT001 - a case
    """A key does one thing."""
    page = ET.fromstring(labelling_config(contempt=contempt))  # noqa: S314 - our own text
    found = [choice.attrib["hotkey"] for choice in page.iter("Choice")]
    assert len(found) == len(set(found))


def test_allowed_values() -> None:
    """What a page can give is read back from its XML."""
    levels = {"1", "2", "3", "4", "5"}
    assert allowed(labelling_config(contempt=True, context=True)) == {
        "emotion": {*SEVEN, "contempt", "unusable"},
        "unusable": {"not-a-face", "occluded", "blurred", "several-faces"},
        "second": {*SEVEN, "contempt"},
        "intensity": levels,
        "confidence": levels,
        "note": set(),
    }


def test_photograph_is_shown_when_asked_for() -> None:
    """The second picture is there with context only."""
    assert "$context" in labelling_config(context=True)
    assert "$context" not in labelling_config()


def test_same_config_overlooks_blanks_and_order_of_attributes() -> None:
    """As a server or a person that stores it anew may change them."""
    assert same_config('<View a="1" b="2"><X/></View>', '<View b="2" a="1">\n  <X></X>\n</View>')
    assert not same_config('<View a="1"/>', '<View a="2"/>')
    assert not same_config("<View/>", "no XML")
    assert not same_config(labelling_config(), labelling_config(contempt=True))


def test_every_expression_is_defined() -> None:
    """The instruction has a row for each that is offered, naming action units."""
    for name in SEVEN:
        assert DEFINITIONS[name] in instruction()
    assert all("AU" in text or "action unit" in text for text in DEFINITIONS.values())
    assert DEFINITIONS["contempt"] in instruction(contempt=True)
    assert DEFINITIONS["contempt"] not in instruction()
