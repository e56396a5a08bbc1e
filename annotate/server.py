"""The workspace's own Label Studio: start, stop, status.

It listens on this machine alone, reports nothing to anyone, lets nobody in without an invitation, and keeps its data
below the workspace. Its secrets reach it through the environment, which no other user can see, unlike arguments.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from annotate.environment import DATABASE, VERSION, install, installed, variables
from annotate.process import end_group, holder, identity
from annotate.studio_files import folder, make_folder, pictures, read_private, write_private
from schemas.errors import StudioError, UsageError, WorkspaceBusyError
from workspace.console import note, progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemas.settings import ServerSettings
    from workspace.store import Workspace

LOOPBACK = "127.0.0.1"

LOG_LINES = 12
"""How much of a crashed server's log is shown."""

_processes: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that this process started; they outlive it, but while it lives only it can bury them."""


@dataclass(frozen=True)
class ServerStatus:
    """How the workspace's own server is.

    Attributes:
        state: "running"; "not answering": the process lives, its page does not come; "crashed": it was started and
            is gone; "stopped".
        url: Its address; empty when stopped.
        pid: Its process; 0 when stopped.
        version: Label Studio's version.
        account: The file with the administrator's e-mail, password and token.
        log: What the server printed.
        log_end: The last lines of it, where the server crashed or does not answer.
    """

    state: str
    url: str
    pid: int
    version: str
    account: str
    log: str
    log_end: str = ""

    def token(self) -> str:
        """The administrator's token, from the file that only the owner can read."""
        from pathlib import Path

        return str(read_private(Path(self.account)).get("token", ""))

    def as_dict(self) -> dict[str, Any]:
        """All of it but the token, which is never shown."""
        return asdict(self)


def status(workspace: Workspace) -> ServerStatus:
    """How the workspace's own server is; asks its health page, nothing else."""
    known = read_private(folder(workspace) / "server.json")
    if not known:
        return _status(workspace, "stopped", {})
    if not _lives(known):
        return _status(workspace, "crashed", known)
    return _status(workspace, "running" if _healthy(known["port"]) else "not answering", known)


def start(workspace: Workspace, settings: ServerSettings) -> tuple[ServerStatus, bool]:
    """Starts the workspace's own server and waits until it answers.

    Args:
        workspace: Whose.
        settings: Port and patience.

    Returns:
        How it is, and whether it was started now rather than before.

    Raises:
        MissingPartError: Label Studio is not installed and cannot be.
        UsageError: The port is taken.
        StudioError: It crashed, or did not answer in time; its log's last lines are in the message.
    """
    with _alone(workspace):
        before = status(workspace)
        if before.state == "running":
            return before, False
        if before.state == "not answering":
            what = f"the Label Studio of {workspace.path} is there (process {before.pid}) and does not answer"
            raise StudioError("down", what, "wait if it is just starting; else `annotate server stop`, then start")
        _check_port(settings.studio_port)
        if installed() is None:
            note(f"installing Label Studio {VERSION} into an environment of its own (0.9 GB), once for all workspaces")
        pid = _launch(workspace, settings.studio_port)
        known = {
            "url": f"http://{LOOPBACK}:{settings.studio_port}",
            "port": settings.studio_port,
            "pid": pid,
            "identity": identity(pid),
            "version": VERSION,
        }
        write_private(folder(workspace) / "server.json", known)
        try:
            _await(workspace, known, settings.studio_patience)
        except BaseException:
            # Ctrl-C too: a server that nobody waited for would hold its port for ever.
            _end(workspace, known)
            raise
        return status(workspace), True


def stop(workspace: Workspace) -> bool:
    """Stops the workspace's own server with all its processes.

    Returns:
        Whether there was one.
    """
    with _alone(workspace):
        known = read_private(folder(workspace) / "server.json")
        lived = bool(known) and _lives(known)
        if known:
            _end(workspace, known)
        return lived


def _lives(known: dict[str, Any]) -> bool:
    # It has no identity where it ended before it could be looked at.
    return known["identity"] is not None and identity(known["pid"]) == known["identity"]


def _end(workspace: Workspace, known: dict[str, Any]) -> None:
    if _lives(known):
        end_group(known["pid"], known["identity"])
    process = _processes.pop(known["pid"], None)
    if process is not None:
        process.wait()
    (folder(workspace) / "server.json").unlink(missing_ok=True)


def _launch(workspace: Workspace, port: int) -> int:
    place = folder(workspace)
    for name in ("data", "pictures"):
        (place / name).mkdir(exist_ok=True)
    label_studio = install()
    if not (place / "data" / DATABASE).exists():
        shutil.copy(label_studio.database, place / "data" / ".new")
        (place / "data" / ".new").replace(place / "data" / DATABASE)
    command = [str(label_studio.program), "start", "--no-browser", "--internal-host", LOOPBACK]
    command += ["--port", str(port), "--enable-legacy-api-token"]
    descriptor = os.open(place / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = subprocess.Popen(  # noqa: S603
            command,
            env=_environment(workspace),
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
            umask=0o077,
        )
    finally:
        os.close(descriptor)
    _processes[process.pid] = process
    return process.pid


def _environment(workspace: Workspace) -> dict[str, str]:
    account = _account(workspace)
    return variables() | {
        "LABEL_STUDIO_USERNAME": account["email"],
        "LABEL_STUDIO_PASSWORD": account["password"],
        "LABEL_STUDIO_USER_TOKEN": account["token"],
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder(workspace) / "data"),
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(pictures(workspace)),
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_ALLOWED_HOSTS": f"{LOOPBACK},localhost",
    }


def _account(workspace: Workspace) -> dict[str, Any]:
    path = folder(workspace) / "admin.json"
    account = read_private(path)
    if not account:
        # A name of its own each time: where the file was lost the database still knows the old one, and would
        # keep its password and token.
        name = f"admin-{secrets.token_hex(4)}@mien.localhost"
        account = {"email": name, "password": secrets.token_urlsafe(18), "token": secrets.token_hex(20)}
        write_private(path, account)
    return account


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        # As the server itself does, so that a port which was just given back counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            who = holder(port)
            what = f"port {port} is taken{f' by {who}' if who else ''}: {error.strerror}"
            raise UsageError(what, "name another with --studio-port, or end what holds it") from error


def _await(workspace: Workspace, known: dict[str, Any], patience: int) -> None:
    for _ in progress(_ticks(patience), text="starting", total=patience, unit="s"):
        if not _lives(known):
            raise _gave_up(workspace, "ended while it started")
        if _healthy(known["port"]):
            _check_is_ours(workspace, known)
            return
    raise _gave_up(workspace, f"did not answer within {patience} s")


def _check_is_ours(workspace: Workspace, known: dict[str, Any]) -> None:
    """A server that took the port a moment before ours would answer in its place."""
    from annotate.studio import Studio

    Studio(known["url"], _account(workspace)["token"], local=True).close()


def _ticks(seconds: int) -> Iterator[int]:
    for _ in range(seconds):
        time.sleep(1)
        yield 1


def _gave_up(workspace: Workspace, how: str) -> StudioError:
    what = f"Label Studio {how}; its log ends with:\n{_log_end(workspace)}"
    return StudioError(
        "down", what, f"look at {folder(workspace) / 'server.log'}; --studio-patience gives it more time"
    )


def _healthy(port: int) -> bool:
    # Not httpx, which spends a tenth of a second on certificates that a loopback address does not need.
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _status(workspace: Workspace, state: str, known: dict[str, Any]) -> ServerStatus:
    place = folder(workspace)
    return ServerStatus(
        state=state,
        url=known.get("url", ""),
        pid=known.get("pid", 0),
        version=known.get("version", VERSION),
        account=str(place / "admin.json"),
        log=str(place / "server.log"),
        log_end=_log_end(workspace) if state in {"crashed", "not answering"} else "",
    )


def _log_end(workspace: Workspace) -> str:
    path = folder(workspace) / "server.log"
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        lines = file.read().decode(errors="replace").splitlines()[-LOG_LINES:]
    # A sign-up's address holds the invitation, which is for the invited alone.
    return re.sub(r"token=[^\s&\"']+", "token=…", "\n".join(lines))


@contextlib.contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Two starts at once would both see that none runs."""
    import filelock

    path: Path = make_folder(workspace) / ".lock"
    try:
        with filelock.FileLock(path, timeout=0):
            yield
    except filelock.Timeout:
        what = f"another command starts or stops the Label Studio of {workspace.path}"
        raise WorkspaceBusyError(what, "wait until it ends") from None
