"""The report."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from evaluate.report.step import report
from evaluate.run import Call, Evaluation, measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from workspace.faceset import FaceSet


def test_answer_comes_first(evaluation: Evaluation) -> None:
    """Before anything else the page says how well, with the interval."""
    text = re.sub(r"<[^>]+>", " ", report(evaluation, 2).partition("<body>")[2])
    assert text.index("85.1") < text.index("Figures")
    assert "recognises 85.1 % of 396 faces (95 % interval 81.3 to 88.3)" in text


def test_every_cell_leads_to_its_faces(evaluation: Evaluation) -> None:
    """A link in the matrix for each of Table III's 29 cells that hold a face, each to a panel that is there."""
    page = report(evaluation, 2)
    links = set(re.findall(r'<a class="(?:hit|miss)[^"]*" href="#([a-z]+-as-[a-z]+)"', page))
    assert len(links) == 29
    assert links == set(re.findall(r'<section class="panel[^"]*" id="([^"]+)"', page))


def test_most_confident_first(face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call) -> None:
    """In a cell the face of which the network is surest stands first."""
    faces = face_set([2, 2, 2])
    network = planted(faces, [5, 5, 5])
    for face, sure in zip(faces.pixels, (0.6, 0.8, 0.7), strict=True):
        network.answers[face.tobytes()] = np.array([0, 0, 1 - sure, 0, 0, sure, 0], np.float32)
    page = report(measure(call, network, faces, "test", None), 12)
    panel = page.partition('id="fear-as-surprise"')[2].partition("</section>")[0]
    assert re.findall(r"<b>surprise (\d+)", panel) == ["80", "70", "60"]


def test_no_more_faces_than_asked_for(evaluation: Evaluation) -> None:
    """With 0 the page shows nobody, and is whole all the same."""
    assert "<img" not in report(evaluation, 0)
    assert report(evaluation, 1).count("<img") < report(evaluation, 3).count("<img")


def test_page_asks_for_nothing(evaluation: Evaluation) -> None:
    """Its policy allows pictures inside it and its own styles, and it has no script."""
    page = report(evaluation, 2)
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!data:image/|#)', page)


def test_hostile_name_is_text(evaluation: Evaluation) -> None:
    """A face's name makes no element."""
    names = tuple('<img src=x onerror="alert(1)">{{7*7}}' for _ in evaluation.answers.names)
    hostile = dataclasses.replace(evaluation, answers=dataclasses.replace(evaluation.answers, names=names))
    page = report(hostile, 2)
    assert "<img src=x" not in page
    assert "{{7*7}}" in page


@pytest.mark.parametrize("labels", [[3], [3, 3], [0, 1, 2, 3, 4, 5, 6]])
def test_hardly_any_face(
    face_set: Callable[..., FaceSet], planted: Callable[..., Any], call: Call, labels: list[int]
) -> None:
    """Pages of one face, of one class, and without any error are made too."""
    faces = face_set(labels)
    page = report(measure(call, planted(faces, labels), faces, "test", None), 12)
    assert "No class is taken for another" in page
    assert "nan" not in re.sub(r"data:image/[^\"]+", "", page)
