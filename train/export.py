"""`train export`: a network for where there is no Keras, in float32 or in 8-bit integers."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas import card as cards
from train.order import Order, gather
from workspace.backend import load_tensorflow, stderr_closed
from workspace.files import write_atomically
from workspace.graphs import litert_graph, onnx_graph
from workspace.quantisation import quantise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from schemas.card import ModelCard
    from train.order import Data
    from workspace.saved import Saved

CALIBRATED_ON = 512
"""Training faces that the ranges of int8 are taken from."""
_SUFFIXES = {
    ("onnx", False): ".float32.onnx",
    ("onnx", True): ".int8.onnx",
    ("litert", False): ".litert.tflite",
    ("litert", True): ".litert-int8.tflite",
}
"""Each with a name of its own, since each has a card of its own."""


@dataclass(frozen=True)
class Wanted:
    """What is to be exported, and how.

    Attributes:
        model: A `.keras` file that `train` wrote, its card beside it.
        data: Sets whose training faces calibrate, and whose validation faces it is measured on.
        form: `onnx` or `litert`.
        int8: Whether it computes in 8-bit integers.
    """

    model: Path
    data: Sequence[Path]
    form: str
    int8: bool


def export(wanted: Wanted) -> dict[str, Any]:
    """Writes a network as ONNX or LiteRT beside its Keras file, with a card, and measures what was lost.

    It takes float32 [N, 48, 48, 1] from 0 to 255 and gives probabilities, as the Keras network does.

    Args:
        wanted: What, and how.

    Returns:
        The file, its size, accuracy of both on the validation faces, the share of equal answers, the largest
        difference of a probability.

    Raises:
        InputError: The network or the data cannot be used.
        MissingPartError: Keras' backend is not TensorFlow.
        StorageError: The disk refused a file.
    """
    data = gather(Order(wanted.data, wanted.model, ""))
    load_tensorflow()
    from train.outputs import selection
    from workspace.saved import probabilities, saved

    network = saved(wanted.model)
    shown = data.training.pixels
    sample = _grey(shown[np.linspace(0, len(shown) - 1, min(CALIBRATED_ON, len(shown))).astype(np.int64)])
    validation = data.validation
    expected = probabilities(network.model, validation.pixels)
    path = wanted.model.with_suffix(_SUFFIXES[wanted.form, wanted.int8])
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / path.name
        made = _onnx(network, made, sample, wanted) if wanted.form == "onnx" else _litert(network, made, sample, wanted)
        content = made.read_bytes()
        graph = onnx_graph(made, 48) if wanted.form == "onnx" else litert_graph(made, 48, threads=1)
        found = np.concatenate([graph.run(_grey(part)) for part in _parts(validation.pixels)])
    write_atomically(path, content)
    write_atomically(path.with_suffix(cards.SUFFIX), cards.to_json(_card(network, path, content, found, data, wanted)))
    return {
        "written": str(path),
        "bytes": len(content),
        "keras_bytes": wanted.model.stat().st_size,
        "set": selection(data),
        "n": len(found),
        "keras_accuracy": float((expected.argmax(axis=1) == validation.labels).mean()),
        "accuracy": float((found.argmax(axis=1) == validation.labels).mean()),
        "agreement": float((found.argmax(axis=1) == expected.argmax(axis=1)).mean()),
        "largest_difference": float(np.abs(found - expected).max()),
    }


def text(result: Mapping[str, Any]) -> str:
    """The result for people."""
    lost = 100 * (result["keras_accuracy"] - result["accuracy"])
    found, keras = (f"{result[name]:.2%}" for name in ("accuracy", "keras_accuracy"))
    same, apart = f"{result['agreement']:.2%}", f"{result['largest_difference']:.1g}"
    sizes = f"{result['bytes'] / 1e6:.2f} MB (Keras {result['keras_bytes'] / 1e6:.2f} MB)"
    return (
        f"{found} on {result['set']} ({result['n']:,} faces), Keras {keras}: {lost:+.2f} points lost\n"
        f"{same} of the answers are the same; probabilities differ by at most {apart}\n"
        f"wrote {result['written']}, {sizes}"
    )


def _onnx(network: Saved, path: Path, sample: NDArray[np.float32], wanted: Wanted) -> Path:
    plain = path.with_name("float32.onnx")
    _export(network, plain, sample, {"format": "onnx"})
    if not wanted.int8:
        return plain
    quantise(plain, path, sample)
    return path


def _litert(network: Saved, path: Path, sample: NDArray[np.float32], wanted: Wanted) -> Path:
    import tensorflow as tf

    def faces() -> Iterator[list[NDArray[np.float32]]]:
        for face in sample:
            yield [face[None]]

    ways: dict[str, Any] = {"format": "litert"}
    if wanted.int8:
        ways |= {"optimizations": [tf.lite.Optimize.DEFAULT], "representative_dataset": faces}
    _export(network, path, sample, ways)
    return path


def _export(network: Saved, path: Path, sample: NDArray[np.float32], ways: Mapping[str, Any]) -> None:
    import keras

    inputs = keras.Input((48, 48, 1))  # nothing is left open that a runtime could not plan for
    fixed = keras.Model(inputs, network.model(inputs))
    fixed(sample[:1])  # Keras exports what has been called
    with warnings.catch_warnings(), stderr_closed():
        warnings.simplefilter("ignore")  # of libraries, about each other
        fixed.export(str(path), verbose=False, **ways)


def _card(  # noqa: PLR0913, PLR0917 - what is exported, and what it came to
    network: Saved, path: Path, content: bytes, found: NDArray[np.float32], data: Data, wanted: Wanted
) -> ModelCard:
    from train.outputs import metrics, versions

    card = network.card
    told = f"exported from {network.path.name}, SHA-256 {network.sha256}"
    if wanted.int8:
        told += f"; in int8, ranges from {min(CALIBRATED_ON, len(data.training.pixels))} training faces"
    notes = "; ".join(part for part in (card.protocol.note, told) if part)
    library = "onnxruntime" if wanted.form == "onnx" else "ai-edge-litert"
    return dataclasses.replace(
        card,
        name=path.stem,
        protocol=dataclasses.replace(card.protocol, note=notes),
        metrics=tuple(metrics(found, data)),
        versions=versions(library),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return pixels[..., None].astype(np.float32)


def _parts(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    for at in range(0, len(pixels), 64):
        yield pixels[at : at + 64]
