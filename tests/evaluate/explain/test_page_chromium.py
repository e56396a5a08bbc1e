"""The page of explained errors in a real Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluate.answers import answers
from evaluate.explain.means import mean_faces
from evaluate.explain.step import Explained, Explanation, Neighbour
from evaluate.explain.write import write
from evaluate.said import Said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workspace.faceset import FaceSet

pytestmark = pytest.mark.chromium


@pytest.fixture
def page(face_set: Callable[..., FaceSet], planted: Callable[..., Any], tmp_path: Path) -> Path:
    """Fear taken for surprise, with all that a face can have, and names that are long or not nice."""
    name = "fer2013/" + "a" * 90 + "<b>.png"
    faces = face_set([2, 6], places=[name, "b"])
    network = planted(faces, [5, 6])
    given = answers(faces, next(network.batches([faces.pixels])), None, None)
    random = np.random.default_rng(0)
    near = tuple(Neighbour(name, 2, 0.9, at == 3, faces.pixels[1]) for at in range(5))
    one = Explained(
        0,
        faces.pixels[0],
        random.random((6, 6), np.float32),
        np.zeros((6, 6), np.float32),
        random.normal(size=(7, 48, 48)) / 9,
        near,
    )
    found = Explanation(
        asked=Said(network, "test", faces, given, faces, None, tmp_path),
        faces=(one,),
        layer="activation_13",
        no_gradcam="",
        training="fer2013.csv",
        searched=28_709,
        learnt=None,
        no_neighbours="",
        means=mean_faces(faces.pixels, given.labels, given.predicted, 7),
        side=8,
    )
    write(found, tmp_path / "out")
    return tmp_path / "out" / "explain.html"


@pytest.mark.parametrize("width", [390, 1280])
def test_asks_for_nothing_and_fits(page: Path, tab: Any, width: int) -> None:
    """The page and pictures inside it are all that is loaded, nothing is complained of, nothing scrolls sideways."""
    tab.open_and_look(page, width)


def test_what_is_said_of_a_face(page: Path, tab: Any) -> None:
    """Label and answer, a map that says nothing, the copy among the neighbours, a name that is no mark-up."""
    tab.open(page, 1280)
    assert tab.value("document.querySelector('article h3').innerText").split() == ["fear", "→", "surprise", "90", "%"]
    assert tab.value("document.querySelectorAll('.looks img').length") == 4
    assert "nothing in the map speaks for it" in tab.value("document.querySelector('.looks').innerText")
    same = "[...document.querySelectorAll('.near li')].map(one => one.innerText.includes('the same picture')).join()"
    assert tab.value(same) == "false,false,false,true,false"
    assert tab.value("document.querySelector('article b:not([class])').closest('bdi')") is None
    assert "<b>.png" in tab.value("document.querySelector('.near bdi').title")
