"""Which form of model a file is, told by its bytes and held against its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = {".keras": "keras", ".h5": "h5", ".hdf5": "h5", ".onnx": "onnx", ".tflite": "litert"}
"""Suffix -> form of the model that such a file must hold."""
WORDS = {
    "keras": "a Keras 3 archive (.keras)",
    "h5": "a legacy Keras file (.h5)",
    "onnx": "an ONNX graph (.onnx)",
    "litert": "a LiteRT graph (.tflite)",
}
_EXPORT = "open it where it was made, and save it there with `model.save('cnn.keras')`"
_REFUSED = (
    (b"\x80\x02", "a Python pickle, which can run any program when it is opened", _EXPORT),
    (b"\x80\x03", "a Python pickle, which can run any program when it is opened", _EXPORT),
    (b"\x80\x04", "a Python pickle, which can run any program when it is opened", _EXPORT),
    (b"\x80\x05", "a Python pickle, which can run any program when it is opened", _EXPORT),
    (b"\x93NUMPY", "a NumPy array, no model", "give the model itself: .keras, .h5, .onnx or .tflite"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it first"),
)


def form(path: Path, max_bytes: int) -> str:
    """The form of a model file: `keras`, `h5`, `onnx` or `litert`.

    Args:
        path: The file.
        max_bytes: Largest file that is opened.

    Raises:
        InputError: There is no such file, it is empty or too large, holds no model, or its content is not what its
            name says.
    """
    if path.is_dir():
        what = f"{path} is a folder; a SavedModel, perhaps"
        raise InputError(what, "SavedModels hold programs; save it anew with `model.save('cnn.keras')`")
    try:
        with path.open("rb") as file:
            head = file.read(16)
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"cannot read the model {path}: {error.strerror}", "check its path and permissions") from error
    if not size:
        raise InputError(f"{path} is empty", "fetch it again")
    if size > max_bytes:
        what = f"{path} has {size / 2**20:,.0f} MiB, more than the {max_bytes / 2**20:,.0f} that are allowed"
        raise InputError(what, "raise --max-model-mb if you trust its source")
    expected = SUFFIXES.get(path.suffix.lower())
    if expected is None:
        raise InputError(f"{path} does not end in {', '.join(SUFFIXES)}", "give it the suffix of what it is")
    found = _content(head, path)
    if found != expected and not (found == "" and expected == "onnx"):
        _refuse(path, expected, found)
    return expected


def _content(head: bytes, path: Path) -> str:
    """The form that the first bytes speak of; empty where they speak of none, as ONNX's do not."""
    if head.startswith(b"PK\x03\x04"):
        return "keras"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "h5"
    if head[4:8] == b"TFL3":
        return "litert"
    for mark, word, fix in _REFUSED:
        if head.startswith(mark):
            raise InputError(f"{path} is {word}", fix)
    return ""


def _refuse(path: Path, expected: str, found: str) -> None:
    if not found:
        what = f"{path} is not {WORDS[expected]}: its first bytes are those of no model"
        raise InputError(what, "fetch it again; the download may have been cut off, or be a web page")
    suffix = next(suffix for suffix, its in SUFFIXES.items() if its == found)
    what = f"{path} calls itself {WORDS[expected]} and is {WORDS[found]}"
    raise InputError(what, f"ask whoever made it; if that is what you expect, rename it to {path.stem}{suffix}")
