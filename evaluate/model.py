"""A model file as something that takes faces and gives probabilities."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from evaluate.engine import engine, probing_graph
from evaluate.first_look import Feed, first_look
from evaluate.given import Given, given, user_cache
from evaluate.probe import Probe, probe
from evaluate.reading import SCALINGS, Scaling, in_order, prepare
from schemas.emotion import CONTEMPT, NAMES
from schemas.errors import InputError, UsageError
from workspace.engine import available_cores
from workspace.views import VIEWS, views

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from evaluate.first_look import Look
    from schemas.card import ModelCard
    from schemas.settings import PredictSettings
    from workspace.graphs import Graph

SAMPLE = 256
"""Faces that the first look and int8 take of those it is given."""
PROBED = 2_000
"""Most labelled faces that a probe takes: the interval of an accuracy of 65 % is then ± 2 points."""
FEWEST_PROBED = 70
"""Labelled faces that a probe needs: ten a class."""


@dataclass(frozen=True)
class Model:
    """A network that is ready to be given faces.

    Attributes:
        name: The network's name, `@`, the first 12 digits of its file's SHA-256.
        sha256: Of its file.
        classes: mien's names in the order of its outputs.
        card: What its maker says of it; None where there is no card.
        engine: What computes: `onnxruntime`, `litert` or `keras`.
        notes: Sentences that whoever reads the result must know.
    """

    name: str
    sha256: str
    classes: tuple[str, ...]
    card: ModelCard | None
    engine: str
    notes: tuple[str, ...]
    _graph: Graph = field(repr=False)
    _scaling: Scaling = field(repr=False)
    _settings: PredictSettings = field(repr=False)

    def predict(self, pixels: NDArray[np.uint8] | Iterable[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """The probabilities of the seven expressions.

        Each face is computed as often as `test_time` has views of it; the mean is given.

        Args:
            pixels: u8 `[N, 48, 48]`, or batches of such.

        Returns:
            float32 `[N, 7]` in the order of `schemas.emotion.NAMES`; each row sums to 1.

        Raises:
            InputError: The network gives what are no probabilities.
        """
        found = list(self.batches([pixels] if isinstance(pixels, np.ndarray) else pixels))
        return np.concatenate(found) if found else np.zeros((0, len(NAMES)), np.float32)

    def batches(self, batches: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
        """As `predict`, batch by batch and lazily: memory does not depend on how many there are."""
        for batch in batches:
            if len(batch):
                seen = [self._once(view) for view in views(batch, self._settings.test_time)]
                yield seen[0] if len(seen) == 1 else np.stack(seen).mean(axis=0, dtype=np.float64).astype(np.float32)

    def _once(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        outputs = _outputs(self._graph, pixels, self._scaling, self._settings.inference_batch)
        return in_order(
            _probabilities(outputs, self.name, self._settings, exact=self._graph.engine != "litert"), self.classes
        )


def open_model(
    source: str,
    sample: NDArray[np.uint8],
    settings: PredictSettings,
    cache: Path | None = None,
    labels: NDArray[np.int8] | None = None,
) -> Model:
    """Opens a model file, which may be a stranger's.

    Args:
        source: Path of a .keras, .h5, .onnx or .tflite file, or `pretrained`.
        sample: u8 `[n, 48, 48]`, n at least 1: faces it will be used on.
        settings: What its card does not say, and what shall compute.
        cache: Folder of converted files; the user's cache folder where none is given.
        labels: FER-2013's numbers of the sample, int8 `[n]`, -1 where there is none. Where neither card nor settings
            say scaling and order, the error carries what a probe on them found.

    Raises:
        InputError: The file is not what mien opens, or its card does not fit it.
        UsageError: Scaling or order of the labels are not known.
        MissingPartError: A library, or the network that comes with mien, is not there.
        StorageError: The cache cannot be written.
    """
    known, look, picked = _looked_at(source, sample, settings, cache)
    if known.scaling is None or known.classes is None:
        found = None if labels is None else _probed(known, look, sample, labels, settings)
        raise _unsaid(known, found)
    graph, sentence = engine(known.file, look, known.scaling, picked, settings)
    notes = (sentence, *_notes(known, settings))
    return Model(
        known.name, known.file.sha256, known.classes, known.card, graph.engine, notes, graph, known.scaling, settings
    )


def probe_model(
    source: str,
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int8],
    settings: PredictSettings,
    cache: Path | None = None,
) -> Probe:
    """Tries a network's scaling and order of labels on labelled faces, whatever its card says of them.

    Args:
        source: As in `open_model`.
        pixels: u8 `[N, 48, 48]`; at most 2,000 that have a label are taken, evenly.
        labels: FER-2013's numbers, int8 `[N]`, -1 where there is none.
        settings: As in `open_model`; a scaling that is set is the only one tried.
        cache: As in `open_model`.

    Raises:
        InputError: The file is not what mien opens, or fewer than 70 faces have a label.
        MissingPartError: A library is missing.
    """
    known, look, _ = _looked_at(source, pixels, settings, cache)
    return _probed(known, look, pixels, labels, settings)


def _looked_at(
    source: str, sample: NDArray[np.uint8], settings: PredictSettings, cache: Path | None
) -> tuple[Given, Look, NDArray[np.uint8]]:
    if not len(sample):
        raise InputError("there are no faces to give the network", "give data that holds faces")
    known = given(source, settings)
    picked = sample[_spread(len(sample), SAMPLE)]
    scalings = [known.scaling] if known.scaling else SCALINGS
    feed = Feed(scalings, known.side, lambda each: _soft(each, settings))
    look = first_look(known.file, picked, feed, cache or user_cache())
    _check_ends(known, look)
    return known, look, picked


def _check_ends(known: Given, look: Look) -> None:
    """Holds what card and settings say against what the graph takes and gives."""
    path, shape = known.file.path, look.shape
    if known.card:
        says = (known.card.input.height, known.card.input.width, known.card.input.channels)
        if says != (shape.height, shape.width, shape.channels):
            takes = f"{shape.height} × {shape.width} × {shape.channels}"
            what = f"{path} takes pictures of {takes}, its card says {' × '.join(map(str, says))}"
            raise InputError(what, "correct `input` in the card")
    if look.outputs not in {len(NAMES), len(NAMES) + 1}:
        what = f"{path} has {look.outputs} outputs"
        raise InputError(what, "mien takes networks that know the seven expressions, and contempt perhaps")
    if known.classes and look.outputs != len(known.classes):
        what = f"{path} has {look.outputs} outputs, and {len(known.classes)} names are given for them"
        raise InputError(what, f"name all {look.outputs} in their order, in its card or with --label-order")


def _probed(
    known: Given, look: Look, pixels: NDArray[np.uint8], labels: NDArray[np.int8], settings: PredictSettings
) -> Probe:
    labelled = np.flatnonzero(labels >= 0)
    if len(labelled) < FEWEST_PROBED:
        what = f"{len(labelled)} faces have a label; a probe needs {FEWEST_PROBED}"
        raise InputError(what, "name a set with more labels with --data")
    taken = labelled[_spread(len(labelled), PROBED)]
    graph = probing_graph(known.file, look)
    outputs = {
        scaling.name: _outputs(graph, pixels[taken], scaling, settings.inference_batch)
        for scaling in ([known.scaling] if known.scaling else SCALINGS)
    }
    return probe(outputs, labels[taken])


def _unsaid(known: Given, found: Probe | None) -> UsageError:
    lacks = [
        *(["what range its input has"] if known.scaling is None else []),
        *(["the order of its labels"] if known.classes is None else []),
    ]
    what = f"{known.file.path} has no card that says {' and '.join(lacks)}"
    if found is None:
        return UsageError(
            what, f"`evaluate probe --model {known.file.path} --data LABELLED` finds out, on labelled faces"
        )
    return UsageError(f"{what}; {found.sentence}", f"if you agree: {found.flags}")


def _notes(known: Given, settings: PredictSettings) -> list[str]:
    notes = []
    scaling, classes = known.scaling, known.classes
    if scaling and scaling.name != "card":
        notes.append(f"faces go in as {scaling.words}, as --input-scaling says")
    if settings.label_order and classes:
        notes.append(f"its outputs are {', '.join(classes)}, as --label-order says")
    if settings.outputs == "logits":
        notes.append("its outputs are put through a softmax")
    if classes and CONTEMPT in classes:
        notes.append("its probability of contempt is dropped, and the seven others divided by their sum")
    times = VIEWS[settings.test_time]
    if times > 1:
        notes.append(f"{settings.test_time}: the mean of {times} views of each face, {times} times the computing")
    return notes


def _outputs(graph: Graph, pixels: NDArray[np.uint8], scaling: Scaling, size: int) -> NDArray[np.float32]:
    """What a graph gives for faces, `size` at once, a thread for each core where it can be called by several."""
    parts = [pixels[at : at + size] for at in range(0, len(pixels), size)]

    def compute(part: NDArray[np.uint8]) -> NDArray[np.float32]:
        return graph.run(prepare(part, graph.shape, scaling))

    if not graph.parallel:
        return np.concatenate([compute(part) for part in parts])
    with ThreadPoolExecutor(available_cores()) as threads:
        return np.concatenate(list(threads.map(compute, parts)))


def _probabilities(
    outputs: NDArray[np.float32], name: str, settings: PredictSettings, *, exact: bool
) -> NDArray[np.float32]:
    wrong = int((~np.isfinite(outputs).all(axis=1)).sum())
    if wrong:
        what = f"{name} gives numbers that are none (NaN or infinite) for {wrong:,} of {len(outputs):,} faces"
        raise InputError(what, "its weights are damaged or were never trained to an end; train it again")
    found = _soft(outputs, settings)
    # Eight bits, which LiteRT's files may have, make steps of 1/256 in each of seven outputs; float32 is exact to 1e-6.
    slack = 0.05 if settings.arithmetic == "int8" or not exact else 1e-3
    if (found < -slack).any() or (np.abs(found.sum(axis=1) - 1) > slack).any():
        what = f"{name} gives no probabilities: its outputs for a face sum to {found.sum(axis=1)[0]:.3g}"
        raise InputError(what, "give --outputs logits if its last layer has no softmax")
    return found


def _soft(outputs: NDArray[np.float32], settings: PredictSettings) -> NDArray[np.float32]:
    if settings.outputs == "probabilities":
        return outputs
    raised = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    soft: NDArray[np.float32] = raised / raised.sum(axis=1, keepdims=True)
    return soft


def _spread(n: int, most: int) -> NDArray[np.int64]:
    """At most `most` of n places, evenly."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.int64))
