"""What changed from one evaluation to the next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from evaluate.changes import changes, text
from schemas.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def evaluated(folder: Path, network: str, *faces: tuple[str, str, str]) -> Path:
    """An evaluation's folder with what is read of it: face, label and answer."""
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps({"format": 1, "network": network}))
    (folder / "answers.csv").write_text(
        "\n".join(["face,label,answer,confidence", *(f"{','.join(f)},1" for f in faces)])
    )
    return folder


def test_corrected_labels(tmp_path: Path) -> None:
    """Of four common faces one label was corrected to the answer and one away from it; a fifth is new."""
    before = [("a", "fear", "surprise"), ("b", "happy", "happy"), ("c", "sad", "sad"), ("d", "sad", "fear")]
    after = [("a", "surprise", "surprise"), ("b", "neutral", "happy"), *before[2:], ("e", "sad", "sad")]
    first = evaluated(tmp_path / "before", "cnn@1", *before)
    second = evaluated(tmp_path / "after", "cnn@1", *after)
    found = changes(first / "results.json", second)
    assert (found["faces"], found["only_before"], found["only_after"]) == (4, 0, 1)
    assert found["pairs"] == {"fear -> surprise": 1, "happy -> neutral": 1}
    assert (found["relabelled"], found["right_now"], found["wrong_now"], found["answers_changed"]) == (2, 1, 1, 0)
    assert (found["accuracy"]["before"]["value"], found["accuracy"]["after"]["value"]) == (0.5, 0.5)
    assert found["classes"]["sad"] == {"before": {"faces": 2, "recall": 0.5}, "after": {"faces": 2, "recall": 0.5}}
    assert found["classes"]["happy"]["after"] == {"faces": 0, "recall": None}
    said = text(found)
    assert "+0.0 points (1 answers became right, 1 wrong)" in said
    assert "1 only after" in said


def test_another_network_is_named(tmp_path: Path) -> None:
    """The difference is then not of the labels alone."""
    one, other = (evaluated(tmp_path / name, name, ("a", "sad", "sad")) for name in ("x@1", "y@2"))
    assert "the networks differ: x@1 and y@2" in text(changes(one, other))


def test_no_common_face(tmp_path: Path) -> None:
    """Of other faces nothing can be compared."""
    one, other = (evaluated(tmp_path / name, "x@1", (name, "sad", "sad")) for name in ("a", "b"))
    with pytest.raises(InputError, match="no face in common"):
        changes(one, other)


@pytest.mark.parametrize("content", [None, "[]", "{"])
def test_no_evaluation(tmp_path: Path, content: str | None) -> None:
    """A folder without results, or with other ones."""
    good = evaluated(tmp_path / "good", "x@1", ("a", "sad", "sad"))
    bad = tmp_path / "bad"
    bad.mkdir()
    if content is not None:
        (bad / "results.json").write_text(content)
    with pytest.raises(InputError) as error:
        changes(good, bad)
    assert "evaluate --out" in error.value.fix
