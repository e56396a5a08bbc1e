"""Which scaling and which order of labels a network without a card wants, and how sure that is."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.emotion import CONTEMPT, NAMES
from workspace.interval import wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

FEWEST = 10
"""Faces of a class below which its output is called doubtful, whatever they say."""


@dataclass(frozen=True)
class Candidate:
    """One scaling with the order of labels that fits it best.

    Attributes:
        scaling: Its name, as `--input-scaling` has it.
        order: mien's names in the order of the outputs; `contempt` for an eighth output.
        right: Faces whose likeliest class is the label's, each judged by an order found on the other half.
        n: Faces.
        doubtful: Classes with fewer than 10 faces, or whose output is another one in the other half of the faces, or
            which could change outputs with another class without losing surely (McNemar's z below 1.96).
    """

    scaling: str
    order: tuple[str, ...]
    right: int
    n: int
    doubtful: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """Share that is right."""
        return self.right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % Wilson interval."""
        return wilson(self.right, self.n)


@dataclass(frozen=True)
class Probe:
    """What a probe found.

    Attributes:
        candidates: All scalings, the most accurate first.
        sure: Whether the best one's interval lies above the next one's, and no class is doubtful.
    """

    candidates: tuple[Candidate, ...]
    sure: bool

    @property
    def best(self) -> Candidate:
        """The scaling and order that fit best."""
        return self.candidates[0]

    @property
    def sentence(self) -> str:
        """What was found and how sure it is, for a message."""
        best = self.best
        text = f"of {best.n:,} labelled faces {_share(best)} are right with --input-scaling {best.scaling}"
        if len(self.candidates) > 1:
            text += f", {_share(self.candidates[1])} with {self.candidates[1].scaling}"
        if best.doubtful:
            text += f"; in doubt: {', '.join(best.doubtful)}"
        return text + ("" if self.sure else "; that is not sure")

    def as_json(self) -> dict[str, Any]:
        """All of it in plain values."""
        return {
            "sure": self.sure,
            "flags": self.flags,
            "candidates": [
                {
                    **dataclasses.asdict(each),
                    "accuracy": each.accuracy,
                    "low": each.interval[0],
                    "high": each.interval[1],
                }
                for each in self.candidates
            ],
        }

    @property
    def flags(self) -> str:
        """The settings that say it."""
        return f"--input-scaling {self.best.scaling} --label-order {','.join(self.best.order)}"


def probe(outputs: Mapping[str, NDArray[np.float32]], labels: NDArray[np.int8]) -> Probe:
    """Finds the scaling and order under which a network agrees best with labels.

    Outputs are assigned to classes one to one so that most faces are right (the Hungarian method on the counts of
    likeliest output against label). An order found on the faces it is judged by would flatter: each half of the faces
    is judged by the order that the other half gives.

    Args:
        outputs: Name of a scaling -> what the network gives, float32 `[N, K]`, K 7 or 8.
        labels: FER-2013's numbers, int8 `[N]`, none of them missing; N at least 2.

    Returns:
        All candidates, and whether the best is sure.
    """
    found = sorted((_candidate(name, given, labels) for name, given in outputs.items()), key=lambda each: -each.right)
    clear = len(found) == 1 or found[0].interval[0] > found[1].interval[1]
    return Probe(tuple(found), clear and not found[0].doubtful)


def _share(candidate: Candidate) -> str:
    low, high = candidate.interval
    return f"{candidate.accuracy:.1%} ({low:.1%} to {high:.1%})"


def _candidate(name: str, outputs: NDArray[np.float32], labels: NDArray[np.int8]) -> Candidate:
    likeliest = np.nan_to_num(outputs, nan=-np.inf).argmax(axis=1)
    # Half of each class, drawn: both halves have all classes, and no order of the faces makes them differ.
    half = np.zeros(len(labels), dtype=bool)
    random = np.random.default_rng(0)
    for number in range(len(NAMES)):
        half[random.permutation(np.flatnonzero(labels == number))[1::2]] = True
    outputs_count = outputs.shape[1]
    orders = [_assigned(likeliest[part], labels[part], outputs_count) for part in (half, ~half)]
    right = sum(
        int((order[labels[other]] == likeliest[other]).sum())
        for order, other in zip(orders, (~half, half), strict=True)
    )
    whole = _assigned(likeliest, labels, outputs_count)
    swappable = _swappable(_counted(likeliest, labels, outputs_count)[:, whole])
    counts = np.bincount(labels, minlength=len(NAMES))
    doubtful = tuple(
        emotion
        for number, emotion in enumerate(NAMES)
        if counts[number] < FEWEST or orders[0][number] != orders[1][number] or number in swappable
    )
    names = [CONTEMPT] * outputs_count
    for number, place in enumerate(whole):
        names[place] = NAMES[number]
    return Candidate(name, tuple(names), right, len(labels), doubtful)


def _assigned(likeliest: NDArray[np.int64], labels: NDArray[np.int8], outputs: int) -> NDArray[np.int64]:
    """Class number -> its output, so that most faces are right."""
    from scipy.optimize import linear_sum_assignment

    counts = _counted(likeliest, labels, outputs)
    return np.asarray(linear_sum_assignment(counts, maximize=True)[1], dtype=np.int64)


def _counted(likeliest: NDArray[np.int64], labels: NDArray[np.int8], outputs: int) -> NDArray[np.int64]:
    counts = np.zeros((len(NAMES), outputs), dtype=np.int64)
    np.add.at(counts, (labels, likeliest), 1)
    return counts


def _swappable(counts: NDArray[np.int64]) -> set[int]:
    """Classes whose outputs could be exchanged: of the faces that would decide, too few speak against it."""
    found: set[int] = set()
    for one, other in itertools.combinations(range(len(NAMES)), 2):
        against = counts[one, one] + counts[other, other]
        favour = counts[one, other] + counts[other, one]
        if against - favour < 1.96 * np.sqrt(against + favour):
            found |= {one, other}
    return found
