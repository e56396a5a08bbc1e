"""Writes an explanation: one page, the pictures in it as files, and the figures as JSON."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.explain.pictures import face_picture, fall_picture, heat_picture, means_picture
from evaluate.folder import write_folder
from workspace.crops import png

if TYPE_CHECKING:
    from pathlib import Path

    from evaluate.explain.step import Explained, Explanation, Neighbour

RESULTS = "explain.json"
"""Written last: where it lies, the rest is whole."""


@dataclass(frozen=True)
class Picture:
    """A picture of a face in the page.

    Attributes:
        file: Its name in the folder.
        data: Of the PNG file.
        title: What it is.
        text: What it says, in words.
    """

    file: str
    data: bytes
    title: str
    text: str

    @property
    def uri(self) -> str:
        """As the page has it."""
        return _uri(self.data)


@dataclass(frozen=True)
class Card:
    """A face in the page.

    Attributes:
        name: Of the face.
        label: Its label.
        answer: What the network says.
        probabilities: Class -> probability, the likeliest first.
        pictures: The face, Grad-CAMs, occlusion map.
        near: Name, label, cosine, whether it is a copy, and picture of the nearest training pictures.
    """

    name: str
    label: str
    answer: str
    probabilities: list[tuple[str, float]]
    pictures: list[Picture]
    near: list[dict[str, Any]]


def write(found: Explanation, out: Path) -> dict[str, Any]:
    """Writes `explain.html`, the pictures and `explain.json`.

    Args:
        found: What is to be written.
        out: A folder; made where there is none. Pictures of an earlier explanation are taken out.

    Returns:
        What `explain.json` holds.

    Raises:
        StorageError: The disk refused it.
    """
    cards = [_card(found, one, number) for number, one in enumerate(found.faces, 1)]
    means = png(means_picture(found.means))
    results = _results(found, cards)
    files = {picture.file: picture.data for card in cards for picture in card.pictures}
    files["mean-faces.png"] = means
    files["explain.html"] = _page(found, cards, means).encode("utf-8", "backslashreplace")
    (out / RESULTS).unlink(missing_ok=True)
    for old in out.glob("faces/*.png"):
        old.unlink()
    write_folder(out, files, RESULTS, results)
    return results


def _card(found: Explanation, one: Explained, number: int) -> Card:
    answers = found.asked.answers
    classes = answers.classes
    label, answer = int(answers.labels[one.at]), int(answers.predicted[one.at])
    given = dict(zip(classes, answers.probabilities[one.at].tolist(), strict=True))
    pictures = [("face", face_picture(one.pixels), "as the network sees it", "")]
    if one.for_answer is not None and one.for_label is not None:
        pictures.append(
            ("gradcam-answer", heat_picture(one.pixels, one.for_answer), *_heat(classes[answer], one.for_answer))
        )
        if label != answer:
            pictures.append(
                ("gradcam-label", heat_picture(one.pixels, one.for_label), *_heat(classes[label], one.for_label))
            )
    fall = one.covered[answer]
    pictures.append(("covered", fall_picture(one.pixels, fall), f"covered, {classes[answer]}", _fall(fall)))
    return Card(
        name=answers.names[one.at],
        label=classes[label],
        answer=classes[answer],
        probabilities=sorted(given.items(), key=lambda pair: -pair[1]),
        pictures=[Picture(f"faces/{number:03}-{name}.png", png(made), *said) for name, made, *said in pictures],
        near=[_near(each, classes) for each in one.neighbours],
    )


def _heat(name: str, heat: Any) -> tuple[str, str]:
    return f"Grad-CAM, {name}", "" if heat.max() > 0 else "nothing in the map speaks for it"


def _fall(fall: Any) -> str:
    return f"{-100 * fall.max():+.0f} to {max(-100 * fall.min(), 0):+.0f} points"


def _near(one: Neighbour, classes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": classes[one.label],
        "cosine": one.cosine,
        "copy": one.copy,
        "uri": _uri(png(one.pixels)),
    }


def _results(found: Explanation, cards: list[Card]) -> dict[str, Any]:
    asked = found.asked
    faces = []
    for card, one in zip(cards, found.faces, strict=True):
        fall = one.covered[int(asked.answers.predicted[one.at])]
        row, column = np.unravel_index(int(fall.argmax()), fall.shape)
        faces.append(
            {
                "name": card.name,
                "label": card.label,
                "answer": card.answer,
                "probabilities": dict(card.probabilities),
                "covering": {"greatest_fall": float(fall.max()), "row": int(row), "column": int(column)},
                "nearest": [{key: value for key, value in each.items() if key != "uri"} for each in card.near],
                "pictures": [picture.file for picture in card.pictures],
            }
        )
    return {
        "format": 1,
        "network": asked.model.name,
        "data": asked.everything.source,
        "split": asked.split,
        "evaluated": len(asked.faces),
        "gradcam_layer": found.layer or None,
        "no_gradcam": found.no_gradcam,
        "occlusion_side": found.side,
        "training": found.training or None,
        "searched": found.searched,
        "learnt_from_training": found.learnt,
        "no_neighbours": found.no_neighbours,
        "cells": [[one.n for one in row] for row in found.means],
        "faces": faces,
    }


def _page(found: Explanation, cards: list[Card], means: bytes) -> str:
    import jinja2

    from evaluate.report.step import percent

    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [jinja2.PackageLoader("evaluate", "explain"), jinja2.PackageLoader("evaluate", "report")]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent)
    template = environment.get_template("explain.html.jinja")
    return template.render(found=found, cards=cards, means=_uri(means), name=found.asked.model.name.partition("@")[0])


def _uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"
