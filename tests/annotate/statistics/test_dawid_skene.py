"""Dawid and Skene's model: the published example, another library, and planted raters."""

from __future__ import annotations

import numpy as np
import pytest

from annotate.statistics.dawid_skene import dawid_skene
from annotate.statistics.majority import leading
from annotate.statistics.ratings import Ratings

PATIENTS = """
111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3|222 2 2 2 3
232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1|111 1 1 1 1|111 1 1 1 1
222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2|111 1 1 1 1|111 1 1 1 1|232 2 2 2 2
111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3|111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3
221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1|111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2
"""
"""45 patients, five anaesthetists, four grades; the first gave three opinions of each: A. P. Dawid and A. M. Skene,
Applied Statistics 28 (1979), Table 1."""


def patients() -> Ratings:
    """The published data; an observer's three opinions are three answers."""
    entries = [
        (at, rater, int(grade) - 1)
        for at, patient in enumerate(PATIENTS.replace("\n", "|").strip("|").split("|"))
        for rater, grades in enumerate(patient.split())
        for grade in grades
    ]
    face, rater, answer = np.array(entries).T
    return Ratings(45, tuple("12345"), tuple("1234"), face, rater, answer)


def test_published_shares() -> None:
    """Dawid and Skene print 0.40, 0.42, 0.11 and 0.07 for the four grades."""
    fit = dawid_skene(patients(), smoothing=0, tolerance=1e-9)
    assert fit.prior.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]


def test_as_crowd_kit() -> None:
    """Shares, probabilities and confusions of crowd-kit 1.4.2's `DawidSkene(n_iter=40, tol=-1)` on the same data."""
    fit = dawid_skene(patients(), smoothing=0, most=40, tolerance=0)
    assert fit.prior == pytest.approx(
        [0.39955475288268, 0.4219833919144738, 0.111795188536141, 0.0666666666667], abs=1e-8
    )
    assert fit.posterior[6, :2] == pytest.approx([0.981020295038741, 0.01897970496125903], abs=1e-8)
    first = [
        [0.8894883486824564, 0, 0.11051165131383581, 0],
        [0.07058545052884474, 0.05303461262987072, 0.8763799368395292, 0],
        [0, 0.6611784597949873, 0.338821540191761, 0],
        [0, 0.5555555555434667, 0, 0.444444444434311],
    ]
    # crowd-kit's rows come in the order in which it met the answers: 1, 3, 2, 4.
    assert fit.confusion[0][:, [0, 2, 1, 3]] == pytest.approx(np.array(first), abs=1e-8)


def planted(seed: int, faces: int = 1000) -> tuple[Ratings, np.ndarray, np.ndarray]:
    """Five raters, three answers of ten missing: one guesses, three see surprise in most fearful faces."""
    random = np.random.default_rng(seed)
    truth = random.choice(7, faces, p=[0.12, 0.04, 0.12, 0.27, 0.15, 0.12, 0.18])
    matrices = np.array([[random.dirichlet(np.full(7, 2.0)) for _ in range(7)] for _ in range(5)])
    sure = np.array([0.2, 0.7, 0.7, 0.7, 0.7])[:, None, None]
    matrices = matrices * (1 - sure) + np.eye(7) * sure
    matrices[1:4, 2] *= 0.4
    matrices[1:4, 2, 5] += 0.6
    face, rater = np.repeat(np.arange(faces), 5), np.tile(np.arange(5), faces)
    there = random.random(len(face)) > 0.3
    face, rater = face[there], rater[there]
    drawn = random.random(len(face))[:, None] > matrices[rater, truth[face]].cumsum(axis=1)
    return Ratings(faces, tuple("abcde"), tuple("0123456"), face, rater, drawn.sum(axis=1).clip(0, 6)), truth, matrices


def right(first: np.ndarray, truth: np.ndarray) -> float:
    """Share of faces right; where n answers are first together, each counts 1/n."""
    return float((first / np.maximum(first.sum(axis=1, keepdims=True), 1))[np.arange(len(truth)), truth].mean())


def test_planted_raters_are_recovered() -> None:
    """Over ten seeds it is right on five faces in a hundred more than the majority, and never on fewer."""
    gains, errors = [], []
    for seed in range(10):
        ratings, truth, matrices = planted(seed)
        fit = dawid_skene(ratings)
        gains.append(right(leading(fit.posterior), truth) - right(leading(ratings.counts()), truth))
        errors.append(float(np.abs(fit.confusion - matrices).mean()))
    assert min(gains) > 0
    assert np.mean(gains) > 0.05
    assert np.mean(errors) < 0.03


def test_bias_is_seen() -> None:
    """That three raters see surprise in fear does not make surprise of fear: the fourth is believed."""
    ratings, truth, _ = planted(0, 3000)
    fit = dawid_skene(ratings)
    assert fit.confusion[1, 2].argmax() == 5
    recalled = fit.posterior[truth == 2].argmax(axis=1) == 2
    voted = ratings.counts()[truth == 2].argmax(axis=1) == 2
    assert recalled.mean() > voted.mean() + 0.2


def test_names_of_raters_and_classes_do_not_matter() -> None:
    """Other numbers for the same raters give the same probabilities."""
    ratings, _, _ = planted(1, 200)
    order = np.array([3, 1, 4, 0, 2])
    turned = Ratings(200, ratings.raters, ratings.options, ratings.face, order[ratings.rater], ratings.answer)
    assert np.allclose(dawid_skene(ratings).posterior, dawid_skene(turned).posterior, atol=1e-6)


def test_faces_without_answers() -> None:
    """A face that nobody answered is of each class as often as faces are."""
    fit = dawid_skene(Ratings.of([[0, 0], [1, 1], [None, None]], "ab"))
    assert fit.posterior[2] == pytest.approx(fit.prior, abs=1e-3)


def test_no_answer_at_all() -> None:
    """Nothing is known, and nothing fails."""
    fit = dawid_skene(Ratings.of([[None], [None]], "ab"))
    assert np.isfinite(fit.posterior).all()


def test_one_rater_who_always_says_the_same() -> None:
    """One answer for all faces stays that answer."""
    fit = dawid_skene(Ratings.of([[1], [1], [1]], "ab"))
    assert (fit.posterior.argmax(axis=1) == 1).all()
