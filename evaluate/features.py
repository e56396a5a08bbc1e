"""The feature maps of a network's first convolutions on one face, fused into a picture each (the paper's Fig. 2)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.explain.layers import activated, convolutions, layers_of
from evaluate.model import open_model
from schemas.errors import MissingPartError
from workspace.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from evaluate.explain.layers import Layers
    from schemas.settings import PredictSettings

CONVOLUTIONS = 3
"""How many of the first convolutions are shown: the paper shows the first, deeper ones no longer look like a face."""
_SINGLE = 12
"""Maps shown singly beside each fused one: those that vary most over the face."""


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """What a convolution makes of a face.

    Attributes:
        layer: At which its maps are ready, after normalisation and activation.
        maps: float32 `[H, W, K]`.
    """

    layer: str
    maps: NDArray[np.float32]

    @property
    def fused(self) -> NDArray[np.float32]:
        """The mean over the maps, float32 `[H, W]`."""
        mean: NDArray[np.float32] = self.maps.mean(axis=2)
        return mean

    @property
    def strongest(self) -> list[int]:
        """The numbers of the maps that vary most over the face, the most first."""
        order: list[int] = np.argsort(-self.maps.std(axis=(0, 1)), kind="stable").tolist()
        return order[:_SINGLE]


def features(source: str, face: NDArray[np.uint8], settings: PredictSettings, out: Path) -> dict[str, Any]:
    """Draws the first convolutions' maps of a face into a file.

    Args:
        source: The network, as in `evaluate.model.open_model`: a Keras file.
        face: u8 `[48, 48]`.
        settings: Of the network.
        out: The PNG file.

    Returns:
        `network`, `file`, and of each of `convolutions` its layer and the number, height and width of its maps.

    Raises:
        InputError: The file is not what mien opens.
        UsageError: It is no Keras file, or has no convolution.
        MissingPartError: Keras or Matplotlib is not there.
        StorageError: The disk refused the file.
    """
    model = open_model(source, face[None], settings)  # which checks a stranger's file before Keras opens it here
    found = feature_maps(layers_of(source, settings), face)
    write_atomically(out, features_picture(face, found))
    shapes = [(one.layer, *one.maps.shape) for one in found]
    names = ("layer", "height", "width", "maps")
    return {
        "network": model.name,
        "file": str(out),
        "convolutions": [dict(zip(names, shape, strict=True)) for shape in shapes],
    }


def feature_maps(network: Layers, face: NDArray[np.uint8]) -> list[FeatureMaps]:
    """The maps of the first three convolutions, or of all where there are fewer.

    Args:
        network: That makes them.
        face: u8 `[48, 48]`.

    Raises:
        UsageError: The network has no convolution.
    """
    import keras

    names = [activated(network.model, name) for name in convolutions(network.model)[:CONVOLUTIONS]]
    part = keras.Model(network.model.inputs[0], [network.model.get_layer(name).output for name in names])
    found = part(network.inputs(face[None]), training=False)
    outputs = found if isinstance(found, (list, tuple)) else [found]
    return [FeatureMaps(name, np.asarray(maps, np.float32)[0]) for name, maps in zip(names, outputs, strict=True)]


def features_picture(face: NDArray[np.uint8], found: list[FeatureMaps]) -> bytes:
    """Draws the face, the fused map of each convolution, and its strongest single maps.

    Each picture goes from its own least value (dark) to its own greatest.

    Args:
        face: u8 `[48, 48]`.
        found: Maps of that face.

    Returns:
        The bytes of a PNG file.

    Raises:
        MissingPartError: Matplotlib is not there.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPartError("the picture needs Matplotlib", "pip install 'mien[train]'") from error
    rows, half = len(found), _SINGLE // 2
    figure = Figure(figsize=(9.6, 2.1 * rows + 0.15), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2 * rows, 4 + half)
    _draw(figure.add_subplot(grid[:2, :2]), face, "the face")
    for at, one in enumerate(found):
        height, width, count = one.maps.shape
        title = f"convolution {at + 1}, fused\n{count} maps of {height}×{width}"
        _draw(figure.add_subplot(grid[2 * at : 2 * at + 2, 2:4]), one.fused, title)
        for place, number in enumerate(one.strongest):
            axes = figure.add_subplot(grid[2 * at + place // half, 4 + place % half])
            _draw(axes, one.maps[:, :, number], "")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=150, metadata={"Software": None})
    return file.getvalue()


def _draw(axes: Any, values: NDArray[Any], title: str) -> None:
    axes.imshow(values, cmap="gray" if values.dtype == np.uint8 else "viridis", interpolation="nearest")
    axes.set_title(title, fontsize=7)
    axes.set_axis_off()
