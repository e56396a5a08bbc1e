"""The networks that come with mien, by name."""

from __future__ import annotations

from pathlib import Path

from schemas.errors import MissingPartError

PRETRAINED = {
    "pretrained": "vgg-compact.keras",
    "pretrained-votes": "vgg-compact-votes.keras",
    "pretrained-int8": "vgg-compact.int8.onnx",
}
"""Name -> file: taught FER-2013's labels; rather FER+'s votes; the first in 8 bits."""


def network_path(source: str | Path) -> Path:
    """Where a network lies.

    Args:
        source: A name in `PRETRAINED`, or the path of a file.

    Raises:
        MissingPartError: The network of that name is not there.
    """
    file = PRETRAINED.get(str(source))
    if file is None:
        return Path(source)
    path = Path(__file__).parent.parent / "train" / "pretrained" / file
    if not path.exists():
        what = "the network that comes with mien is not installed"
        raise MissingPartError(what, "install mien anew, or train one: `train --data fer2013.csv`")
    return path
