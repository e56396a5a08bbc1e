"""`augment preview`: what a policy does to faces of each class (the paper's Fig. 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from augment.policy import Policy, policy as read_policy
from augment.recipe import recipe
from augment.sheet import Cell, Line, page, picture, said
from schemas.emotion import NAMES
from workspace.augmented.samples import Parents, renderings
from workspace.faceset import read
from workspace.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from workspace.faceset import FaceSet
    from workspace.store import Workspace

_TOGETHER = 3
"""Samples by the whole policy, as `augment balance` makes them, beside those by each transformation alone."""


def preview(workspace: Workspace, policy_name: str, seed: int, per_class: int, out: Path) -> dict[str, Any]:
    """Writes a contact sheet: a line for each face, a column for each transformation of the policy, then samples.

    Args:
        workspace: With kept faces and labels; it need not be balanced.
        policy_name: A policy, as `policy` takes it.
        seed: Of the samples: with that of `balance` they are the very same ones.
        per_class: Training faces of each class.
        out: Where the PNG goes; the page goes beside it, as `.html`.

    Returns:
        `written`, `classes` (name -> faces shown), `policy`.

    Raises:
        InputError, WorkspaceError: The faces cannot be read.
        StorageError: The disk refused a file.
    """
    policy = read_policy(policy_name)
    faces = read(workspace.path).of("train")
    chosen = [at for number in range(len(NAMES)) for at in _spread(faces, number, per_class)]
    recipes = [_recipes(policy, seed, faces.places[at]) for at in chosen]
    wanted = [(faces.places[at], drawn) for at, drawn in zip(chosen, recipes, strict=True)]
    lines = [
        Line(NAMES[faces.labels[at]], [Cell(faces.pixels[at]), *_cells(rendered, drawn)])
        for at, drawn, rendered in zip(chosen, recipes, renderings(Parents(workspace), wanted), strict=True)
    ]
    heads = ["original", *policy.choices, *["all of it"] * _TOGETHER]
    title = f"Policy {policy.name}"
    files = {
        out: picture(title, heads, lines),
        out.with_suffix(".html"): page(title, "Point at a face to see what was drawn for it.", heads, lines),
    }
    for path, data in files.items():
        write_atomically(path, data)
    counts = np.bincount(faces.labels[chosen], minlength=len(NAMES)).tolist()
    return {
        "written": [str(path) for path in files],
        "classes": dict(zip(NAMES, counts, strict=True)),
        "policy": policy.name,
    }


def _recipes(policy: Policy, seed: int, face_id: str) -> list[dict[str, dict[str, float]]]:
    alone = [recipe(policy.only(name), seed, face_id, 1) for name in policy.choices]
    return alone + [recipe(policy, seed, face_id, copy) for copy in range(1, _TOGETHER + 1)]


def _cells(rendered: Any, drawn: list[dict[str, dict[str, float]]]) -> list[Cell]:
    return [Cell(pixels, detail=said(recipe)) for pixels, recipe in zip(rendered, drawn, strict=True)]


def _spread(faces: FaceSet, number: int, count: int) -> list[int]:
    """Faces of a class, evenly spread over the order of their ids, which are digests: as good as drawn."""
    of_class = np.flatnonzero(faces.labels == number)
    places = np.linspace(0, len(of_class) - 1, min(count, len(of_class))).round().astype(int)
    return [int(of_class[place]) for place in places]
