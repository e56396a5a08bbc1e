"""The machine: cores, open files, GPU, and the disk the workspace lies on."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from curate.doctor.check import ABSENT, BROKEN, OK, WARNING, Check
from curate.doctor.command import output_of
from schemas.errors import MienError
from workspace.engine import available_cores
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENOUGH_FREE = 2 * 2**30
"""Bytes. Sorting a table of millions of rows spills 1 GB, and a download of pictures grows the originals."""
_ENOUGH_FILES = 256
"""Open files: a part of each table, one picture a worker, and the libraries' own; macOS starts at 256."""


def machine_checks(workspace: Path | None) -> Iterator[Check]:
    """Checks the machine, and the workspace where one is named.

    Args:
        workspace: Where the data set lies or will lie; None looks at the current folder's disk only.
    """
    yield Check("cores", OK, f"{available_cores()} usable")
    yield from _open_files()
    yield _gpu()
    place = (workspace or Path.cwd()).absolute()
    there = next(folder for folder in (place, *place.parents) if folder.is_dir())
    yield _free(there)
    yield _writable(there)
    if workspace is not None:
        yield _workspace(workspace)


def _open_files() -> Iterator[Check]:
    if sys.platform == "win32":
        return
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < _ENOUGH_FILES:
        yield Check("open files", WARNING, f"at most {most}", f"raise the limit first: ulimit -n {4 * _ENOUGH_FILES}")


def _gpu() -> Check:
    program = shutil.which("nvidia-smi")
    if program is None:
        return Check("GPU", ABSENT, "none seen", "none is needed; training is faster with one")
    good, said = output_of([program, "--query-gpu=name,memory.total", "--format=csv,noheader"])
    if good:
        return Check("GPU", OK, "; ".join(said.splitlines()))
    return Check(
        "GPU", WARNING, f"nvidia-smi fails: {said.splitlines()[-1]}", "check the driver; everything runs on the CPU"
    )


def _free(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    said = f"{free / 2**30:,.1f} GiB free at {folder}"
    return (
        Check("disk", OK, said)
        if free >= _ENOUGH_FREE
        else Check("disk", WARNING, said, "make room, or use another disk")
    )


def _writable(folder: Path) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Check("write", OK, f"files can be made in {folder}")
    except OSError as error:
        found = f"no file can be made in {folder}: {error.strerror}"
        return Check("write", BROKEN, found, "give yourself the right to write there, or name another --workspace")


def _workspace(path: Path) -> Check:
    if not path.exists():
        return Check("workspace", ABSENT, f"none at {path} yet", "make one with `curate ingest FOLDER`")
    try:
        opened = Workspace.open(path)
        images = opened.rows("images")
    except MienError as error:
        return Check("workspace", BROKEN, error.what, error.fix)
    return Check("workspace", OK, f"{images:,} pictures at {path}")
