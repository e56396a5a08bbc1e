"""The network a training starts from; light, so that a call is checked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas import card as cards
from schemas.errors import InputError, UsageError
from workspace.pretrained import network_path

if TYPE_CHECKING:
    from pathlib import Path

ARCHITECTURE = "vgg-compact"
"""The network that is trained where nobody names one."""


def begin(architecture: str | None, start: Path | None) -> tuple[str, Path | None]:
    """Which network is trained, and the file whose weights it starts from.

    Args:
        architecture: Its name, if one was given.
        start: A model file or the name of a network that comes with mien; None for random weights.

    Returns:
        The architecture: what was given, else what the card beside `start` says, else `ARCHITECTURE`; and the file.

    Raises:
        UsageError: The card names a function of somebody's own: nothing is imported on a card's word.
        InputError: The card cannot be read.
        MissingPartError: The network of that name is not there.
    """
    path = network_path(start) if start else None
    if architecture or path is None:
        return architecture or ARCHITECTURE, path
    place = path.with_suffix(cards.SUFFIX)
    if not place.exists():
        return ARCHITECTURE, path
    try:
        with place.open("rb") as file:
            named = cards.read(file.read(cards.MOST_BYTES + 1), str(place)).architecture
    except OSError as error:
        raise InputError(f"cannot read {place}: {error.strerror}", "give --architecture") from error
    if ":" in named:
        raise UsageError(f"{path.name} is of an architecture of somebody's own", f"give --architecture {named}")
    return named or ARCHITECTURE, path
