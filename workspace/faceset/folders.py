"""Faces from folders by class, below folders by split if there are any."""

from __future__ import annotations

import difflib
import hashlib
import os
import stat
from typing import TYPE_CHECKING

from schemas.emotion import NAMES, named
from schemas.errors import InputError
from workspace.faceset.faces import SPLIT_OF_USAGE, Collector
from workspace.faceset.pictures import MOST_BYTES, face_levels
from workspace.fer2013 import USAGE_FOLDERS, usage_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace.faceset.faces import FaceSet

_WANTED = "give [train|validation|test/]CLASS/PICTURE with the classes " + ", ".join(NAMES)
_LEFT_BY_SYSTEMS = {"thumbs.db", "desktop.ini"}
"""Files that Windows leaves in folders of pictures; those of other systems begin with a dot."""


def read_folders(root: Path) -> FaceSet:
    """Reads `[SPLIT/]CLASS/PICTURE`.

    What a class is comes from its folder's name alone (`angry`, `Anger`, `0`), never from the order of the folders.
    A picture's split is what its own name begins with (`PublicTest_88305960.jpg`), else the folder's (`train`,
    `Training`, `validation`, `test` …), else train.

    Args:
        root: The folder.

    Returns:
        The faces in the order of their paths.

    Raises:
        InputError: A folder is no class, or a picture is damaged, no picture, or not 48×48; it is named.
    """
    faces, digest, numbers = Collector(root, "folders"), hashlib.sha256(), {name: at for at, name in enumerate(NAMES)}
    for folder, usage in _class_folders(root):
        for path in _entries(folder):
            data = _content(path)
            place = path.relative_to(root).as_posix()
            split = SPLIT_OF_USAGE[usage_of(path.name) or usage or "Training"]
            faces.add(face_levels(data, str(path)), numbers[str(named(folder.name))], split, place)
            name = os.fsencode(place)
            digest.update(b"%d %s %s\n" % (len(name), name, hashlib.sha256(data).hexdigest().encode()))
    return faces.faces(digest.hexdigest())


def _class_folders(root: Path) -> Iterator[tuple[Path, str]]:
    """Each class's folder with the usage that the folder above it stands for, empty where there is none."""
    for folder in _folders(root):
        usage = USAGE_FOLDERS.get(folder.name.casefold(), "")
        for inner in _folders(folder) if usage else [folder]:
            if not named(inner.name):
                near = difflib.get_close_matches(inner.name.casefold(), NAMES, n=1)
                hint = f"did you mean {near[0]}? Else " if near else ""
                raise InputError(f"{inner} is none of the seven classes", f"{hint}take the folder out; {_WANTED}")
            yield inner, usage


def _folders(folder: Path) -> Iterator[Path]:
    """The folders in a folder; a list or a README beside them, as exports have, is passed over.

    Links to folders are not followed: they may lead round in a circle.
    """
    for path in _entries(folder):
        if path.is_dir():
            if path.is_symlink():
                raise InputError(f"{path} is a link to a folder, which is not followed", "put the folder itself there")
            yield path


def _entries(folder: Path) -> list[Path]:
    """What a folder holds, by name; without what file managers leave there."""
    try:
        found = sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name))
    except OSError as error:
        raise InputError(f"{folder} cannot be opened: {error.strerror}", "check its permissions") from error
    return [path for path in found if not path.name.startswith(".") and path.name.lower() not in _LEFT_BY_SYSTEMS]


def _content(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{path} is no picture file", _WANTED)
        if status.st_size > MOST_BYTES:
            raise InputError(f"{path} has {status.st_size:,} bytes; a 48 × 48 face has a few thousand", _WANTED)
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check its permissions") from error
