"""The figures of agreement, and data that say less than they seem to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from annotate.agreement.step import agreement, sources
from annotate.agreement.text import text
from schemas.settings import AgreementSettings
from schemas.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from workspace.store import Workspace

SETTINGS = AgreementSettings(agreement_resamples=100)


def result(workspace: Workspace) -> dict[str, Any]:
    """The figures; they can be written as JSON and told whatever they are."""
    found = agreement(workspace, SETTINGS)
    json.dumps(found, allow_nan=False)
    assert text(found)
    return found


def test_figures_of_a_case_by_hand(answers: Callable[..., Workspace]) -> None:
    """Three faces, two raters, two agreements: 2 / 3 observed; fear and surprise split one of two."""
    found = result(
        answers(
            *(("f", rater, "happy") for rater in ("ada", "bob")),
            *(("g", rater, "fear") for rater in ("ada", "bob")),
            *(("h", "ada", "fear"), ("h", "bob", "surprise")),
        )
    )
    assert found["coefficients"]["observed"]["value"] == pytest.approx(2 / 3)
    # Shares: happy 1/3, fear 1/2, surprise 1/6; κ = (2/3 - 7/18) / (1 - 7/18).
    assert found["chance"] == pytest.approx(7 / 18)
    assert found["coefficients"]["fleiss"]["value"] == pytest.approx(5 / 11)
    split = found["pairs"][0]
    assert (split["first"], split["second"], split["split"], split["either"]) == ("fear", "surprise", 1, 2)
    assert [rater["agreement"]["value"] for rater in found["raters"]] == pytest.approx([2 / 3, 2 / 3])
    assert found["rater_pairs"][0]["observed"] == pytest.approx(2 / 3)


def test_unusable_says_nothing_of_the_expression(answers: Callable[..., Workspace]) -> None:
    """It is counted on its own: one face by some of its raters, none by all."""
    found = result(answers(("f", "ada", "happy"), ("f", "bob", "happy"), ("g", "ada", "unusable"), ("g", "bob", "sad")))
    assert found["coefficients"]["observed"]["value"] == 1
    assert found["compared"] == 1
    assert (found["unusable"]["faces_by_some"], found["unusable"]["faces_by_all"]) == (1, 0)
    assert found["unusable"]["reasons"] == {"blurred": 1}


def test_one_rater_only(answers: Callable[..., Workspace]) -> None:
    """Agreement is not defined, and that is said."""
    found = result(answers(("f", "ada", "happy"), ("g", "ada", "sad")))
    assert found["coefficients"]["alpha"]["value"] is None
    assert found["remarks"][0] == "only one rater has answered (ada): agreement is not defined"


def test_all_skipped(answers: Callable[..., Workspace]) -> None:
    """Nobody answered; who skipped how many is said."""
    found = result(answers(("f", "ada", None), ("f", "bob", None), ("g", "ada", None)))
    assert found["answers"] == 0
    assert found["remarks"][0].startswith("nobody has answered")
    assert [rater["skipped"] for rater in found["raters"]] == [2, 1]


def test_all_unusable(answers: Callable[..., Workspace]) -> None:
    """There is no expression to agree on."""
    found = result(answers(("f", "ada", "unusable"), ("f", "bob", "unusable")))
    assert "no face has an expression from two raters: agreement is not defined" in found["remarks"]


def test_class_nobody_used(answers: Callable[..., Workspace]) -> None:
    """Its figures are not defined, and it is named."""
    found = result(answers(("f", "ada", "happy"), ("f", "bob", "sad"), ("g", "ada", "sad"), ("g", "bob", "sad")))
    unused = "nobody answered angry, disgust, fear, surprise, neutral: nothing is known of agreement on it"
    assert unused in found["remarks"]
    disgust = next(entry for entry in found["classes"] if entry["name"] == "disgust")
    assert disgust["agreement"]["value"] is None


def test_rater_who_always_says_happy(answers: Callable[..., Workspace]) -> None:
    """It is remarked, and the others' κ with them is 0 or not defined."""
    faces = [f"{at:02}" for at in range(20)]
    rows = [(face, "ada", "happy" if at % 2 else "sad") for at, face in enumerate(faces)]
    found = result(answers(*rows, *((face, "bob", "happy") for face in faces)))
    assert "bob answers happy to 100% of faces: agreement with this rater says little" in found["remarks"]
    assert found["rater_pairs"][0]["kappa"]["value"] == 0


def test_everybody_always_says_happy(answers: Callable[..., Workspace]) -> None:
    """They agree always, and beyond chance nothing is defined."""
    found = result(answers(*((face, rater, "happy") for face in "fgh" for rater in ("ada", "bob"))))
    assert found["coefficients"]["observed"]["value"] == 1
    assert found["coefficients"]["alpha"]["value"] is None
    assert "every answer is happy: agreement beyond chance is not defined" in found["remarks"]


def test_contradictory_repeats(answers: Callable[..., Workspace]) -> None:
    """A rater who says otherwise at the second showing of most faces is named."""
    again = {"presentation": 1, "kind": "repeat"}
    found = result(
        answers(
            *((face, "ada", "happy") for face in "fgh"),
            *((face, "bob", "happy") for face in "fgh"),
            *((("f", "ada", "happy", again)), ("g", "ada", "sad", again), ("h", "ada", "fear", again)),
        )
    )
    assert found["raters"][0]["repeats"]["same"] == 1
    assert "ada answers 2 of 3 repeated faces otherwise than before" in found["remarks"]


def test_drift_is_found(answers: Callable[..., Workspace]) -> None:
    """A rater who goes with the others at first and guesses at last has a fall whose interval excludes 0."""
    rows = []
    for at in range(100):
        time = {"created_at": f"2026-01-01T00:{at // 60:02}:{at % 60:02}Z", "lead_time_s": 2.0 + at}
        true = ("happy", "sad")[at % 2]
        rows += [(f"{at:03}", rater, true, time) for rater in ("bob", "eve")]
        rows.append((f"{at:03}", "ada", true if at < 50 else "fear", time))
    found = result(answers(*rows))
    ada = found["raters"][0]
    assert [block["agreement"]["value"] for block in ada["blocks"]] == [1, 1, 0.5, 0, 0]
    assert [block["pace_s"] for block in ada["blocks"]] == [11.5, 31.5, 51.5, 71.5, 91.5]
    assert ada["drift"]["value"] == -1
    assert any(remark.startswith("ada agrees with the others less at the end") for remark in found["remarks"])


def test_faces_of_one_photograph_are_one_source(workspace: Workspace) -> None:
    """Two faces of a photograph share a number, copies of it too; a face that nobody knows has its own."""

    def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
        empty = {"string": "", "bool": False}
        return pd.DataFrame(
            [
                {c.name: row.get(c.name, None if c.nullable else empty.get(c.type, 0)) for c in TABLES[name].columns}
                for row in rows
            ],
            dtype=object,
        )

    faces = [("a", "1"), ("b", "1"), ("c", "2"), ("d", "3")]
    workspace.replace("faces", table("faces", [{"face_id": face, "image_id": image} for face, image in faces]))
    groups = [("1", "1"), ("2", "1"), ("3", "3")]
    workspace.replace("splits", table("splits", [{"image_id": image, "group_id": group} for image, group in groups]))
    assert sources(workspace, pd.Series(["a", "b", "c", "d", "e"]).to_numpy(object)).tolist() == [0, 0, 0, 1, 2]


def test_order_of_rows_does_not_matter(answers: Callable[..., Workspace]) -> None:
    """The same answers in another order give the same figures, bit for bit."""
    rows = [
        (face, rater, label) for face in "fgh" for rater, label in (("ada", "sad"), ("bob", "fear"), ("eve", "sad"))
    ]
    assert result(answers(*rows)) == result(answers(*reversed(rows)))
