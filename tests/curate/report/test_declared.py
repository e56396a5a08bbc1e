"""What is declared of the pictures."""

from __future__ import annotations

import pandas as pd

from curate.report.declared import DECLARED, declared

NO_COPIES = pd.DataFrame({"image_id": [], "group_id": []}, dtype=str)


def sources(*rows: dict[str, str]) -> pd.DataFrame:
    """Rows with the declared columns; those not named hold nothing."""
    return pd.DataFrame(list(rows), columns=["image_id", *DECLARED], dtype=str)


def test_pictures_and_faces_are_counted_by_value() -> None:
    """Two happy pictures with three faces, one sad one with none; the commonest first."""
    rows = sources(
        {"image_id": "c", "label": "sad"}, {"image_id": "a", "label": "happy"}, {"image_id": "b", "label": "happy"}
    )
    found = declared(rows, NO_COPIES, pd.Series(["a", "a", "b"], dtype=str))
    assert found == {"label": [("happy", 2, 3), ("sad", 1, 0)]}


def test_declaration_holds_for_copies() -> None:
    """The kept copy says nothing of itself; the one that is out said who it is."""
    copies = pd.DataFrame({"image_id": ["a", "b"], "group_id": ["a", "a"]}, dtype=str)
    found = declared(sources({"image_id": "b", "identity": "Grace Hopper"}), copies, pd.Series(["a"], dtype=str))
    assert found == {"identity": [("Grace Hopper", 1, 1)]}


def test_picture_found_twice_counts_once() -> None:
    """Two byte-identical files of one label are one picture."""
    rows = sources({"image_id": "a", "label": "happy"}, {"image_id": "a", "label": "happy"})
    assert declared(rows, NO_COPIES, pd.Series(["a"], dtype=str)) == {"label": [("happy", 1, 1)]}


def test_rare_values_are_added_up() -> None:
    """Of 20 people 12 are named."""
    rows = sources(*({"image_id": str(at), "identity": f"person {at:02}"} for at in range(20)))
    found = declared(rows, NO_COPIES, pd.Series(["19"], dtype=str))["identity"]
    assert len(found) == 13
    assert found[-1] == ("8 more", 8, 1)


def test_nothing_declared_is_nothing() -> None:
    """No file said anything."""
    assert declared(sources({"image_id": "a"}), NO_COPIES, pd.Series(["a"], dtype=str)) == {}
