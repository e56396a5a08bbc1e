"""A .keras file: a ZIP archive of two JSON files and one of weights, and nothing else."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from schemas.errors import InputError
from schemas.structure import parse
from workspace.archives import BROKEN_ZIP
from workspace.untrusted.hdf5 import check_hdf5
from workspace.untrusted.layers import check_layers

if TYPE_CHECKING:
    from pathlib import Path

MOST_CONFIG = 16 * 2**20
"""Bytes of a model's description. ResNet-152, of 516 layers, has 0.6 MB."""
_MEMBERS = {"config.json": MOST_CONFIG, "metadata.json": 2**16, "model.weights.h5": None}
_EXPANSION = 100
"""Times that a member may be larger than what is stored of it. Keras stores its members as they are."""
_AGAIN = "fetch it again; it is not whole"


def check_archive(path: Path, max_bytes: int) -> None:
    """Checks a .keras file without opening it as a model: members, sizes, layers, weights.

    Args:
        path: The file.
        max_bytes: Most bytes that its weights may unpack to.

    Raises:
        InputError: It is truncated or damaged, holds what no .keras file holds, is a decompression bomb, or asks for a
            layer that is not on the list.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(path, archive, max_bytes)
            config = archive.read("config.json")
            weights = archive.read("model.weights.h5")
    except BROKEN_ZIP as error:
        raise InputError(f"{path} is damaged: {error}", _AGAIN) from error
    check_layers(parse(config, f"config.json of {path}", MOST_CONFIG), path)
    check_hdf5(io.BytesIO(weights), f"the weights in {path}", max_bytes)


def _check_members(path: Path, archive: zipfile.ZipFile, max_bytes: int) -> None:
    members = archive.infolist()
    names = [member.filename for member in members]
    for name in names:
        if name.endswith((".npz", ".pkl")):
            what = f"{path} holds {name!r}; such files can hold pickles, which can run any program"
            raise InputError(what, "have it saved anew with Keras 3: `model.save('cnn.keras')`")
        if name not in _MEMBERS:
            what = f"{path} holds {name[:80]!r}, which no network for pictures has"
            raise InputError(what, "have it saved anew with Keras 3: `model.save('cnn.keras')`")
    if sorted(names) != sorted(_MEMBERS):
        twice = next((name for name in names if names.count(name) > 1), None)
        fault = f"holds {twice} twice" if twice else f"lacks {next(name for name in _MEMBERS if name not in names)}"
        raise InputError(f"{path} {fault}: it is no whole .keras file", _AGAIN)
    for member in members:
        most = _MEMBERS[member.filename] or max_bytes
        if member.flag_bits & 1:
            raise InputError(f"{path} is encrypted", "unpack it with its password and save it without one")
        if member.file_size > most or member.file_size > 2**20 + _EXPANSION * member.compress_size:
            what = f"{path} is a decompression bomb: {member.filename} unpacks to {member.file_size:,} bytes"
            raise InputError(what, "do not open it; ask whoever sent it")
