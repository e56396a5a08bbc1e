"""Calls that cannot be meant are refused before anything is read."""

from __future__ import annotations

import pytest

from curate.export.formats import FORMATS, check, find, kind
from schemas.errors import UsageError
from schemas.settings import ExportSettings


def test_unknown_format_names_the_nearest() -> None:
    """`fer-2013` is meant to be `fer2013`."""
    with pytest.raises(UsageError, match="no format `fer-2013`") as caught:
        find("fer-2013")
    assert caught.value.fix == "did you mean `fer2013`?"


@pytest.mark.parametrize(
    ("form", "settings", "what"),
    [
        ("fer2013", {"picture": "colour"}, "holds 48×48 grey faces"),
        ("coco", {"picture": "grey"}, "holds whole photographs"),
        ("folders", {"unlabelled": "keep"}, "cannot hold a face without a label"),
        ("ferplus", {"unlabelled": "keep"}, "cannot hold a face without a label"),
        ("parquet", {"rows": "all"}, "cannot hold copies"),
        ("parquet", {"published": "yesterday"}, "no date"),
        ("parquet", {"homepage": "/home/ada"}, "no web address"),
    ],
)
def test_settings_that_a_format_cannot_have(form: str, settings: dict[str, str], what: str) -> None:
    """The error says what the format holds, or which word is wrong."""
    with pytest.raises(UsageError, match=what):
        check(find(form), ExportSettings(**settings))


def test_pictures_of_each_format() -> None:
    """Colour unless the format or the call says grey."""
    assert {name for name, form in FORMATS.items() if kind(form, ExportSettings()) == "grey"} == {"fer2013", "ferplus"}
    assert kind(find("parquet"), ExportSettings(picture="grey")) == "grey"
