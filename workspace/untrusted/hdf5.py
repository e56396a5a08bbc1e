"""An HDF5 file may speak of other files, of more memory than there is, and of filters: weights need none of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from schemas.errors import InputError
from schemas.structure import parse
from workspace.untrusted.layers import check_layers

if TYPE_CHECKING:
    from pathlib import Path

_MOST_OBJECTS = 100_000
"""Groups and arrays. ResNet-152 has some 2,000."""
_MOST_CONFIG = 16 * 2**20
_FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32"}
"""HDF5's numbers of the filters that every build of it has; others it would look for on the disk."""
_ASK = "do not open it; ask whoever sent it"


def check_h5_model(path: Path, max_bytes: int) -> None:
    """Checks a legacy .h5 file without opening it as a model: links, sizes, layers.

    Args:
        path: The file.
        max_bytes: Most bytes that its arrays may declare together.

    Raises:
        InputError: As `check_hdf5`; or it holds weights only, or asks for a layer that is not on the list.
    """
    import h5py

    check_hdf5(path, str(path), max_bytes)
    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get("model_config")
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise _damaged(str(path), error) from error
    if text is None:
        what = f"{path} holds weights without the network they belong to"
        raise InputError(what, "save the whole model, `model.save('cnn.keras')`, not its weights alone")
    if not isinstance(text, str | bytes):
        raise InputError(f"{path} has a description that is no text", _ASK)
    data = text.encode() if isinstance(text, str) else text
    check_layers(parse(data, f"the description in {path}", _MOST_CONFIG), path)


def check_hdf5(file: Any, name: str, max_bytes: int) -> None:
    """Walks through all groups and arrays of an HDF5 file without reading one array.

    Args:
        file: A path, or a file object that can be read and sought in.
        name: What it is, for messages.
        max_bytes: Most bytes that its arrays may declare together, whatever is stored of them.

    Raises:
        InputError: It is truncated or damaged, refers to another file, or declares more than it may.
    """
    import h5py

    try:
        with h5py.File(file, "r") as opened:
            _walk(opened, name, max_bytes)
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        # h5py has no error class of its own; libhdf5's complaints come as any of these.
        raise _damaged(name, error) from error


def _walk(root: Any, name: str, max_bytes: int) -> None:
    import h5py

    seen, total = set(), 0
    todo = [root]
    while todo:
        group = todo.pop()
        for key in group:
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink):
                kind = "another file" if isinstance(link, h5py.ExternalLink) else "another place"
                raise InputError(f"{name} has a link to {kind} at {key[:80]!r}", _ASK)
            item = group[key]
            place = h5py.h5o.get_info(item.id)
            if (place.fileno, place.addr) in seen:
                raise InputError(f"{name} holds {key[:80]!r} in two places", _ASK)
            seen.add((place.fileno, place.addr))
            if len(seen) > _MOST_OBJECTS:
                raise InputError(f"{name} holds more than {_MOST_OBJECTS:,} arrays and groups", _ASK)
            if isinstance(item, h5py.Group):
                todo.append(item)
            else:
                total += _array_bytes(item, name)
            if total > max_bytes:
                what = f"{name} declares arrays of more than {max_bytes / 2**20:,.0f} MiB"
                raise InputError(what, "raise --max-model-mb if you trust its source")


def _array_bytes(array: Any, name: str) -> int:
    import h5py

    if not isinstance(array, h5py.Dataset) or array.dtype.kind not in "fiub" or array.shape is None:
        raise InputError(f"{name} holds what is no array of numbers at {array.name[:80]!r}", _ASK)
    if array.is_virtual or array.external:
        raise InputError(f"{name} has the numbers of {array.name[:80]!r} in another file", _ASK)
    settings = array.id.get_create_plist()
    for at in range(settings.get_nfilters()):
        if settings.get_filter(at)[0] not in _FILTERS:
            raise InputError(f"{name} has {array.name[:80]!r} packed in an unknown way", _ASK)
    return int(array.size) * int(array.dtype.itemsize)


def _damaged(name: str, error: Exception) -> InputError:
    return InputError(f"{name} cannot be read: {error}", "fetch it again; it is truncated or damaged")
