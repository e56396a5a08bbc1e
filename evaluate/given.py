"""What is known of a model before it is opened: its file, its card, and what the settings say."""

from __future__ import annotations

import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluate.first_look import ModelFile
from evaluate.reading import SCALINGS, Scaling
from schemas.card import MOST_BYTES, SUFFIX, ModelCard, read
from schemas.emotion import CONTEMPT, NAMES, named
from schemas.errors import InputError, UsageError
from workspace.pretrained import network_path
from workspace.untrusted.form import form

if TYPE_CHECKING:
    from schemas.settings import PredictSettings
    from workspace.store import Workspace

_SIDE = 48
"""Of the faces, and of what goes into a network that takes pictures of any size."""


@dataclass(frozen=True)
class Given:
    """A model file and what was said of it.

    Attributes:
        file: Of which kind, and its SHA-256.
        card: What its maker says of it; None where there is no card.
        scaling: What grey levels go in as; None where nobody said.
        classes: mien's names in the order of the outputs; None where nobody said.
        side: Of the pictures, where its graph takes any.
    """

    file: ModelFile
    card: ModelCard | None
    scaling: Scaling | None
    classes: tuple[str, ...] | None
    side: int

    @property
    def name(self) -> str:
        """The network's name, `@`, and the first 12 digits of its SHA-256."""
        name = self.card.name if self.card and self.card.name else self.file.path.stem
        return f"{name}@{self.file.sha256[:12]}"


def given(source: str, settings: PredictSettings) -> Given:
    """Finds a model's file and card; settings go before the card.

    Args:
        source: Path of a model file, or a name in `workspace.pretrained.PRETRAINED`.
        settings: `label_order`, `input_scaling`, `input_size`, `max_model_mb`.

    Raises:
        InputError: The file holds no model, or its card is damaged or another file's.
        UsageError: The order of the labels names what mien does not know.
        MissingPartError: `pretrained` is not there.
    """
    path = network_path(source)
    most = settings.max_model_mb * 2**20
    kind = form(path, most)
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    card = _card(path, digest)
    side = settings.input_size or (card.input.height if card else _SIDE)
    classes = _order(settings.label_order) if settings.label_order else card.classes if card else None
    return Given(ModelFile(path, kind, digest, most), card, _scaling(card, settings), classes, side)


def cache_of(workspace: Workspace) -> Path:
    """A workspace's folder for what can be made anew of networks."""
    return workspace.path / "cache" / "models"


def user_cache() -> Path:
    """The user's folder for what can be made anew, as the system has it."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "mien" / "models"


def _card(path: Path, digest: str) -> ModelCard | None:
    place = path.with_name(path.stem + SUFFIX)
    try:
        with place.open("rb") as opened:
            card = read(opened.read(MOST_BYTES + 1), str(place))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot read {place}: {error.strerror}", "check its permissions") from error
    if card.sha256 and card.sha256 != digest:
        what = f"{place} is the card of another file: its sha256 is not that of {path.name}"
        raise InputError(what, "fetch both again; or, if you changed the model on purpose, write a new card")
    return card


def _scaling(card: ModelCard | None, settings: PredictSettings) -> Scaling | None:
    if settings.input_scaling != "card":
        return next(each for each in SCALINGS if each.name == settings.input_scaling)
    return Scaling("card", card.input.low, card.input.high) if card else None


def _order(text: str) -> tuple[str, ...]:
    classes = []
    for word in text.split(","):
        name = (
            CONTEMPT if word.strip().casefold() == CONTEMPT else named(word) if not word.strip().isdecimal() else None
        )
        if name is None:
            what = f"--label-order names {word.strip()[:80]!r}, which mien does not know"
            raise UsageError(what, f"it knows {', '.join((*NAMES, CONTEMPT))}")
        classes.append(name)
    missing = [name for name in NAMES if name not in classes]
    twice = sorted({name for name in classes if classes.count(name) > 1})
    if missing or twice:
        fault = f"lacks {', '.join(missing)}" if missing else f"names {', '.join(twice)} twice"
        raise UsageError(f"--label-order {fault}", "name the network's outputs once each; it must know all seven")
    return tuple(classes)
