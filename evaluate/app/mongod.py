"""The database's server: mien starts its own on the workspace's folder and stops it.

FiftyOne would share one server, and one database, among all its programs of this user; a mongod left over by one of
them then makes the next start fail (ServiceListenTimeout). Here each workspace has its own.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from evaluate.app.keeper import kept
from schemas.errors import MissingPartError, StorageError, WorkspaceBusyError, WorkspaceError
from workspace.console import note

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from evaluate.app.home import Home

OWN_SERVER = "FIFTYONE_DATABASE_URI"
"""The variable by which FiftyOne's users name a server of their own."""
_PROC = Path("/proc")
_PATIENCE = 120
"""Seconds for the server to listen or to end; on a busy machine it takes ten."""


@contextlib.contextmanager
def serving(home: Home) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Holds the workspace's database and has a server run on it.

    Args:
        home: Where the database lies.

    Yields:
        The server's address, and a function that says whether it still runs.

    Raises:
        WorkspaceBusyError: An App is open on this workspace.
        MissingPartError: There is no mongod.
        WorkspaceError: It does not start.
    """
    import filelock

    own = os.environ.get(OWN_SERVER)
    home.database.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(home.folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        what = f"the App is open on this workspace already{_where(home)}"
        raise WorkspaceBusyError(what, "use that one, or end it with Ctrl-C") from None
    try:
        if own:
            yield own, lambda: True
        else:
            _end_orphan(home)
            with _started(program(), home) as found:
                yield found
    finally:
        home.opened.unlink(missing_ok=True)
        lock.release()


def program() -> Path:
    """The mongod that comes with FiftyOne, else the system's.

    Raises:
        MissingPartError: There is none.
    """
    spec = importlib.util.find_spec("fiftyone")
    name = "mongod.exe" if os.name == "nt" else "mongod"
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "db" / "bin" / name
        if bundled.is_file():
            return bundled
    found = shutil.which(name)
    if found is None:
        what = "the App's database, mongod, is not installed"
        fix = (
            f"pip install 'mien[evaluate]' (on Linux x86-64 it comes along), or name a server of yours in {OWN_SERVER}"
        )
        raise MissingPartError(what, fix)
    return Path(found)


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _where(home: Home) -> str:
    import json

    try:
        return f" at {json.loads(home.opened.read_text(encoding='utf-8'))['address']}"
    except (OSError, ValueError, KeyError):  # it is just starting
        return ""


def _end_orphan(home: Home) -> None:
    """Ends a mongod that still holds the database although no App does: we hold the lock."""
    try:
        pid = int((home.database / "mongod.lock").read_text(encoding="ascii").strip() or 0)
        command = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0") if pid else []
    except (OSError, ValueError):
        return
    if os.fsencode(home.database) not in command:
        return  # the number is another program's by now
    note(f"a mongod was left over from an App that was killed (process {pid}); it is ended now")
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + _PATIENCE
    while (_PROC / str(pid) / "cmdline").exists() and _command(pid):
        if time.monotonic() > end:
            raise WorkspaceError(f"process {pid}, a mongod, holds {home.database} and does not end", f"kill -9 {pid}")
        time.sleep(0.1)


def _command(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""


@contextlib.contextmanager
def _started(mongod: Path, home: Home) -> Iterator[tuple[str, Callable[[], bool]]]:
    port = free_port()
    command = [str(mongod), "--dbpath", str(home.database), "--logpath", str(home.log), "--port", str(port)]
    command += ["--bind_ip", "127.0.0.1", "--wiredTigerCacheSizeGB", "0.5", "--quiet"]
    command += [] if os.name == "nt" else ["--nounixsocket"]
    with kept(command, home.folder) as server:
        _await(server, port, home)
        yield f"mongodb://127.0.0.1:{port}", lambda: server.poll() is None


def _await(server: subprocess.Popen[bytes], port: int, home: Home) -> None:
    end = time.monotonic() + _PATIENCE
    while server.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    said = home.log.read_text(encoding="utf-8", errors="replace") if home.log.is_file() else ""
    if "No space left" in said or shutil.disk_usage(home.folder).free < 2**20:
        raise StorageError(
            f"the App's database cannot be written: {home.database} is full", "make room; it takes 400 MB"
        )
    if server.poll() is None:
        what = f"the App's database does not answer after {_PATIENCE} s"
    else:
        what = f"the App's database did not start: mongod ended with status {server.returncode}"
    fix = f"{home.log} says why; if the database is damaged, pull-tags cannot save it: remove {home.folder}"
    raise WorkspaceError(what, fix)
