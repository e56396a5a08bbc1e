"""The samples of the table `augmented`, rendered from their recipes."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import importlib.metadata
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from schemas.errors import InputError, MissingPartError, WorkspaceError
from workspace.augmented.render import RENDERER, View, render
from workspace.console import progress
from workspace.crops import CropRecipe
from workspace.engine import available_cores, quiet_opencv
from workspace.fer2013 import SIDE
from workspace.pixels import decode
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from workspace.augmented.render import Recipe
    from workspace.faceset import FaceSet

LIBRARIES = ("albumentations", "albucore", "numpy", "opencv-python-headless")
"""Distributions whose version may change a pixel."""
_AGAIN = "run `augment balance` again"


def made_with() -> str:
    """The versions that a recipe's pixels depend on, as the table `augmented` keeps them.

    Raises:
        MissingPartError: albumentations is not installed.
    """
    try:
        versions = [f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES]
    except importlib.metadata.PackageNotFoundError as error:
        what = f"augmented samples need {error.name}, which is not installed"
        raise MissingPartError(
            what, "install it: `uv sync --extra augment` or `pip install 'mien[augment]'`"
        ) from error
    return ", ".join([RENDERER, *versions])


class Parents:
    """The crops that samples are made of.

    Opened once for many samples; may be used by several threads.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Of a workspace.

        Args:
            workspace: With kept faces and their crops.
        """
        self._workspace = workspace
        faces = workspace.read("faces", ["face_id", "detector"])
        self._given = set(faces.loc[faces["detector"] == "given", "face_id"])
        crops = workspace.read("crops")
        recipes = {text: CropRecipe.read(text) for text in crops["recipe"].unique()}
        self._recipes = {face: recipes[text] for face, text in zip(crops["face_id"], crops["recipe"], strict=True)}

    def crop(self, face_id: str) -> tuple[NDArray[np.uint8], View]:
        """A face's colour crop, uint8 `[H, W, 3]` or grey `[H, W]`, and where its 48×48 picture lies in it.

        Raises:
            WorkspaceError: The crop is missing, or nobody knows how it was cut.
        """
        recipe = self._recipes.get(face_id)
        if recipe is None:
            raise WorkspaceError(f"nothing says how the crop of face {face_id} was cut", "run `curate faces`")
        path = self._workspace.picture_path("faces", f"{face_id}.png")
        try:
            pixels = decode(path.read_bytes()).pixels
        except OSError as error:
            raise WorkspaceError(f"the crop {path} cannot be read: {error.strerror}", "run `curate faces`") from error
        if face_id in self._given:
            height, width = pixels.shape[:2]
            return pixels, View.of_whole(width, height, recipe.contrast)
        return pixels, View(recipe.grey_in_colour(), recipe.contrast)


def renderings(
    parents: Parents, wanted: Iterable[tuple[str, Sequence[Recipe]]], workers: int = 0
) -> Iterator[NDArray[np.uint8]]:
    """Renders samples, a parent's together, in threads.

    Args:
        parents: Their crops.
        wanted: face_id and the recipes of its samples.
        workers: Threads; 0 means one per CPU core. They change nothing but the time.

    Yields:
        uint8 `[samples of the parent, 48, 48]`, in the order of `wanted`.
    """
    with concurrent.futures.ThreadPoolExecutor(workers or available_cores(), initializer=quiet_opencv) as executor:
        yield from executor.map(lambda item: _of_parent(parents, *item), wanted)


def _of_parent(parents: Parents, face_id: str, recipes: Sequence[Recipe]) -> NDArray[np.uint8]:
    crop, view = parents.crop(face_id)
    return np.stack([render(crop, recipe, view) for recipe in recipes])


def samples(workspace: Workspace) -> pd.DataFrame:
    """The rows of the table `augmented` that are samples, by face_id and copy, the recipes as objects.

    Raises:
        WorkspaceError: Nothing was balanced, or other versions of the libraries are installed than were then.
    """
    if not workspace.has("augmented"):
        raise WorkspaceError(f"the training split of {workspace.path} is not balanced", "run `augment balance`")
    table = workspace.read("augmented")
    table = table[table["copy"] > 0]
    there = made_with()
    others = sorted(set(table["made_with"]) - {there})
    if others:
        what = f"the samples stand for pixels of {others[0]}; installed are {there}: the pixels might differ"
        raise WorkspaceError(what, f"install those versions, or {_AGAIN}")
    return table.assign(recipe=[json.loads(text) for text in table["recipe"]])


def render_all(workspace: Workspace, rows: pd.DataFrame, workers: int = 0) -> Iterator[NDArray[np.uint8]]:
    """Renders rows of `samples` in their order, a parent's together; see `renderings`."""
    grouped = rows.groupby("face_id", sort=False)["recipe"].agg(list)
    return renderings(Parents(workspace), zip(grouped.index, grouped, strict=True), workers)


def with_samples(path: Path, faces: FaceSet, workers: int = 0) -> FaceSet:
    """A workspace's faces with the balanced training set in place of its training split.

    Args:
        path: The workspace.
        faces: What `workspace.faceset.read` gave for it.
        workers: Threads that render; 0 means one per CPU core.

    Returns:
        The faces as they were where nothing was balanced. Else training has the originals that are kept and, behind all
        faces, the samples; each of these has its parent's label, votes and group, so that it goes where its parent
        goes.

    Raises:
        InputError: Faces, labels or splits are others than when the set was balanced.
        WorkspaceError: The samples cannot be rendered.
    """
    workspace = Workspace.open(path)
    if not workspace.has("augmented"):
        return faces
    rows = samples(workspace)
    stays = check_current(workspace, faces)
    place = {face_id: at for at, face_id in enumerate(faces.places)}
    behind = np.array([place[face_id] for face_id in rows["face_id"]], np.int64)
    every = (pixels for group in render_all(workspace, rows, workers) for pixels in group)
    rendered = list(progress(every, text="samples", total=len(rows), unit="samples"))
    pixels = np.concatenate([faces.pixels[stays], np.array(rendered, np.uint8).reshape(-1, SIDE, SIDE)])
    chosen = np.concatenate([np.flatnonzero(stays), behind])
    names = [f"{face_id}.{copy}" for face_id, copy in zip(rows["face_id"], rows["copy"], strict=True)]
    told = hashlib.sha256(f"{faces.sha256} {workspace.digest('augmented')}".encode()).hexdigest()
    return dataclasses.replace(
        faces,
        pixels=pixels,
        labels=faces.labels[chosen],
        split=faces.split[chosen],
        votes=None if faces.votes is None else faces.votes[chosen],
        probabilities=None if faces.probabilities is None else faces.probabilities[chosen],
        places=[faces.places[at] for at in np.flatnonzero(stays)] + names,
        groups=faces.groups[chosen],
        sha256=told,
        left_out={
            **faces.left_out,
            **({"that `undersample` left out": int((~stays).sum())} if not stays.all() else {}),
        },
    )


def check_current(workspace: Workspace, faces: FaceSet) -> NDArray[np.bool_]:
    """Checks that the training split is the one that was balanced.

    Args:
        workspace: With the table `augmented`.
        faces: The workspace's labelled faces.

    Returns:
        bool `[N]`: which faces are shown in training, validation and test: all but those that `undersample` left out.

    Raises:
        InputError: It is another.
    """
    from schemas.emotion import NAMES

    table = workspace.read("augmented", ["face_id", "copy", "kept", "label"])
    originals = table[table["copy"] == 0]
    then: dict[str, Any] = dict(zip(originals["face_id"], originals["label"], strict=True))
    training = faces.split == "train"
    now = {faces.places[at]: NAMES[faces.labels[at]] for at in np.flatnonzero(training)}
    changed = len(set(now.items()) ^ set(then.items()))
    if changed:
        told = f"the training split of {workspace.path} is another than the one that was balanced ({changed:,} "
        raise InputError(told + "faces came, went or have another label)", _AGAIN)
    out = set(originals.loc[~originals["kept"], "face_id"])
    return np.array([face_id not in out for face_id in faces.places], np.bool_)
