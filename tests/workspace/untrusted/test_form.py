"""What a file is, told by its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.errors import InputError
from workspace.untrusted.form import form

if TYPE_CHECKING:
    from pathlib import Path

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(8)
ZIP = b"PK\x03\x04" + bytes(12)
LITERT = b"\x1c\x00\x00\x00TFL3" + bytes(8)
ONNX = b"\x08\x08\x12\x08tf2onnx" + bytes(8)


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("a.keras", ZIP, "keras"),
        ("a.h5", HDF5, "h5"),
        ("a.HDF5", HDF5, "h5"),
        ("a.tflite", LITERT, "litert"),
        ("a.onnx", ONNX, "onnx"),
    ],
)
def test_name_and_content_agree(tmp_path: Path, name: str, head: bytes, expected: str) -> None:
    """Each form is known by suffix and first bytes."""
    (tmp_path / name).write_bytes(head)
    assert form(tmp_path / name, 2**20) == expected


@pytest.mark.parametrize(
    ("name", "head", "what", "fix"),
    [
        (
            "a.keras",
            HDF5,
            "calls itself a Keras 3 archive (.keras) and is a legacy Keras file (.h5)",
            "rename it to a.h5",
        ),
        ("a.h5", ZIP, "calls itself a legacy Keras file (.h5) and is a Keras 3 archive", "rename it to a.keras"),
        ("a.onnx", LITERT, "calls itself an ONNX graph (.onnx) and is a LiteRT graph", "rename it to a.tflite"),
        ("a.keras", b"<!DOCTYPE html>", "its first bytes are those of no model", "fetch it again"),
        ("a.h5", b"\x80\x04\x95model", "a Python pickle, which can run any program", "model.save"),
        ("a.onnx", b"\x80\x02}q\x00", "a Python pickle, which can run any program", "model.save"),
        ("a.keras", b"\x93NUMPY\x01\x00", "a NumPy array, no model", ".keras"),
        ("a.keras", b"", "is empty", "fetch it again"),
        ("a.pt", ZIP, "does not end in .keras, .h5", "suffix"),
    ],
)
def test_disguises_are_refused(tmp_path: Path, name: str, head: bytes, what: str, fix: str) -> None:
    """A file that is not what its name says is not opened, and the error says what it is."""
    (tmp_path / name).write_bytes(head)
    with pytest.raises(InputError) as raised:
        form(tmp_path / name, 2**20)
    assert what in raised.value.what
    assert fix in raised.value.fix


def test_a_folder_is_a_savedmodel(tmp_path: Path) -> None:
    """A SavedModel, which holds programs, is refused by name."""
    with pytest.raises(InputError, match="a folder; a SavedModel"):
        form(tmp_path, 2**20)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path that cannot be read stands in the error."""
    with pytest.raises(InputError, match=r"none\.keras: No such file"):
        form(tmp_path / "none.keras", 2**20)


def test_large_files_are_not_opened(tmp_path: Path) -> None:
    """The limit holds before anything is read, and the fix names the setting."""
    (tmp_path / "a.keras").write_bytes(ZIP * 2**17)
    with pytest.raises(InputError, match="has 2 MiB, more than the 1 that are allowed") as raised:
        form(tmp_path / "a.keras", 2**20)
    assert "--max-model-mb" in raised.value.fix
