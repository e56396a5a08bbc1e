"""A Keras network's convolutions, and its scores before the softmax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evaluate.given import given
from evaluate.keras_model import keras_graph
from evaluate.reading import Scaling, prepare
from schemas.errors import UsageError
from workspace.backend import load_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from schemas.settings import PredictSettings
    from workspace.graphs import Shape

_SAME_PLACES = (
    "BatchNormalization LayerNormalization GroupNormalization Activation ReLU LeakyReLU PReLU ELU Add Multiply "
    "Dropout SpatialDropout2D"
)
"""Layers after a convolution whose map is still that convolution's, place by place."""


@dataclass(frozen=True)
class Layers:
    """A network that can be looked into.

    Attributes:
        model: The Keras model.
        shape: The pictures it takes.
        scaling: What grey levels go in as.
    """

    model: Any
    shape: Shape
    scaling: Scaling

    def inputs(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Faces as they go in: u8 `[N, 48, 48]` to float32 `[N, height, width, channels]`."""
        return prepare(pixels, self.shape, self.scaling)


def layers_of(source: str, settings: PredictSettings) -> Layers:
    """Opens a Keras file with Keras on TensorFlow.

    Args:
        source: As in `evaluate.model.open_model`, which has checked and opened it before.
        settings: As there.

    Raises:
        UsageError: It is another kind of file, or its scaling is not known.
        MissingPartError: Keras or TensorFlow is not there.
    """
    known = given(source, settings)
    if known.file.form not in {"keras", "h5"}:
        what = f"{known.file.path} is no Keras file: only these can be asked for slopes and maps of their layers"
        raise UsageError(what, "give the .keras or .h5 file that it was made of")
    if known.scaling is None:
        raise UsageError(f"the scaling of {known.file.path} is not known", "name it with --input-scaling")
    load_tensorflow()
    graph = keras_graph(known.file.path, known.side)
    return Layers(graph.model, graph.shape, known.scaling)


def convolutions(model: Any) -> list[str]:
    """The names of a network's convolutions, from the input on.

    Raises:
        UsageError: It has none, or hides them in a network within it.
    """
    import keras

    kinds = (keras.layers.Conv2D, keras.layers.SeparableConv2D, keras.layers.DepthwiseConv2D)
    found = [layer.name for layer in model.layers if isinstance(layer, kinds)]
    if not found:
        inner = next((layer.name for layer in model.layers if isinstance(layer, keras.Model)), None)
        what = "the network has no convolution" + (f"; its layer {inner} is a network of its own" if inner else "")
        raise UsageError(what, "maps and Grad-CAM need convolutions in the network itself; occlusion maps do not")
    return found


def activated(model: Any, name: str) -> str:
    """The layer at which a convolution's map is ready: after its normalisation, addition and activation.

    Args:
        model: The network.
        name: Of the convolution.
    """
    followers = dict(_followers(model))
    while (
        len(after := followers.get(name, [])) == 1 and type(model.get_layer(after[0])).__name__ in _SAME_PLACES.split()
    ):
        name = after[0]
    return name


def map_layer(model: Any, wanted: str) -> str:
    """The layer whose map is looked at.

    Args:
        model: The network.
        wanted: A layer's name; empty: the last convolution's, where its map is ready.

    Raises:
        UsageError: There is no such layer, or it gives no maps.
    """
    names = convolutions(model)
    if not wanted:
        return activated(model, names[-1])
    if wanted not in {layer.name for layer in model.layers}:
        raise UsageError(f"the network has no layer `{wanted}`", f"its convolutions are {', '.join(names)}")
    if len(getattr(model.get_layer(wanted).output, "shape", ())) != 4:
        raise UsageError(f"the layer `{wanted}` gives no maps", f"the convolutions are {', '.join(names)}")
    return wanted


def scores(model: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Where a network's scores before the softmax come from.

    Args:
        model: Of one output.

    Returns:
        A symbolic tensor of the network, and what makes the scores of its value.

    Raises:
        UsageError: The last layer is a network of its own, whose softmax cannot be taken off.
    """
    import keras

    last = model.layers[-1]
    if isinstance(last, keras.Model):
        what = f"the last layer, {last.name}, is a network of its own"
        raise UsageError(what, "save the network as one model; occlusion maps work as it is")
    softmax = getattr(last, "activation", None) is keras.activations.softmax
    if isinstance(last, keras.layers.Softmax) or (softmax and isinstance(last, keras.layers.Activation)):
        return last.input, lambda values: values
    if softmax and isinstance(last, keras.layers.Dense):

        def weighed(values: Any) -> Any:
            sums = keras.ops.matmul(values, last.kernel)
            return sums if last.bias is None else sums + last.bias

        return last.input, weighed
    return model.outputs[0], lambda values: values


def _followers(model: Any) -> Iterator[tuple[str, list[str]]]:
    """Each layer's name with the names of the layers that take its output."""
    import keras

    taken: dict[int, list[str]] = {}
    for layer in model.layers:
        if not isinstance(layer, keras.layers.InputLayer):
            given_to = layer.input
            for tensor in given_to if isinstance(given_to, (list, tuple)) else [given_to]:
                taken.setdefault(id(tensor), []).append(layer.name)
    for layer in model.layers:
        yield layer.name, taken.get(id(layer.output), [])
