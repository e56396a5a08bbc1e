"""Settings are checked, and every name that is nearly right is answered with the right one."""

from __future__ import annotations

import dataclasses

import pytest

from schemas.errors import UsageError
from schemas.settings import STEPS, IngestSettings, make

FIELDS = [field for step in STEPS.values() for field in dataclasses.fields(step)]


def test_unknown_setting_names_the_nearest() -> None:
    """A misspelt setting is refused, and the right spelling is offered."""
    with pytest.raises(UsageError, match="max_pixel") as caught:
        make(IngestSettings, {"max_pixel": 3})
    assert caught.value.fix == "did you mean `max_pixels`?"


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("max_side", 0, "from 1 to 65535"),
        ("max_side", 70_000, "from 1 to 65535"),
        ("max_side", "wide", "for example max_side = 20000"),
        ("max_side", True, "for example max_side = 20000"),
    ],
)
def test_value_out_of_range_says_the_range(name: str, value: object, fix: str) -> None:
    """A value of the wrong type or size is refused with what would do."""
    with pytest.raises(UsageError) as caught:
        make(IngestSettings, {name: value})
    assert fix in caught.value.fix


def test_whole_number_does_for_a_float() -> None:
    """`threshold = 1` in a TOML file means 1.0 where the setting is a float."""
    step = dataclasses.make_dataclass(
        "Step", [("ratio", float, dataclasses.field(default=0.5, metadata=FIELDS[0].metadata | {"maximum": 2}))]
    )
    value = make(step, {"ratio": 1}).ratio
    assert (value, type(value)) == (1.0, float)


def test_every_field_name_is_unique() -> None:
    """`curate run` offers the flags of all steps at once, so no two may share a name."""
    names = [field.name for field in FIELDS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_default_is_allowed(field: dataclasses.Field[object]) -> None:
    """Each default passes its own check, and each field has a help text of one line without a full stop."""
    step = next(step for step in STEPS.values() if field in dataclasses.fields(step))
    make(step, {field.name: field.default})
    text = field.metadata["help"]
    assert text
    assert "\n" not in text
    assert not text.endswith(".")
