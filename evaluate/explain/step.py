"""The step `explain`: all that tells why a network answered so on some faces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evaluate.embedding import embedder
from evaluate.explain.choice import chosen_errors, named_faces
from evaluate.explain.gradcam import framed, gradcam
from evaluate.explain.layers import layers_of, map_layer
from evaluate.explain.means import MeanFace, mean_faces
from evaluate.explain.nearest import nearest
from evaluate.explain.occlusion import occlusion
from schemas.errors import InputError, MissingPartError, UsageError
from workspace.console import note, progress
from workspace.faceset import FaceSet, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from evaluate.said import Said
    from schemas.settings import ExplainSettings, PredictSettings

_EMBEDDED = 1024


@dataclass(frozen=True)
class Order:
    """What is to be explained.

    Attributes:
        model: The network, as it was opened.
        predict: As it was opened.
        faces: Names of faces; none: errors are chosen.
        layer: Whose maps Grad-CAM takes; empty: the last convolution's.
        training: Set whose training pictures are searched; None: that of the faces.
    """

    model: str
    predict: PredictSettings
    faces: Sequence[str] = ()
    layer: str = ""
    training: Path | None = None


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A training picture near a face.

    Attributes:
        name: Where it stands.
        label: Number of its label.
        cosine: Of the angle between the embeddings, -1 to 1.
        copy: Whether it is the face itself, pixel by pixel.
        pixels: u8 `[48, 48]`.
    """

    name: str
    label: int
    cosine: float
    copy: bool
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Explained:
    """One face.

    Attributes:
        at: Its place among the answers.
        pixels: u8 `[48, 48]`.
        for_answer: Grad-CAM of the answer, float32 `[h, w]`; None without Grad-CAM.
        for_label: Grad-CAM of the label.
        covered: float64 `[K, 48, 48]`, the occlusion map of each class.
        neighbours: The nearest training pictures.
    """

    at: int
    pixels: NDArray[np.uint8]
    for_answer: NDArray[np.float32] | None
    for_label: NDArray[np.float32] | None
    covered: NDArray[np.float64]
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, eq=False)
class Explanation:
    """All that the page and the files are made of.

    Attributes:
        asked: What the network said of all faces.
        faces: Those that are explained.
        layer: Whose maps Grad-CAM took; empty without Grad-CAM.
        no_gradcam: Why there is none, half a sentence; else empty.
        training: Name of the set that was searched for near pictures; empty where none was.
        searched: How many pictures that were.
        learnt: Whether the network's card names that very set; None where the card names none.
        no_neighbours: Why none was searched, half a sentence; else empty.
        means: Rows of the confusion matrix as mean faces.
        side: Of the square of the occlusion maps.
    """

    asked: Said
    faces: tuple[Explained, ...]
    layer: str
    no_gradcam: str
    training: str
    searched: int
    learnt: bool | None
    no_neighbours: str
    means: list[list[MeanFace]]
    side: int


def explain(asked: Said, order: Order, settings: ExplainSettings) -> Explanation:
    """Explains faces.

    Args:
        asked: What a network says of labelled faces.
        order: Which faces, and what is taken.
        settings: How many, and of what.

    Raises:
        InputError: A face is named that is not there, or there is no error.
        UsageError: A layer is named that is not there.
    """
    answers = asked.answers
    chosen = named_faces(answers, order.faces) or chosen_errors(answers, settings.explained_errors)
    if not chosen:
        raise InputError(f"{asked.model.name} makes no error on these faces", "name faces with --faces")
    pixels = asked.faces.pixels[chosen]
    layer, no_gradcam, heats = _gradcams(asked, order, chosen)
    covered = occlusion(asked.model.batches, pixels, settings.occlusion_side)
    maps = list(progress(covered, text="covering", total=len(chosen), unit="faces"))
    known, no_neighbours = _training(asked, order, settings)
    near: list[tuple[Neighbour, ...]] = [()] * len(chosen)
    if known is not None:
        network = embedder(order.model, pixels, order.predict, asked.cache)
        no_neighbours = network.why_not
        near = near if network.run is None else _neighbours(network.run, pixels, known, settings.nearest_faces)
    return Explanation(
        asked=asked,
        faces=tuple(
            Explained(at, pixels[one], heats[one][0], heats[one][1], maps[one], near[one])
            for one, at in enumerate(chosen)
        ),
        layer=layer,
        no_gradcam=no_gradcam,
        training="" if known is None or no_neighbours else known.source,
        searched=0 if known is None or no_neighbours else len(known),
        learnt=_learnt(asked, known),
        no_neighbours=no_neighbours,
        means=mean_faces(asked.faces.pixels, answers.labels, answers.predicted, len(answers.classes)),
        side=settings.occlusion_side,
    )


def _gradcams(
    asked: Said, order: Order, chosen: list[int]
) -> tuple[str, str, list[tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]]]:
    """The layer, why there is no Grad-CAM, and that of answer and label of each face."""
    outputs = np.array([asked.model.classes.index(name) for name in asked.answers.classes])
    try:
        network = layers_of(order.model, order.predict)
        layer = map_layer(network.model, order.layer)
        inputs = network.inputs(asked.faces.pixels[chosen])
        answer, label = (
            framed(network.model, gradcam(network.model, inputs, outputs[numbers[chosen]], layer), *inputs.shape[1:3])
            for numbers in (asked.answers.predicted, asked.answers.labels)
        )
    except (UsageError, MissingPartError) as error:
        if order.layer:
            raise
        note(f"no Grad-CAM: {error.what}; {error.fix}")
        return "", error.what, [(None, None)] * len(chosen)
    return layer, "", list(zip(answer, label, strict=True))


def _training(asked: Said, order: Order, settings: ExplainSettings) -> tuple[FaceSet | None, str]:
    """The training pictures to be searched, or why there are none."""
    if not settings.nearest_faces:
        return None, "none were asked for"
    if order.training is not None:
        return read(order.training).of("train"), ""
    known = asked.everything.where(asked.everything.split == "train")
    if asked.split in {"train", "all"} or not len(known):
        return None, f"{asked.everything.source} has no training pictures beside these; name some with --training"
    return known, ""


def _neighbours(
    run: Callable[[NDArray[np.uint8]], NDArray[np.float32]], pixels: NDArray[np.uint8], known: FaceSet, count: int
) -> list[tuple[Neighbour, ...]]:
    vectors: list[NDArray[np.float32]] = []

    def embedded() -> Iterator[int]:
        for at in range(0, len(known), _EMBEDDED):
            vectors.append(run(known.pixels[at : at + _EMBEDDED]))
            yield len(vectors[-1])

    for _ in progress(embedded(), text="embedding", total=len(known), unit="faces"):
        pass
    places, cosines = nearest(run(pixels), np.concatenate(vectors), count)
    return [
        tuple(
            Neighbour(
                known.places[at],
                int(known.labels[at]),
                float(cosine),
                bool((known.pixels[at] == face).all()),
                known.pixels[at],
            )
            for at, cosine in zip(row, near, strict=True)
        )
        for face, row, near in zip(pixels, places, cosines, strict=True)
    ]


def _learnt(asked: Said, known: FaceSet | None) -> bool | None:
    card = asked.model.card
    digests = {source.sha256 for source in card.data if source.sha256} if card else set()
    return known.sha256 in digests if known is not None and digests else None
