"""Several networks on the same faces, each with its own input, order of labels and card."""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate import columns
from evaluate.chosen import chosen, known
from evaluate.given import given
from evaluate.model import Model, open_model
from evaluate.protocol import curation, of_data, of_model, versions
from schemas.errors import InputError, UsageError
from schemas.settings import PredictSettings, make
from workspace import lineage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workspace.faceset import FaceSet

_SETTING = re.compile(r",(?=[a-z][a-z_-]*=)")
"""Where a setting of a network's own begins; an order of labels has commas too, but no word before an equals sign."""


@dataclass(frozen=True)
class Network:
    """One of them.

    Attributes:
        name: Short, and no other's.
        model: What answers.
        settings: How its inputs and outputs are read.
        size: Of its file, in bytes.
    """

    name: str
    model: Model
    settings: PredictSettings
    size: int


@dataclass(frozen=True)
class Several:
    """Networks and the faces that all of them are asked about.

    Attributes:
        networks: In the order in which they were named.
        faces: Labelled faces whose label every network knows.
        groups: int64 `[N]`; faces of one number are related and are drawn together.
        split: Which split they are, or `all`.
        left_out: Reason -> faces that are not among them.
        protocol: What figures on them rest on, as `results.json` has it.
    """

    networks: tuple[Network, ...]
    faces: FaceSet
    groups: NDArray[np.int64]
    split: str
    left_out: dict[str, int]
    protocol: dict[str, Any]


def several(command: str, sources: Sequence[str], data: Path, split: str, settings: PredictSettings) -> Several:
    """Reads faces and opens networks.

    Args:
        command: `compare` or `robustness`.
        sources: Each a model file or `pretrained`, and settings of its own behind it: `cnn.h5,input_scaling=unit`.
        data: As in `evaluate.run.Call`.
        split: As there.
        settings: Of all networks that say nothing else.

    Raises:
        InputError: A model or the faces cannot be used, or no label is known to all networks.
        UsageError: What must be known of a model and is not.
    """
    asked = [with_settings(source, settings) for source in sources]
    found = chosen(data, split)
    whole, workspace, name = found.everything, found.workspace, found.split
    models = [open_model(source, found.faces.pixels, own, found.cache, found.faces.labels) for source, own in asked]
    fit = np.all([known(model, found.faces) for model in models], axis=0)
    if not fit.any():
        what = f"none of the {len(found.faces):,} faces has a label that all networks know"
        raise InputError(what, "give other faces, or leave out the network that knows few classes")
    faces = found.faces.where(fit)
    groups = faces.groups if workspace is None else columns.of_workspace(workspace, faces.places)[0]
    unknown = {"label unknown to a network": int((~fit).sum())} if not fit.all() else {}
    sizes = [given(source, own).file.path.stat().st_size for source, own in asked]
    names = _short([model.name for model in models], sources)
    networks = tuple(
        Network(short, model, own, size)
        for short, model, (_, own), size in zip(names, models, asked, sizes, strict=True)
    )
    words = [word for source in sources for word in ("--model", _without_path(source))]
    protocol = {
        "command": shlex.join(["evaluate", command, *words, "--data", whole.source, "--split", name]),
        "models": [{**of_model(one.model), "called": one.name, "bytes": one.size} for one in networks],
        "data": of_data(whole, name),
        "settings": {"predict": [lineage.plain(one.settings) for one in networks]},
        "curation": curation(workspace),
        "versions": versions(models),
    }
    return Several(networks, faces, groups, name, {**whole.left_out, **unknown}, protocol)


def with_settings(source: str, settings: PredictSettings) -> tuple[str, PredictSettings]:
    """Takes a network's own settings off its name.

    Raises:
        UsageError: There is no such setting, or it cannot have that value.

    >>> path, own = with_settings("cnn.h5,input_scaling=unit,label-order=angry,sad", PredictSettings())
    >>> path, own.input_scaling, own.label_order
    ('cnn.h5', 'unit', 'angry,sad')
    """
    path, *parts = _parts(source)
    pairs = [part.partition("=") for part in parts]
    own = {name.replace("-", "_"): value for name, _, value in pairs}
    return path, make(PredictSettings, asdict(settings) | {name: _typed(name, value) for name, value in own.items()})


def _typed(name: str, value: str) -> str | int:
    if not isinstance(getattr(PredictSettings(), name, ""), int):
        return value
    if not value.isdecimal():
        raise UsageError(f"`{name}` must be a whole number, got {value[:80]!r}", f"for example {name}=64")
    return int(value)


def _without_path(source: str) -> str:
    path, *parts = _parts(source)
    return ",".join([Path(path).name, *parts])


def _short(names: Sequence[str], sources: Sequence[str]) -> list[str]:
    """What networks are called: as shortly as tells them apart.

    By name alone, else with the settings behind it, else with the first digits of the file, else numbered.

    >>> _short(["cnn@12ab", "fer@34cd"], ["cnn.keras", "fer.h5"])
    ['cnn', 'fer']
    >>> _short(["cnn@12ab", "cnn@12ab"], ["cnn.keras", "cnn.keras,test_time=mirror"])
    ['cnn', 'cnn (test_time=mirror)']
    >>> _short(["cnn@12ab", "cnn@34cd"], ["a/cnn.keras", "b/cnn.keras"])
    ['cnn@12ab', 'cnn@34cd']
    >>> _short(["cnn@12ab", "cnn@12ab"], ["cnn.keras", "cnn.keras"])
    ['cnn@12ab 1', 'cnn@12ab 2']
    """
    own = [",".join(_parts(source)[1:]) for source in sources]
    short = [name.partition("@")[0] for name in names]
    ways = (short, *(_with(way, short, own) for way in (short, list(names))))
    numbered = [f"{name} {at}" for at, name in enumerate(names, 1)]
    return next((way for way in ways if len(set(way)) == len(way)), numbered)


def _with(names: list[str], short: list[str], own: list[str]) -> list[str]:
    """Names, with their settings where the short name is another's too."""
    return [
        f"{name} ({text})" if text and short.count(one) > 1 else name if short.count(one) > 1 else one
        for name, one, text in zip(names, short, own, strict=True)
    ]


def _parts(source: str) -> list[str]:
    """A network's path, and its own settings."""
    return [source] if Path(source).exists() else _SETTING.split(source)
