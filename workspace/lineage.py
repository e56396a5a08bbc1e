"""The log: one line a run, so that every table can be traced to its inputs, settings and versions.

The same lines tell whether a step has anything to do: it has not when its settings, the digests of what it
reads and the digests of what it wrote are those of its last line.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workspace.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workspace.store import Workspace

VERSION = "0.1.0"
"""mien's version; `pyproject.toml` has the same, and a test compares them."""


@dataclass
class Run:
    """One run of one step, from its start to its line in the log.

    Attributes:
        workspace: Where it reads and writes.
        step: Its name.
        settings: All its settings, as plain values.
        reads: Names of the tables it reads.
        writes: Names of the tables it writes.
        inputs: Further digests that decide its result, by name.
        versions: Versions of the libraries that decide its result, by name.
    """

    workspace: Workspace
    step: str
    settings: Mapping[str, Any]
    reads: Sequence[str] = ()
    writes: Sequence[str] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    _started: float = field(default_factory=time.monotonic)

    def done_before(self) -> dict[str, Any] | None:
        """The log line of an earlier run that makes this one superfluous, or None."""
        line = last_line(self.workspace, self.step)
        if line is None or any(not self.workspace.has(table) for table in self.writes):
            return None
        same = (
            line["settings"] == dict(self.settings)
            and line["versions"] == dict(self.versions)
            and line["inputs"] == self._inputs()
            and line["outputs"] == self._outputs()
        )
        return line if same else None

    def finish(self, counts: Mapping[str, int]) -> dict[str, Any]:
        """Writes the run's line and returns it.

        Args:
            counts: What the step did, for example `{"in": 10, "kept": 8, "out": 2}`.
        """
        line = {
            "step": self.step,
            "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "seconds": round(time.monotonic() - self._started, 3),
            "mien": VERSION,
            "python": platform.python_version(),
            "versions": dict(self.versions),
            "settings": dict(self.settings),
            "inputs": self._inputs(),
            "outputs": self._outputs(),
            "counts": dict(counts),
        }
        path = self.workspace.path / "log.jsonl"
        with disk_errors(path), path.open("ab+") as file:
            torn = file.tell() > 0 and (file.seek(-1, os.SEEK_END), file.read(1))[1] != b"\n"
            file.write((b"\n" if torn else b"") + json.dumps(line, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return line

    def _inputs(self) -> dict[str, str]:
        return {**{table: self.workspace.digest(table) for table in self.reads}, **self.inputs}

    def _outputs(self) -> dict[str, str]:
        return {table: self.workspace.digest(table) for table in self.writes}


def lines(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """All lines of the log, oldest first; one that a kill tore is passed over."""
    path = workspace.path / "log.jsonl"
    if not path.exists():
        return
    with path.open("rb") as file:
        for raw in file:
            try:
                yield json.loads(raw)
            except ValueError:
                continue


def last_line(workspace: Workspace, step: str) -> dict[str, Any] | None:
    """The newest line of a step, or None."""
    found = None
    for line in lines(workspace):
        if line["step"] == step:
            found = line
    return found


def plain(settings: Any) -> dict[str, Any]:
    """A settings dataclass as plain values, as the log keeps them."""
    return dataclasses.asdict(settings)
