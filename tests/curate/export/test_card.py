"""The card says what is in the set, where it is from, and who is missing; no stranger's text is markup in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workspace import lineage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.store import Workspace


def test_counts(split: Workspace, make: Callable[..., Path]) -> None:
    """Classes by split, with their sum."""
    text = (make(split, "folders") / "README.md").read_text()
    assert "| class | train | validation | test | sum |\n|---|---:|---:|---:|---:|\n" in text
    assert "| happy | 3 | 0 | 0 | 3 |" in text
    assert "| sad | 0 | 1 | 0 | 1 |" in text
    assert "8 faces from 7 pictures" in text


def test_decisions(finished: Workspace, make: Callable[..., Path]) -> None:
    """What was taken out, by step and reason; what was kept but not exported."""
    text = (make(finished, "folders") / "README.md").read_text()
    assert "| ingest | not-an-image | 1 |" in text
    assert "| faces | small-face | 1 |" in text
    assert "| kept, but not exported: without a label | 1 |" in text
    assert "| exported | 9 |" in text
    assert "Faces that stand in a photograph with other exported faces, and share its one label: 2." in text


def test_licences(finished: Workspace, make: Callable[..., Path]) -> None:
    """Each declared licence with its faces; those without are said."""
    text = (make(finished, "folders") / "README.md").read_text()
    assert "| CC-BY-4.0 | 1 |" in text
    assert "| none declared | 7 |" in text
    assert "No licence has been given for the whole" in text


def test_the_only_licence_is_that_of_the_whole(finished: Workspace, make: Callable[..., Path]) -> None:
    """Where every picture declares the same one."""
    finished.replace("sources", finished.read("sources").assign(licence="MIT"))
    text = (make(finished, "folders") / "README.md").read_text()
    assert 'license_name: "MIT"' in text
    assert "The whole: MIT." in text


def test_who_is_missing(finished: Workspace, make: Callable[..., Path]) -> None:
    """Rare classes, and what is declared about people; it is never guessed."""
    text = (make(finished, "folders") / "README.md").read_text()
    assert "Classes with fewer than 100 faces: angry (1), disgust (1)" in text
    assert "- age, as declared: 30-39 1, not declared 8." in text
    assert "Declared people: 1; faces without a declared identity: 8." in text
    finished.replace("sources", finished.read("sources").assign(extra=None))
    text = (make(finished, "folders", "again") / "README.md").read_text()
    assert "It was not guessed from the pictures" in text


def test_a_strangers_text_is_only_text(finished: Workspace, make: Callable[..., Path]) -> None:
    """A licence cannot end its cell, begin a heading, load a picture or turn the text round."""
    text = (make(finished, "folders", title="Faces\n---\n# x") / "README.md").read_text()
    assert r"| &lt;img src=x onerror=alert(1)&gt;\| \# free | 1 |" in text
    assert "\u202e" not in text
    assert text.startswith('---\npretty_name: "Faces\\n---\\n# x"\n')


@pytest.mark.parametrize(
    ("split_by", "words"),
    [
        ("groups", "stay in one split"),
        ("usage", "not drawn by groups"),
        ("usage-clean", "without the held-out pictures"),
    ],
)
def test_how_splits_were_made(split: Workspace, make: Callable[..., Path], split_by: str, words: str) -> None:
    """Drawn by groups, or FER-2013's own with its leaks: the card says which."""
    lineage.Run(split, "split", {"split_by": split_by}).finish({})
    assert words in (make(split, "folders") / "README.md").read_text()
