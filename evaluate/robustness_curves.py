"""How networks do under each corruption at each strength."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.corruption import CORRUPTIONS, STRENGTHS, corrupt
from evaluate.metrics import confusion_matrix, recall
from evaluate.robustness import evenly
from evaluate.shares import share
from schemas.emotion import NAMES
from workspace import lineage
from workspace.console import progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evaluate.result import Estimate
    from evaluate.several import Network, Several
    from schemas.settings import RobustnessSettings

_BATCH = 256
"""Faces corrupted and asked about at once: what a progress bar moves by."""


@dataclass(frozen=True)
class Point:
    """One strength.

    Attributes:
        strength: 1 to 5.
        says: What is done, in words.
        accuracy: Share that is right.
        unchanged: Share with the answer that the face as it is gets.
    """

    strength: int
    says: str
    accuracy: Estimate
    unchanged: Estimate


@dataclass(frozen=True)
class Curve:
    """One corruption.

    Attributes:
        corruption: Its name.
        points: A strength each.
        error: Mean error over the strengths, 0 to 1.
        relative: CE of Hendrycks and Dietterich: the error over that of the first network; 1 for the first.
        relative_loss: Their relative CE: the same of what the error grows by; NaN where the first loses nothing.
        recalls: Recall of each class, the mean over the strengths; NaN for one without faces.
        worst: The class whose recall falls most; empty where no class has faces.
    """

    corruption: str
    points: tuple[Point, ...]
    error: float
    relative: float
    relative_loss: float
    recalls: tuple[float, ...]
    worst: str


@dataclass(frozen=True)
class Robust:
    """One network.

    Attributes:
        name: What it is called.
        clean: Accuracy on the faces as they are.
        recalls: Of each class on these; NaN for one without faces.
        curves: A corruption each.
        error: Mean error over corruptions and strengths, 0 to 1.
        times_clean: That over the error on the faces as they are; NaN where there is none.
        relative: mCE of Hendrycks and Dietterich: the mean of the curves' `relative` that can be told.
        relative_loss: Their relative mCE: the mean of the curves' `relative_loss` that can be told.
    """

    name: str
    clean: Estimate
    recalls: tuple[float, ...]
    curves: tuple[Curve, ...]
    error: float
    times_clean: float
    relative: float
    relative_loss: float


@dataclass(frozen=True)
class Robustness:
    """All that `evaluate robustness` finds.

    Attributes:
        classes: The seven expressions, in the order of the recalls.
        n: Faces, evenly taken.
        groups: How many independent groups they form.
        networks: In the order in which they were named.
        left_out: Reason -> faces of the source that could not be among them.
        face: uint8 `[48, 48]`, the first of the faces, for a picture of what is done.
        protocol: What the figures rest on.
    """

    classes: tuple[str, ...]
    n: int
    groups: int
    networks: tuple[Robust, ...]
    left_out: dict[str, int]
    face: NDArray[np.uint8]
    protocol: dict[str, Any]


@dataclass(frozen=True)
class _Said:
    """A network's answers: int64 `[N]` on plain faces, `[C, S, N]` on corrupted ones."""

    plain: NDArray[np.int64]
    corrupted: NDArray[np.int64]


def curves(asked: Several, settings: RobustnessSettings) -> Robustness:
    """Measures networks on faces that are seen worse.

    CE = Σ E / Σ E of the first network, sums over the strengths; relative CE = Σ (E - E clean) / Σ (E - E clean) of
    the first; their means over the corruptions are mCE and relative mCE: Hendrycks and Dietterich (ICLR 2019), section
    4, whose first network is AlexNet.

    Args:
        asked: Networks and faces.
        settings: How many faces, and the seed.
    """
    taken = evenly(len(asked.faces), settings.corruption_faces)
    pixels, labels = asked.faces.pixels[taken], asked.faces.labels[taken].astype(np.int64)
    groups = asked.groups[taken]
    said = _answers(asked.networks, pixels, taken, settings.corruption_seed)
    networks: list[Robust] = []
    for network, one in zip(asked.networks, said, strict=True):
        networks.append(_robust(network.name, one, labels, groups, networks[0] if networks else None))
    protocol = {**asked.protocol, "settings": {"robustness": lineage.plain(settings), **asked.protocol["settings"]}}
    n, independent = len(taken), len(np.unique(groups))
    return Robustness(NAMES, n, independent, tuple(networks), asked.left_out, pixels[0], protocol)


def _answers(
    networks: tuple[Network, ...], pixels: NDArray[np.uint8], rows: NDArray[np.int64], seed: int
) -> list[_Said]:
    """Each picture is corrupted once, for all networks."""
    count = len(pixels)
    said = [
        _Said(np.zeros(count, np.int64), np.zeros((len(CORRUPTIONS), len(STRENGTHS), count), np.int64))
        for _ in networks
    ]

    def work() -> Iterator[int]:
        for start in range(0, count, _BATCH):
            these = slice(start, start + _BATCH)
            faces, numbers = pixels[these], rows[these].tolist()
            for network, one in zip(networks, said, strict=True):
                one.plain[these] = network.model.predict(faces).argmax(1)
            for at, corruption in enumerate(CORRUPTIONS):
                for strength in STRENGTHS:
                    worse = corrupt(faces, corruption, strength, numbers, seed)
                    for network, one in zip(networks, said, strict=True):
                        one.corrupted[at, strength - 1, these] = network.model.predict(worse).argmax(1)
                    yield len(faces)

    total = count * len(CORRUPTIONS) * len(STRENGTHS)
    for _ in progress(work(), text="corrupting", total=total, unit="faces"):
        pass
    return said


def _robust(
    name: str, said: _Said, labels: NDArray[np.int64], groups: NDArray[np.int64], first: Robust | None
) -> Robust:
    clean, plain = share(said.plain == labels, groups), _recalls(labels, said.plain)
    made = []
    for at, corruption in enumerate(CORRUPTIONS):
        points = tuple(
            Point(
                strength,
                corruption.says(strength),
                share(answer == labels, groups),
                share(answer == said.plain, groups),
            )
            for strength, answer in zip(STRENGTHS, said.corrupted[at], strict=True)
        )
        error = float(np.mean([1 - point.accuracy.value for point in points]))
        recalls = np.mean([_recalls(labels, answer) for answer in said.corrupted[at]], axis=0)
        lost = plain - recalls
        other = first.curves[at] if first else None
        made.append(
            Curve(
                corruption.name,
                points,
                error,
                _ratio(error, other.error if other else error),
                _loss_ratio(error - (1 - clean.value), first, at),
                tuple(recalls.tolist()),
                "" if np.isnan(lost).all() else NAMES[int(np.nanargmax(lost))],
            )
        )
    error = float(np.mean([one.error for one in made]))
    return Robust(
        name,
        clean,
        tuple(plain.tolist()),
        tuple(made),
        error,
        _ratio(error, 1 - clean.value),
        _mean([one.relative for one in made]),
        _mean([one.relative_loss for one in made]),
    )


def _loss_ratio(loss: float, first: Robust | None, at: int) -> float:
    return _ratio(loss, first.curves[at].error - (1 - first.clean.value) if first else loss)


def _ratio(above: float, below: float) -> float:
    """The quotient; NaN where there is nothing below, or less.

    >>> _ratio(0.3, 0.6), _ratio(0.1, 0.0)
    (0.5, nan)
    """
    return above / below if below > 0 else math.nan


def _mean(values: list[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _recalls(labels: NDArray[np.int64], answers: NDArray[np.int64]) -> NDArray[np.float64]:
    return recall(confusion_matrix(labels, answers, len(NAMES)))
