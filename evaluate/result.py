"""What an evaluation finds: plain data, the one thing that report, tables, figures and the App are made of.

`plain` turns it into what `results.json` holds; `FORMAT` is raised when a field is renamed, removed or
changes its meaning.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 1
"""Version of `results.json`."""


@dataclass(frozen=True)
class Answers:
    """What a network said of labelled faces.

    Attributes:
        classes: Names of the network's classes in the order of its outputs, K of them.
        names: N names: face_id in a workspace, else where the face came from.
        labels: int64 `[N]`, index into `classes`.
        probabilities: float64 `[N, K]`; rows sum to 1.
        groups: int64 `[N]`; faces of one number share a picture and are no independent witnesses.
        votes: int64 `[N, K]`, raters' votes for each class, or None.
        shares: float64 `[N, K]`, the raters' distribution, NaN rows where there is none; or None.
        leaked: bool `[N]`, whether a copy of the face is among those to be trained on; None where that is unknown.
        columns: Name -> N values (floats, or texts) to slice by.
    """

    classes: tuple[str, ...]
    names: tuple[str, ...]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    groups: NDArray[np.int64]
    votes: NDArray[np.int64] | None = None
    shares: NDArray[np.float64] | None = None
    leaked: NDArray[np.bool_] | None = None
    columns: dict[str, Any] = field(default_factory=dict)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The likeliest class of each face; of equal ones the first."""
        answer: NDArray[np.int64] = self.probabilities.argmax(1)
        return answer

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The greatest probability of each face."""
        greatest: NDArray[np.float64] = self.probabilities.max(1)
        return greatest

    @property
    def rated(self) -> NDArray[np.bool_]:
        """Which faces have a distribution of raters."""
        if self.shares is None:
            return self.labels < 0
        known: NDArray[np.bool_] = self.shares.sum(1) > 0
        return known

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether the likeliest class is the label's."""
        right: NDArray[np.bool_] = self.predicted == self.labels
        return right


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes:
        value: NaN where it cannot be told.
        low: Lower end of the interval, NaN where there is none.
        high: Upper end.
        method: `wilson`, `bca`, or empty where there is no interval.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    method: str = ""


@dataclass(frozen=True)
class ClassScores:
    """One class.

    Attributes:
        name: The class.
        faces: Faces with its label.
        predicted: Faces for which it was predicted.
        precision: Of those predicted, the share that is right.
        recall: Of those labelled, the share that was recognised.
        f1: Their harmonic mean.
    """

    name: str
    faces: int
    predicted: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True)
class Variant:
    """The same network on fewer or otherwise weighted faces.

    Attributes:
        name: A short name that stays.
        meaning: What it is, in words.
        n: Faces it rests on.
        accuracy: Share that is right.
        balanced_accuracy: Mean recall over the classes that have faces.
    """

    name: str
    meaning: str
    n: int
    accuracy: Estimate
    balanced_accuracy: Estimate


@dataclass(frozen=True)
class ReliabilityBin:
    """Faces of which the network is about equally sure.

    Attributes:
        low: Least confidence, exclusive.
        high: Greatest, inclusive.
        n: Faces.
        confidence: Mean confidence.
        accuracy: Share that is right.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: Estimate


@dataclass(frozen=True)
class Calibration:
    """How far probabilities mean what they say.

    Attributes:
        log_loss: Mean -ln of the probability of the label, nats.
        brier: Mean squared distance from the label, 0 to 2.
        ece: Expected calibration error over equally wide ranges, 0 to 1.
        ece_equal_mass: The same over equally full ranges.
        ece_by_chance: What a perfectly calibrated network would show on so few faces.
        bins: The reliability diagram.
    """

    log_loss: Estimate
    brier: Estimate
    ece: float
    ece_equal_mass: float
    ece_by_chance: float
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True)
class Temperature:
    """What one number fitted on other faces does to the probabilities.

    Attributes:
        value: What logits are divided by; above 1 the network was too sure.
        fitted_on: Faces of the validation split it was fitted on.
        calibration: On the evaluated faces, with it.
    """

    value: float
    fitted_on: int
    calibration: Calibration


@dataclass(frozen=True)
class Band:
    """Faces on which raters agree about equally.

    Attributes:
        name: The band, in words.
        n: Faces.
        accuracy: Share on which the network gives the label.
    """

    name: str
    n: int
    accuracy: Estimate


@dataclass(frozen=True)
class Raters:
    """The network beside the people who labelled the faces.

    Attributes:
        faces: Faces with a distribution of raters.
        kl: Mean Kullback–Leibler divergence of the network's probabilities from the raters' shares, nats.
        brier: Mean squared distance between the two, 0 to 2.
        plurality: Share of faces without a tie on which the network gives the raters' commonest answer.
        bands: Accuracy by the raters' agreement.
        matrix: `[K][K]` votes: rows what the other raters of the face say, columns what a rater says; None
            without votes.
        network_matrix: The network's answers against the same rows, each face as often as above.
        rater_accuracy: Share of votes that agree with the other raters of the face.
        network_accuracy: The same of the network on the same faces.
    """

    faces: int
    kl: Estimate
    brier: Estimate
    plurality: Estimate
    bands: tuple[Band, ...]
    matrix: tuple[tuple[int, ...], ...] | None = None
    network_matrix: tuple[tuple[int, ...], ...] | None = None
    rater_accuracy: float = math.nan
    network_accuracy: float = math.nan


@dataclass(frozen=True)
class Slice:
    """Some of the faces.

    Attributes:
        column: What they are told apart by.
        value: The value or range they share.
        n: Faces.
        accuracy: Share that is right.
        expected: Accuracy that their mix of classes alone would give, from the recalls over all faces.
        small: Whether they are too few to say much.
    """

    column: str
    value: str
    n: int
    accuracy: Estimate
    expected: float
    small: bool


@dataclass(frozen=True)
class Confusion:
    """One class taken for another.

    Attributes:
        actual: The label.
        predicted: The answer.
        n: Faces.
        share: Of the faces with that label.
        rated: Of the n, those with a distribution of raters.
        raters_actual: Mean share of votes for the label on these.
        raters_predicted: Mean share of votes for the network's answer on these.
        by_a_rater: How many of all faces with that label a rater drawn at random would have taken for the other.
        verdict: `picture` (raters confuse it about as often), `both`, `network`, or `few` (too few to tell).
        faces: Their places among the answers, the most confident first.
    """

    actual: str
    predicted: str
    n: int
    share: float
    rated: int
    raters_actual: float
    raters_predicted: float
    by_a_rater: float
    verdict: str
    faces: tuple[int, ...]


@dataclass(frozen=True)
class Disturbance:
    """The same faces a little worse seen.

    Attributes:
        name: What was done to them; `as they are` is the comparison.
        n: Faces.
        accuracy: Share that is right.
        unchanged: Share with the answer that the undisturbed face gets.
    """

    name: str
    n: int
    accuracy: Estimate
    unchanged: Estimate


@dataclass(frozen=True)
class Result:
    """All that an evaluation finds.

    Attributes:
        classes: The network's classes, in the order of its outputs.
        n: Faces evaluated.
        groups: How many independent groups they form.
        accuracy: Share that is right.
        top_2: Share whose label is among the two likeliest classes.
        majority: Accuracy of always saying the commonest label.
        scores: Name -> each other figure of the confusion matrix (`evaluate.metrics.SCORES`).
        per_class: One entry a class.
        matrix: `[K][K]` counts, rows labels, columns predictions.
        variants: The same on other terms.
        calibration: Of the probabilities as they are.
        temperature: None where there was no validation split to fit it on.
        raters: None where nobody voted.
        slices: By each column.
        confusions: Ranked by count.
        robustness: On disturbed faces; empty where that was not measured.
        left_out: Reason -> faces that were not evaluated.
        remarks: What a reader must know before quoting a figure.
    """

    classes: tuple[str, ...]
    n: int
    groups: int
    accuracy: Estimate
    top_2: Estimate
    majority: float
    scores: dict[str, Estimate]
    per_class: tuple[ClassScores, ...]
    matrix: tuple[tuple[int, ...], ...]
    variants: tuple[Variant, ...]
    calibration: Calibration
    temperature: Temperature | None
    raters: Raters | None
    slices: tuple[Slice, ...]
    confusions: tuple[Confusion, ...]
    robustness: tuple[Disturbance, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def plain(value: Any) -> Any:
    """A result as JSON has it: dataclasses become objects, tuples lists, and what cannot be told null.

    >>> plain(Estimate(0.5))
    {'value': 0.5, 'low': None, 'high': None, 'method': ''}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
