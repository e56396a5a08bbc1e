"""Which classes are taken for which, and whether raters confuse them too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from evaluate.result import Confusion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evaluate.result import Answers

_FEW = 5
"""Errors below which nothing is said about their cause."""
_MOSTLY, _HARDLY = 2 / 3, 1 / 3
"""Part of the errors that a rater would make too, from which on and up to which the cause is called one-sided."""


def confusions(answers: Answers) -> tuple[Confusion, ...]:
    """Every pair of label and wrong answer that occurs.

    Whether the picture or the network is at fault is told by the raters: drawn at random, a rater of all faces with
    that label would have given the wrong answer so and so often (the sum of its shares). Where that is at least two
    thirds of what the network did, raters confuse the two about as often, and the picture is to blame; up to one
    third it is the network. Where the label was made of the same votes this is a lower bound for the raters.

    Returns:
        The commonest first; of equally common ones those with the greater share of their label. In each, the faces of
        which the network was surest come first.
    """
    predicted, confidence = answers.predicted, answers.confidence
    found = []
    for actual in range(len(answers.classes)):
        labelled = answers.labels == actual
        for other in np.unique(predicted[labelled & (predicted != actual)]):
            faces = np.flatnonzero(labelled & (predicted == other))
            ordered = faces[np.argsort(-confidence[faces], kind="stable")]
            found.append(_confusion(answers, actual, int(other), labelled, ordered))
    return tuple(sorted(found, key=lambda one: (-one.n, -one.share)))


def _confusion(
    answers: Answers, actual: int, other: int, labelled: NDArray[np.bool_], faces: NDArray[np.int64]
) -> Confusion:
    n, total = len(faces), int(labelled.sum())
    rated, on_label, on_answer, expected = 0, math.nan, math.nan, math.nan
    if answers.shares is not None:
        known = answers.rated
        these = faces[known[faces]]
        rated = len(these)
        if rated:
            on_label, on_answer = (float(answers.shares[these, one].mean()) for one in (actual, other))
            expected = float(answers.shares[labelled & known, other].mean()) * total
    return Confusion(
        actual=answers.classes[actual],
        predicted=answers.classes[other],
        n=n,
        share=n / total,
        rated=rated,
        raters_actual=on_label,
        raters_predicted=on_answer,
        by_a_rater=expected,
        verdict=_verdict(n, rated, expected),
        faces=tuple(int(face) for face in faces),
    )


def _verdict(n: int, rated: int, expected: float) -> str:
    if rated < _FEW:
        return "few"
    part = expected / n
    return "picture" if part >= _MOSTLY else "network" if part <= _HARDLY else "both"
