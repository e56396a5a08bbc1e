"""The model card: what a reader of a model file must know of it, in a JSON file beside it.

`cnn.keras` has `cnn.card.json`. For a network of one's own three keys are enough:

    {"format": 1,
     "classes": ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"],
     "input": {"height": 48, "width": 48, "channels": 1, "low": 0, "high": 1}}

Shares (accuracy, ends of intervals) go from 0 to 1. Nothing in a card depends on the time or the machine.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
from dataclasses import dataclass, field
from typing import Any

from schemas.emotion import CONTEMPT, NAMES, named
from schemas.errors import InputError
from schemas.structure import build, limits, parse

FORMAT = 1
"""Of the cards this mien writes, and the newest it reads."""
SUFFIX = ".card.json"
"""What a card's name has in place of the model's suffix."""
MOST_BYTES = 1_000_000
"""Largest card that is read. mien's own have some 10 kB."""
_DIGEST = limits(pattern="[0-9a-f]{64}|", text="a SHA-256: 64 digits 0-9a-f, or empty where it is not known")
_SIDE = limits(minimum=1, maximum=4096)
_COUNT = limits(minimum=0)
_SHARE = limits(minimum=0, maximum=1)


@dataclass(frozen=True, kw_only=True)
class Input:
    """What the network takes.

    Attributes:
        height: In pixels, 1 to 4,096.
        width: In pixels, 1 to 4,096.
        channels: 1 for grey, 3 for RGB.
        low: What black (grey level 0) must be when it goes in.
        high: What white (grey level 255) must be. mien's own networks take 0 to 255 and scale inside.
    """

    height: int = field(metadata=_SIDE)
    width: int = field(metadata=_SIDE)
    channels: int = field(metadata=limits(minimum=1, maximum=3))
    low: float = 0.0
    high: float = 255.0

    def __post_init__(self) -> None:
        """Refuses what no network takes."""
        if self.channels == 2:
            raise InputError("`channels` is 2", "write 1 for grey pictures or 3 for RGB")
        if not self.low < self.high:
            what = f"`low` is {self.low:g} and `high` is {self.high:g}"
            raise InputError(
                what, "`low` is what black goes in as, `high` what white does: 0 and 255, 0 and 1, -1 and 1"
            )


@dataclass(frozen=True, kw_only=True)
class Source:
    """A set of faces that went into training or into the choice of the network.

    Attributes:
        source: Which set: `FER-2013`, `FER+`, `mien workspace`, or a user's word.
        file: The file's or the folder's name, without the path.
        sha256: Of the file, or of the folder's content; empty where it is not known.
        rows: How many faces it holds.
        dropped: Why -> how many of them were left out.
    """

    source: str
    file: str = ""
    sha256: str = field(default="", metadata=_DIGEST)
    rows: int = field(default=0, metadata=_COUNT)
    dropped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How the figures came about, in words.

    Attributes:
        selection: The set by which epoch, recipe and network were chosen.
        copies: What became of pictures that stand in several sets.
        splits: Which part trains, validates, tests.
        note: Whatever else a reviewer must know.
    """

    selection: str = ""
    copies: str = ""
    splits: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """How the network did on one set.

    Attributes:
        set: Its name: `PublicTest`, `PublicTest without copies`.
        n: Faces in it.
        accuracy: Share whose likeliest class is the label's.
        low: Lower end of the accuracy's 95 % Wilson interval.
        high: Upper end.
        loss: Mean cross-entropy against the labels, in nats; None where it is not known.
        selected: Whether epoch, recipe or network were chosen on this set, so that the figure flatters.
        confusion: Faces by label (row) and likeliest class (column), both in the card's order; None if unknown.
        note: Whatever else must be known of the set.
    """

    set: str
    n: int = field(metadata=limits(minimum=1))
    accuracy: float = field(metadata=_SHARE)
    low: float = field(metadata=_SHARE)
    high: float = field(metadata=_SHARE)
    loss: float | None = field(default=None, metadata=limits(minimum=0))
    selected: bool = False
    confusion: tuple[tuple[int, ...], ...] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Refuses figures that contradict each other."""
        place = f"the metric of {self.set[:80]!r}"
        if not self.low <= self.accuracy <= self.high:
            what = f"{place}: the accuracy {self.accuracy:g} is not within {self.low:g} to {self.high:g}"
            raise InputError(what, "the interval's ends are shares from 0 to 1 around the accuracy")
        if self.confusion is None:
            return
        side = len(self.confusion)
        if any(len(row) != side for row in self.confusion) or min(min(row, default=0) for row in self.confusion) < 0:
            raise InputError(f"{place}: `confusion` is no square of counts", "a row for each class, a column for each")
        total, right = sum(map(sum, self.confusion)), sum(row[at] for at, row in enumerate(self.confusion))
        if total != self.n or abs(right / self.n - self.accuracy) > 1e-6:
            what = f"{place}: `confusion` has {right:,} right of {total:,}, `n` and `accuracy` say otherwise"
            raise InputError(what, "correct the one or the other; the accuracy is the diagonal's share")


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What is known of a model file.

    Attributes:
        format: Of the card; 1.
        name: What the network is called.
        architecture: A name of `train list`, or whatever its maker calls it.
        classes: mien's names in the order of the outputs: the seven in any order, `contempt` as an eighth if it has it.
        input: What it takes.
        parameters: How many numbers were learnt.
        multiply_adds: For one face.
        settings: Of the training, by name.
        seed: Of the training.
        epochs: How many were trained.
        best_epoch: The epoch, counted from 1, whose weights the file holds.
        command: That trained it.
        data: What it was trained and chosen on.
        protocol: How the figures came about.
        versions: Library -> version.
        metrics: A set each.
        licence: What the licences of the data allow to be done with the network.
        sha256: Of the model file; empty where it is not known.
    """

    format: int = FORMAT
    name: str = ""
    architecture: str = ""
    classes: tuple[str, ...]
    input: Input
    parameters: int | None = field(default=None, metadata=_COUNT)
    multiply_adds: int | None = field(default=None, metadata=_COUNT)
    settings: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    epochs: int | None = field(default=None, metadata=_COUNT)
    best_epoch: int | None = field(default=None, metadata=limits(minimum=1))
    command: str = ""
    data: tuple[Source, ...] = ()
    protocol: Protocol = Protocol()
    versions: dict[str, str] = field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    licence: str = ""
    sha256: str = field(default="", metadata=_DIGEST)

    def __post_init__(self) -> None:
        """Refuses classes that mien does not know, and matrices of another size."""
        _check_classes(self.classes)
        for metric in self.metrics:
            if metric.confusion is not None and len(metric.confusion) != len(self.classes):
                what = (
                    f"the metric of {metric.set[:80]!r}: `confusion` is not {len(self.classes)} × {len(self.classes)}"
                )
                raise InputError(what, "it has a row and a column for each of `classes`, in their order")


def read(data: bytes, what: str) -> ModelCard:
    """Reads a card, which may be a stranger's, and checks all of it.

    Args:
        data: The file's bytes.
        what: Its path, for messages.

    Raises:
        InputError: It is no card, of a newer format, or has a fault; the message says where and what to do.
    """
    value = parse(data, what, MOST_BYTES)
    if isinstance(value, dict):
        _check_format(value.get("format"), what)
    return build(ModelCard, value, what)


def to_json(card: ModelCard) -> bytes:
    """The card as a file's bytes; `read` gives it back.

    >>> card = ModelCard(classes=NAMES, input=Input(height=48, width=48, channels=1))
    >>> read(to_json(card), "cnn.card.json") == card
    True
    """
    text = json.dumps(dataclasses.asdict(card), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    # A file name that is no UTF-8 holds lone surrogates; as \udcff they are JSON's own escapes.
    return text.encode("utf-8", "backslashreplace")


def _check_format(number: Any, what: str) -> None:
    if type(number) is not int or number < 1:
        raise InputError(f"{what} does not say its format", f'if it is a model card, add "format": {FORMAT}')
    if number > FORMAT:
        raise InputError(f"{what} is a card of format {number:,}; this mien reads up to {FORMAT}", "update mien")


def _check_classes(classes: tuple[str, ...]) -> None:
    known = (*NAMES, CONTEMPT)
    for name in classes:
        if name not in known:
            near = named(name) if not name.strip().isdecimal() else None
            near = near or next(iter(difflib.get_close_matches(name.casefold(), known, n=1)), None)
            fix = f"write `{near}`" if near else f"mien knows {', '.join(known)}, in the order of the outputs"
            raise InputError(f"`classes` names {name[:80]!r}, which mien does not know", fix)
    twice = sorted({name for name in classes if classes.count(name) > 1})
    missing = [name for name in NAMES if name not in classes]
    if twice or missing:
        faults = [f"names {', '.join(twice)} twice"] * bool(twice) + [f"lacks {', '.join(missing)}"] * bool(missing)
        fix = "name the output's classes once each, in their order; mien works with networks that know the seven"
        raise InputError(f"`classes` {' and '.join(faults)}", fix)
