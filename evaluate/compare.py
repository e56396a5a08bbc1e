"""Networks compared on the same faces, in pairs."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.bootstrap import interval, resample
from evaluate.mcnemar import Comparison, holm, mcnemar
from evaluate.metrics import cohen_kappa, confusion_matrix, ratio
from evaluate.result import Estimate
from evaluate.shares import share
from schemas.emotion import NAMES
from workspace import lineage
from workspace.console import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evaluate.several import Several
    from schemas.settings import EvaluateSettings

    Floats = NDArray[np.float64]

_BATCH = 256
"""Faces that each network is asked about in its turn, so that whatever else the machine does meets all alike."""


@dataclass(frozen=True)
class Compared:
    """One network.

    Attributes:
        name: What it is called.
        accuracy: Share that is right.
        balanced_accuracy: Mean recall over the classes that have faces.
        megabytes: Of its file, 10⁶ bytes.
        faces_per_second: Of one core: faces over the processor time that asking about them took; 0 where it was not
            measured.
        pareto: Whether no other network is at least as accurate, as small and as fast, and better in one of them.
    """

    name: str
    accuracy: Estimate
    balanced_accuracy: Estimate
    megabytes: float
    faces_per_second: float
    pareto: bool


@dataclass(frozen=True)
class ClassDifference:
    """Two networks on the faces of one label.

    Attributes:
        name: The label.
        faces: How many.
        first: Recall of the first network.
        second: Of the second.
        difference: First less second.
        first_only: Faces that only the first recognises.
        second_only: Faces that only the second recognises.
        mid_p: McNemar's mid-p on these faces.
        mid_p_holm: The same, corrected by Holm for the number of labels.
    """

    name: str
    faces: int
    first: float
    second: float
    difference: Estimate
    first_only: int
    second_only: int
    mid_p: float
    mid_p_holm: float


@dataclass(frozen=True)
class Pair:
    """Two networks.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        accuracy: Accuracy of the first less that of the second.
        balanced_accuracy: The same of the mean recall.
        test: McNemar's.
        exact_p_holm: Its exact p-value, corrected by Holm for the number of pairs.
        mid_p_holm: Its mid-p value, corrected alike.
        classes: By label.
        agreement: Share of faces of which both say the same, right or wrong.
        kappa: Cohen's of the two answers.
        answers: `[K][K]` faces; rows what the first says, columns what the second says.
    """

    first: str
    second: str
    accuracy: Estimate
    balanced_accuracy: Estimate
    test: Comparison
    exact_p_holm: float
    mid_p_holm: float
    classes: tuple[ClassDifference, ...]
    agreement: float
    kappa: float
    answers: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Compare:
    """All that `evaluate compare` finds.

    Attributes:
        classes: The seven expressions.
        n: Faces.
        groups: How many independent groups they form.
        networks: In the order in which they were named.
        pairs: Each network with each that was named after it.
        names: Of the faces.
        labels: int64 `[N]`.
        answers: int64 `[M, N]`, each network's.
        left_out: Reason -> faces of the source that are not among them.
        protocol: What the figures rest on.
    """

    classes: tuple[str, ...]
    n: int
    groups: int
    networks: tuple[Compared, ...]
    pairs: tuple[Pair, ...]
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    answers: NDArray[np.int64]
    left_out: dict[str, int]
    protocol: dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What networks said of labelled faces.

    Attributes:
        labels: int64 `[N]`.
        answers: int64 `[M, N]`.
        groups: int64 `[N]`; faces of one number are drawn together.
        seconds: Processor seconds that each network took, `[M]`.
    """

    labels: NDArray[np.int64]
    answers: NDArray[np.int64]
    groups: NDArray[np.int64]
    seconds: tuple[float, ...]


def compare(asked: Several, settings: EvaluateSettings) -> Compare:
    """Asks all networks about all faces, measures what that takes, and compares each with each.

    Args:
        asked: Networks and faces.
        settings: `resamples` and `evaluate_seed`.
    """
    said = ask(asked)
    names = [one.name for one in asked.networks]
    accuracies, balanced, pairs = compared(said, names, settings)
    speeds = [len(said.labels) / one if one else 0.0 for one in said.seconds]
    megabytes = [one.size / 1e6 for one in asked.networks]
    front = pareto([(one.value, -size, fast) for one, size, fast in zip(accuracies, megabytes, speeds, strict=True)])
    networks = [Compared(*of) for of in zip(names, accuracies, balanced, megabytes, speeds, front, strict=True)]
    own = {"evaluate": {name: lineage.plain(settings)[name] for name in ("resamples", "evaluate_seed")}}
    return Compare(
        classes=NAMES,
        n=len(said.labels),
        groups=len(np.unique(said.groups)),
        networks=tuple(networks),
        pairs=pairs,
        names=tuple(asked.faces.places),
        labels=said.labels,
        answers=said.answers,
        left_out=asked.left_out,
        protocol={**asked.protocol, "settings": {**own, **asked.protocol["settings"]}},
    )


def ask(asked: Several) -> Said:
    """Asks the networks in turn, batch by batch; each once beforehand, since the first time takes longer."""
    pixels = asked.faces.pixels
    seconds = [0.0] * len(asked.networks)
    found: list[list[NDArray[np.int64]]] = [[] for _ in asked.networks]
    for network in asked.networks:
        network.model.predict(pixels[:_BATCH])

    def work() -> Iterator[int]:
        for start in range(0, len(pixels), _BATCH):
            faces = pixels[start : start + _BATCH]
            for at, network in enumerate(asked.networks):
                before = time.process_time()
                found[at].append(network.model.predict(faces).argmax(1))
                seconds[at] += time.process_time() - before
            yield len(faces)

    for _ in progress(work(), text="predicting", total=len(pixels), unit="faces"):
        pass
    labels = asked.faces.labels.astype(np.int64)
    return Said(labels, np.array([np.concatenate(one) for one in found]), asked.groups, tuple(seconds))


def compared(
    said: Said, names: list[str], settings: EvaluateSettings
) -> tuple[list[Estimate], list[Estimate], tuple[Pair, ...]]:
    """Compares networks by what they said.

    All intervals come of the same resamples of the faces, so that a difference is that of the same faces.

    Args:
        said: Answers of M networks.
        names: M names.
        settings: `resamples` and `evaluate_seed`.

    Returns:
        Accuracies, balanced accuracies, and each network with each that comes after it.
    """
    right = said.answers == said.labels
    together = list(combinations(range(len(names)), 2))
    count = len(NAMES)
    label = np.eye(count)[said.labels]
    values = np.concatenate([label, *(label * one[:, None] for one in right)], axis=1)

    def figures(sums: Floats) -> Floats:
        cells = sums.reshape(*sums.shape[:-1], len(names) + 1, count)
        faces, hits = cells[..., :1, :], cells[..., 1:, :]
        recalls = ratio(hits, faces)
        accuracy = ratio(hits.sum(-1), faces.sum(-1))
        known = faces > 0
        balanced = ratio(np.where(known, np.nan_to_num(recalls), 0).sum(-1), known.sum(-1))
        whole = np.concatenate([accuracy[..., None], balanced[..., None], recalls], axis=-1)
        apart = [whole[..., first, :] - whole[..., second, :] for first, second in together]
        return np.concatenate([balanced, *apart], axis=-1)

    resampled = resample(values, said.groups, settings.resamples, settings.evaluate_seed)
    ends = zip(figures(resampled.total), *interval(resampled, figures), strict=True)
    estimates = [_estimate(*one) for one in ends]
    balanced, width = estimates[: len(names)], count + 2
    tests = [mcnemar(right[first], right[second]) for first, second in together]
    exact, mid = (holm([getattr(one, name) for one in tests]) for name in ("exact_p", "mid_p"))
    pairs = []
    for at, (first, second) in enumerate(together):
        own = estimates[len(names) + at * width :][:width]
        answers = confusion_matrix(said.answers[first], said.answers[second], count)
        same = float(np.trace(answers) / answers.sum())
        pairs.append(
            Pair(
                names[first],
                names[second],
                own[0],
                own[1],
                tests[at],
                exact[at],
                mid[at],
                _classes(said.labels, right[first], right[second], own[2:]),
                same,
                _kappa(answers),
                tuple(tuple(int(cell) for cell in row) for row in answers),
            )
        )
    return [share(one, said.groups) for one in right], balanced, tuple(pairs)


def pareto(figures: list[tuple[float, ...]]) -> list[bool]:
    """Which entries no other beats: is as good in all figures and better in one. More is better.

    >>> pareto([(0.7, 1.0), (0.6, 2.0), (0.6, 1.0)])
    [True, True, False]
    """
    return [
        not any(all(a >= b for a, b in zip(other, one, strict=True)) and other != one for other in figures)
        for one in figures
    ]


def _classes(
    labels: NDArray[np.int64], first: NDArray[np.bool_], second: NDArray[np.bool_], differences: list[Estimate]
) -> tuple[ClassDifference, ...]:
    """By label, those that have faces."""
    there = [at for at in range(len(NAMES)) if (labels == at).any()]
    tests = {at: mcnemar(first[labels == at], second[labels == at]) for at in there}
    corrected = dict(zip(there, holm([tests[at].mid_p for at in there]), strict=True))
    return tuple(
        ClassDifference(
            NAMES[at],
            one.n,
            (one.both + one.first_only) / one.n,
            (one.both + one.second_only) / one.n,
            differences[at],
            one.first_only,
            one.second_only,
            one.mid_p,
            corrected[at],
        )
        for at, one in tests.items()
    )


def _kappa(answers: NDArray[np.int64]) -> float:
    """Cohen's kappa; 1 where both give one and the same answer throughout."""
    value = float(cohen_kappa(answers))
    return 1.0 if math.isnan(value) and np.trace(answers) == answers.sum() else value


def _estimate(value: float, low: float, high: float) -> Estimate:
    known = not (math.isnan(low) or math.isnan(high))
    return Estimate(float(value), float(low), float(high), "bca" if known else "")
