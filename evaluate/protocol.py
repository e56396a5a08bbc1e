"""What an evaluation rests on, for whoever wants to repeat it."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workspace import lineage
from workspace.faceset import SPLITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluate.model import Model
    from evaluate.run import Call
    from workspace.faceset import FaceSet
    from workspace.store import Workspace

_LIBRARIES = {"litert": "ai-edge-litert"}
"""Engine -> the distribution whose version decides its figures, where that has another name."""
_TABLES = ("sources", "decisions", "faces", "splits", "labels")


def protocol(call: Call, faces: FaceSet, split: str, model: Model, workspace: Workspace | None) -> dict[str, Any]:
    """Files by name and digest, splits, settings, versions.

    No time and no path of the machine, so that an evaluation that is repeated gives the same bytes.

    Args:
        call: What was asked for.
        faces: All splits together.
        split: The one that was evaluated.
        model: The network.
        workspace: Where the faces come from, or None.
    """
    name = Path(call.model).name
    return {
        "command": shlex.join(["evaluate", "run", "--model", name, "--data", faces.source, "--split", split]),
        "model": of_model(model),
        "data": of_data(faces, split),
        "settings": {"evaluate": lineage.plain(call.settings), "predict": lineage.plain(call.predict)},
        "curation": curation(workspace),
        "versions": versions([model]),
    }


def of_model(model: Model) -> dict[str, Any]:
    """A network: its file's digest, what computes it, what its card says."""
    return {
        "name": model.name,
        "sha256": model.sha256,
        "classes": list(model.classes),
        "engine": model.engine,
        "notes": list(model.notes),
        "card": None if model.card is None else dataclasses.asdict(model.card),
    }


def of_data(faces: FaceSet, split: str) -> dict[str, Any]:
    """Where the faces come from, all splits together, and which was evaluated."""
    return {
        "source": faces.source,
        "form": faces.form,
        "sha256": faces.sha256,
        "split": split,
        "faces": {one: int((faces.split == one).sum()) for one in SPLITS},
    }


def versions(models: Sequence[Model]) -> dict[str, str]:
    """Of mien, Python, numpy, and of what computes the networks."""
    libraries = dict.fromkeys(["numpy", *(_LIBRARIES.get(one.engine, one.engine) for one in models)])
    return {
        "mien": lineage.VERSION,
        "python": platform.python_version(),
        **{one: importlib.metadata.version(one) for one in libraries},
    }


def curation(workspace: Workspace | None) -> dict[str, Any]:
    """How the faces of a workspace were found and cut, and the digests of what decides which there are."""
    if workspace is None:
        return {}
    line = lineage.last_line(workspace, "faces")
    return {
        "faces": line["settings"] if line else {},
        "tables": {name: workspace.digest(name) for name in _TABLES if workspace.has(name)},
    }
