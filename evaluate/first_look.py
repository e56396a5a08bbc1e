"""What the first look at a model file found, kept by the file's SHA-256 so that it is taken once.

A folder of the cache holds `report.json` and, for Keras files that could be converted, `model.onnx`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluate.reading import prepare
from schemas.errors import InputError, MissingPartError
from workspace.console import note
from workspace.files import disk_errors, swap_folder
from workspace.graphs import Shape, onnx_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from evaluate.reading import Scaling

ENOUGH = 32
"""Faces on which a converted graph is held against Keras at least, if there are so many, for the result to be kept."""
_COMMAND = ("-m", "evaluate.trial")
_LIBRARIES = ("keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime", "ai-edge-litert")


@dataclass(frozen=True)
class ModelFile:
    """A model file whose name and first bytes agree.

    Attributes:
        path: Where it lies.
        form: `keras`, `h5`, `onnx` or `litert`.
        sha256: Of its bytes.
        max_bytes: Most that it may unpack to.
    """

    path: Path
    form: str
    sha256: str
    max_bytes: int


@dataclass(frozen=True)
class Look:
    """What is known of a model file.

    Attributes:
        shape: The pictures it takes.
        outputs: How many numbers it gives for each.
        graph: The converted graph; None where there is none.
        why_not: Why it could not be converted, where it could not.
        faces: On how many the converted graph was held against Keras.
        differences: Scaling in words -> largest difference of a probability between the two.
    """

    shape: Shape
    outputs: int
    graph: Path | None
    why_not: str
    faces: int
    differences: dict[str, float]


@dataclass(frozen=True)
class Feed:
    """How a sample of faces is given to a network.

    Attributes:
        scalings: In which grey levels go in, one after the other.
        side: Side of the pictures where the graph takes any.
        as_probabilities: What turns its outputs into probabilities.
    """

    scalings: Sequence[Scaling]
    side: int
    as_probabilities: Callable[[NDArray[np.float32]], NDArray[np.float32]]


def first_look(file: ModelFile, sample: NDArray[np.uint8], feed: Feed, cache: Path) -> Look:
    """Opens a model file in a process of its own, runs it on faces, converts it; or says what was found before.

    Args:
        file: The model.
        sample: u8 `[n, 48, 48]`, n at least 1.
        feed: How they are given to the network.
        cache: Folder of what was found before.

    Raises:
        InputError: The file is not what mien opens.
        MissingPartError: A library is missing.
        StorageError: The cache cannot be written.
    """
    folder = cache / f"{file.sha256[:32]}-{_recipe(feed.side)}"
    known = _read(folder)
    if (
        known
        and {each.words for each in feed.scalings} <= set(known.differences)
        and known.faces >= min(len(sample), ENOUGH)
    ):
        return known
    note(f"{file.path.name}: checked and converted before its first use; that may take half a minute")
    with disk_errors(cache), contextlib.ExitStack() as stack:
        cache.mkdir(parents=True, exist_ok=True)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=cache, prefix=".look-")))
        why_not = _try(file, sample, feed, scratch)
        look = _compare(scratch, sample, feed, why_not)
        new = scratch / "new"
        new.mkdir()
        if look.graph:
            (scratch / "model.onnx").rename(new / "model.onnx")
        report = {**dataclasses.asdict(look), "graph": bool(look.graph)}
        (new / "report.json").write_text(json.dumps(report), encoding="utf-8")
        swap_folder(new, folder)
    return dataclasses.replace(look, graph=folder / "model.onnx" if look.graph else None)


def _recipe(side: int) -> str:
    """What a look depends on beside the file: the libraries, and the size where the file leaves it open."""
    versions = []
    for name in _LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions.append(f"{name} {metadata.version(name)}")
    return hashlib.sha256(f"1, {side}, {', '.join(versions)}".encode()).hexdigest()[:12]


def _read(folder: Path) -> Look | None:
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # a cache that is gone or damaged is made anew
    graph = folder / "model.onnx" if report["graph"] else None
    return Look(**{**report, "shape": Shape(**report["shape"]), "graph": graph})


def _try(file: ModelFile, sample: Any, feed: Feed, scratch: Path) -> str:
    """Runs `evaluate.trial`; returns why there is no converted graph, or nothing."""
    model = f"model{file.path.suffix.lower()}"
    shutil.copyfile(file.path, scratch / model)
    job = {
        "model": model,
        "source": str(file.path),
        "form": file.form,
        "side": feed.side,
        "scalings": [dataclasses.asdict(each) for each in feed.scalings],
        "max_bytes": file.max_bytes,
        "convert": file.form in {"keras", "h5"},
    }
    (scratch / "job.json").write_text(json.dumps(job), encoding="utf-8")
    np.save(scratch / "sample.npy", sample, allow_pickle=False)
    # -P: the folder the user stands in is not searched for modules; ours is.
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    done = subprocess.run(  # noqa: S603 - our own module, with a folder of our own
        [sys.executable, "-P", *_COMMAND, str(scratch)],
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
        check=False,
    )
    if done.returncode == 0:
        return ""
    _refused(scratch)
    complaint = _complaint(done)
    if (scratch / "report.json").exists():
        (scratch / "model.onnx").unlink(missing_ok=True)
        return complaint
    raise InputError(f"{file.path} cannot be opened: {complaint}", "fetch it again, or have it saved anew")


def _refused(scratch: Path) -> None:
    path = scratch / "refused.json"
    if path.exists():
        refused = json.loads(path.read_text(encoding="utf-8"))
        kind = MissingPartError if refused["kind"] == "missing" else InputError
        raise kind(refused["what"], refused["fix"])


def _complaint(done: subprocess.CompletedProcess[str]) -> str:
    """Why a process ended as it did, in one line."""
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        if name in {"SIGXCPU", "SIGKILL"}:
            return "it takes more time or memory than a model file may"
        return f"it makes the library that reads it crash ({name})"
    # A traceback's last line that is not indented is the exception; what follows it may be advice of many lines.
    lines = [line for line in done.stderr.splitlines() if line and not line[0].isspace()]
    last = next((line for line in reversed(lines) if "Error" in line.split(":")[0]), lines[-1] if lines else "")
    if "MemoryError" in last or "ResourceExhausted" in last or "bad_alloc" in done.stderr:
        return "it takes more memory than a model file may"
    return last[:300] or f"the process ended with status {done.returncode}"


def _compare(scratch: Path, sample: NDArray[np.uint8], feed: Feed, why_not: str) -> Look:
    report = json.loads((scratch / "report.json").read_text(encoding="utf-8"))
    shape = Shape(**report["shape"])
    path = scratch / "model.onnx"
    differences = {each.words: 0.0 for each in feed.scalings}
    if path.exists():
        graph = onnx_graph(path, shape.height)
        reference = np.load(scratch / "reference.npy", allow_pickle=False)
        for scaling, expected in zip(feed.scalings, reference, strict=True):
            found = graph.run(prepare(sample, shape, scaling))
            difference = np.abs(feed.as_probabilities(found) - feed.as_probabilities(expected)).max()
            differences[scaling.words] = float(difference) if np.isfinite(difference) else 1.0
    return Look(shape, report["outputs"], path if path.exists() else None, why_not, len(sample), differences)
