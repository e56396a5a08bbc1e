"""What an evaluation leaves in its folder."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

import jsonschema
import pytest

from evaluate.folder import check_folder
from evaluate.summary import summary
from evaluate.write import RESULTS, as_json, write
from schemas.errors import StorageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from evaluate.run import Evaluation


def test_everything_is_there(evaluation: Evaluation, tmp_path: Path) -> None:
    """Report, tables, figures, answers, and results last."""
    names = write(evaluation, tmp_path / "out", 2, draw=True)
    assert names[-1] == "results.json"
    assert {"report.html", "answers.csv", "tables/classes.tex", "figures/confusion.pdf"} <= set(names)
    assert (tmp_path / "out" / "figures" / "confusion.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "out" / "figures" / "reliability.png").read_bytes().startswith(b"\x89PNG")


def test_written_again_it_is_the_same(evaluation: Evaluation, tmp_path: Path) -> None:
    """Every byte, figures too: there is no time in them."""
    for name in ("one", "two"):
        write(evaluation, tmp_path / name, 2, draw=True)
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("one", "two")
    )
    assert one == two


def test_results_follow_the_schema(evaluation: Evaluation) -> None:
    """The published JSON Schema holds for them, and notices a field that is missing."""
    schema = json.loads((files("evaluate") / "results.schema.json").read_text())
    found = json.loads(json.dumps(as_json(evaluation), allow_nan=False))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema)
    del found["result"]["accuracy"]["low"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schema)


def test_answer_in_one_sentence(evaluation: Evaluation) -> None:
    """With its interval, and what no network at all would get."""
    expected = (
        "planted recognises 85.1 % of 396 faces (95 % interval 81.3 to 88.3); always saying happy would get 35.6 %."
    )
    assert as_json(evaluation)["headline"] == expected
    assert summary(evaluation).startswith(expected)
    assert "fear as surprise 13" in summary(evaluation)


def test_an_earlier_evaluation_is_replaced(evaluation: Evaluation, tmp_path: Path) -> None:
    """Its folder may be used again; one with other files may not."""
    write(evaluation, tmp_path / "out", 0, draw=False)
    check_folder(tmp_path / "out", RESULTS)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mother.txt").write_text("dear")
    with pytest.raises(UsageError, match="holds no results"):
        check_folder(tmp_path / "letters", RESULTS)


@pytest.mark.diskfull
def test_full_disk(evaluation: Evaluation, small_disk: Path) -> None:
    """A clear error, and no results.json that would claim the rest to be whole."""
    with pytest.raises(StorageError, match="cannot write"):
        write(evaluation, small_disk / "out", 12, draw=True)
    assert not (small_disk / "out" / "results.json").exists()
