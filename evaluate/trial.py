"""A model file is opened for the first time in a process of its own: `python -m evaluate.trial FOLDER`.

What it does wrong hits that process alone: it has limits on memory and time, and if the file makes a library crash
the caller is told so instead of crashing with it. It also spares the caller TensorFlow's ten seconds and 400 MB: what
comes back is an ONNX graph and what Keras says to a sample of faces.

In the folder lie `job.json`, `sample.npy` and the model; it writes `report.json`, `reference.npy` and `model.onnx`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluate.reading import Scaling, prepare
from schemas.errors import InputError, MienError, MissingPartError
from workspace.graphs import Shape, litert_graph, onnx_graph
from workspace.untrusted.archive import check_archive
from workspace.untrusted.graph import check_onnx
from workspace.untrusted.hdf5 import check_h5_model

MEMORY = 12 * 2**30
"""Bytes of its own that the process may have. TensorFlow on two cores, with a network of 25 M parameters, has 2 GiB."""
SECONDS = 900
"""Processor time it may take. Opening and converting a network of 50 layers takes some 25 s."""
_CHECKS = {"keras": check_archive, "h5": check_h5_model}


@dataclass(frozen=True)
class Job:
    """What is to be tried.

    Attributes:
        model: File name in the folder.
        source: Path the user gave, for messages.
        form: As `workspace.untrusted.form` tells it.
        side: Side of the pictures where the graph takes any.
        scalings: To give the sample in.
        max_bytes: Most that the file may unpack to.
        convert: Whether an ONNX graph is wanted of a Keras file.
    """

    model: str
    source: str
    form: str
    side: int
    scalings: tuple[Scaling, ...]
    max_bytes: int
    convert: bool


def trial(folder: Path) -> None:
    """Checks a model file, opens it, runs it on the sample and converts it to ONNX.

    Args:
        folder: With `job.json`, `sample.npy` (u8 `[n, 48, 48]`) and the model. `report.json` is written when the model
            has answered, before it is converted: what breaks afterwards breaks the conversion only.

    Raises:
        InputError: The file is not what mien opens.
        MissingPartError: Keras is not there.
    """
    values = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    job = Job(**{**values, "scalings": tuple(Scaling(**each) for each in values["scalings"])})
    sample = np.load(folder / "sample.npy", allow_pickle=False)
    path = folder / job.model
    try:
        if job.form in _CHECKS:
            _CHECKS[job.form](path, job.max_bytes)
            _keras_trial(folder, job, sample)
        else:
            if job.form == "onnx":
                check_onnx(path)
            graph = onnx_graph(path, job.side) if job.form == "onnx" else litert_graph(path, job.side, threads=1)
            _answer(folder, job, sample, graph.shape, graph.run)
    except InputError as error:
        raise InputError(error.what.replace(str(path), job.source), error.fix) from error


def _keras_trial(folder: Path, job: Job, sample: Any) -> None:
    from evaluate.keras_model import export_onnx, keras_graph

    graph = keras_graph(folder / job.model, job.side)
    _answer(folder, job, sample, graph.shape, graph.run)
    if job.convert:
        export_onnx(graph.model, folder / "model.onnx")
        onnx_graph(folder / "model.onnx", job.side).run(prepare(sample[:1], graph.shape, job.scalings[0]))


def _answer(folder: Path, job: Job, sample: Any, shape: Shape, run: Any) -> None:
    answers = np.stack([run(prepare(sample, shape, scaling)) for scaling in job.scalings])
    np.save(folder / "reference.npy", answers.astype(np.float32), allow_pickle=False)
    report = {"shape": dataclasses.asdict(shape), "outputs": int(answers.shape[-1])}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")


def limit() -> None:
    """Gives this process its limits, where the system has them."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    for kind, most in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main() -> None:
    """Entry point of the process."""
    limit()
    # Before TensorFlow is loaded: no remarks, no graphics card, and the backend that can be converted.
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", KERAS_BACKEND="tensorflow")
    warnings.simplefilter("ignore")  # of libraries, about each other
    folder = Path(sys.argv[1])
    try:
        trial(folder)
    except MienError as error:
        kind = "missing" if isinstance(error, MissingPartError) else "input"
        (folder / "refused.json").write_text(json.dumps({"kind": kind, "what": error.what, "fix": error.fix}))
        sys.exit(1)


if __name__ == "__main__":
    main()
