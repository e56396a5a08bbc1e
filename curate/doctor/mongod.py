"""The database server of FiftyOne: is it there, does it start, is an old one still running?"""

from __future__ import annotations

import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from curate.doctor.check import ABSENT, OK, WARNING, Check
from curate.doctor.command import output_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC = Path("/proc")


@dataclass(frozen=True)
class Server:
    """A running mongod.

    Attributes:
        pid: Its process id.
        parent: Its parent's process id.
        command: Its command line.
    """

    pid: int
    parent: int
    command: str


def mongod_checks() -> Iterator[Check]:
    """Checks the mongod that FiftyOne would start, and those that run already."""
    if os.environ.get("FIFTYONE_DATABASE_URI"):
        # Not shown: it may hold a password.
        yield Check("mongod", OK, "a server of your own, named by FIFTYONE_DATABASE_URI")
    else:
        yield _program()
    for server in running(_PROC):
        if "fiftyone" in server.command and _orphaned(server):
            yield Check(
                "mongod left over",
                WARNING,
                f"process {server.pid} has lost the program that started it; FiftyOne's next start can fail on it",
                f"if no FiftyOne is open: kill {server.pid}",
            )


def running(proc: Path) -> list[Server]:
    """The mongod processes of this machine, by process id; none where the system has no /proc.

    Args:
        proc: The folder `/proc`.
    """
    servers = []
    for folder in proc.glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
            # `pid (name) state parent …`; the name may hold spaces and brackets.
            fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended, or belongs to somebody else
            continue
        if Path(command.partition(" ")[0]).name == "mongod":
            servers.append(Server(int(folder.name), int(fields[1]), command))
    return sorted(servers, key=lambda server: server.pid)


def _orphaned(server: Server) -> bool:
    # An orphan is handed to process 1, or to a session's manager such as `systemd --user`.
    try:
        name = (_PROC / str(server.parent) / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return True
    return server.parent == 1 or name == "systemd"


def _program() -> Check:
    path = _find()
    if path is None:
        return Check("mongod", ABSENT, "not found", "only `evaluate app` needs it: pip install 'mien[evaluate]'")
    good, said = output_of([str(path), "--version"])
    version = next((line.split()[-1] for line in said.splitlines() if line.startswith("db version")), "")
    if good and version:
        return Check("mongod", OK, f"{version} at {path}")
    what = f"{path} does not run: {said.splitlines()[-1]}"
    return Check("mongod", WARNING, what, "install OpenSSL 3 and libcurl 4, or name a server in FIFTYONE_DATABASE_URI")


def _find() -> Path | None:
    spec = importlib.util.find_spec("fiftyone")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "db" / "bin" / ("mongod.exe" if os.name == "nt" else "mongod")
        if bundled.is_file():
            return bundled
    found = shutil.which("mongod")
    return Path(found) if found else None
