"""The first look at a file: in a process of its own, once."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from evaluate import first_look as module
from evaluate.first_look import Feed, ModelFile, first_look
from evaluate.reading import SCALINGS
from schemas.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

FACES = np.random.default_rng(0).integers(0, 256, (40, 48, 48), dtype=np.uint8)
FEED = Feed(SCALINGS[:2], 48, lambda outputs: outputs)


def model_file(path: Path, form: str = "onnx") -> ModelFile:
    """A file whose SHA-256 does not matter."""
    return ModelFile(path, form, "0" * 64, 2**24)


def no_process(*_: Any, **__: Any) -> Any:
    """In place of `subprocess.run`, where no process may be started."""
    raise AssertionError("a process was started")


def test_what_was_found_is_kept(
    small_network: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time no process is started."""
    file = model_file(small_network())
    first = first_look(file, FACES, FEED, tmp_path / "cache")
    assert first.outputs == 7
    assert first.faces == 40
    monkeypatch.setattr(subprocess, "run", no_process)
    assert first_look(file, FACES, FEED, tmp_path / "cache") == first


def test_another_scaling_is_looked_at_anew(
    small_network: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found for one range says nothing of another."""
    file = model_file(small_network())
    first_look(file, FACES, FEED, tmp_path / "cache")
    monkeypatch.setattr(subprocess, "run", no_process)
    with pytest.raises(AssertionError, match="a process was started"):
        first_look(file, FACES, Feed(SCALINGS, 48, FEED.as_probabilities), tmp_path / "cache")


def test_few_faces_do_not_settle_it(
    small_network: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look on three faces is taken again when there are more."""
    file = model_file(small_network())
    first_look(file, FACES[:3], FEED, tmp_path / "cache")
    monkeypatch.setattr(subprocess, "run", no_process)
    assert first_look(file, FACES[:3], FEED, tmp_path / "cache").faces == 3
    with pytest.raises(AssertionError, match="a process was started"):
        first_look(file, FACES, FEED, tmp_path / "cache")


def test_a_damaged_cache_is_made_anew(small_network: Callable[..., Path], tmp_path: Path) -> None:
    """It is a cache: what cannot be read is no error."""
    file = model_file(small_network())
    first_look(file, FACES, FEED, tmp_path / "cache")
    (report,) = (tmp_path / "cache").glob("*/report.json")
    report.write_text("{")
    assert first_look(file, FACES, FEED, tmp_path / "cache").outputs == 7


def test_the_process_refuses_in_our_words(tmp_path: Path) -> None:
    """An archive that calls for `os.system` is refused by its own path, and nothing stays behind."""
    path = tmp_path / "evil.keras"
    evil = b'{"module": "os", "class_name": "system", "config": "touch /tmp/pwned", "registered_name": null}'
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (("metadata.json", b"{}"), ("config.json", evil), ("model.weights.h5", b"")):
            archive.writestr(name, data)
    with pytest.raises(InputError) as raised:
        first_look(model_file(path, "keras"), FACES, FEED, tmp_path / "cache")
    assert raised.value.what == f"{path} asks for 'os.system', which is none of the layers that mien opens"
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "makes the library that reads it crash (SIGSEGV)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "takes more time or memory than a model file may"),
        ("import sys; from evaluate.trial import limit; limit(); bytearray(2**35)", "takes more memory than"),
        ("raise ValueError('layer dense:\\n  wrong shape')", "ValueError: layer dense:"),
    ],
)
def test_what_breaks_the_process_does_not_break_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, what: str
) -> None:
    """A crash, a limit, an exception of a library: each becomes an error that says so."""
    path = tmp_path / "a.onnx"
    path.write_bytes(b"x")
    monkeypatch.setattr(module, "_COMMAND", ("-c", code))
    with pytest.raises(InputError) as raised:
        first_look(model_file(path), FACES, FEED, tmp_path / "cache")
    assert what in raised.value.what


def test_a_module_in_the_users_folder_is_not_loaded(
    small_network: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's folder may hold an `onnxruntime.py` beside the model."""
    (tmp_path / "onnxruntime.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    first_look(model_file(small_network()), FACES, FEED, tmp_path / "cache")
    assert not Path(tmp_path / "pwned").exists()
