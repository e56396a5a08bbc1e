"""The workspace's own Label Studio: how it starts, what it shows, how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from annotate.environment import VERSION, install
from annotate.process import end_group, holder, identity
from annotate.server import LOOPBACK, start, status, stop
from annotate.studio import Studio
from annotate.studio_files import folder, read_private, write_private
from schemas.errors import MissingPartError, StudioError, UsageError, WorkspaceBusyError
from schemas.settings import ServerSettings
from tests.annotate.conftest import StudioServer, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workspace.store import Workspace

PROC = Path("/proc")


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads a group of two and takes no notice of SIGTERM; ended at the latest here."""
    script = "import signal, subprocess, sys, time; signal.signal(15, signal.SIG_IGN);"
    script += "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    script += "print(1, flush=True); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.fixture
def own_server(workspace: Workspace) -> Iterator[Workspace]:
    """A workspace whose server is stopped at the end, whatever became of the test."""
    yield workspace
    stop(workspace)


def test_a_private_file_is_its_owner_s_alone_from_the_first_byte(tmp_path: Path) -> None:
    """Whatever the umask, nobody else may read it, nor may they after it is written again."""
    before = os.umask(0)
    try:
        write_private(tmp_path / "a.json", {"a": 1})
        (tmp_path / "a.json").chmod(0o644)
        write_private(tmp_path / "a.json", {"a": 2})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600
    assert read_private(tmp_path / "a.json") == {"a": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_identity_tells_a_process_from_a_later_one_with_its_number(sleeper: subprocess.Popen[bytes]) -> None:
    """Two processes differ, one stays the same, an ended one has none, even before it is buried."""
    own = identity(sleeper.pid)
    assert own is not None
    assert own == identity(sleeper.pid)
    assert own != identity(os.getpid())
    os.killpg(sleeper.pid, signal.SIGKILL)
    while identity(sleeper.pid) is not None:
        time.sleep(0.01)


def test_another_process_with_the_same_number_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    """The number alone is no reason to kill."""
    end_group(sleeper.pid, "another boot:123")
    assert sleeper.poll() is None


def test_a_group_that_ignores_the_question_is_killed_with_its_children(sleeper: subprocess.Popen[bytes]) -> None:
    """After SIGTERM and its patience comes SIGKILL, for all of them."""
    end_group(sleeper.pid, identity(sleeper.pid) or "", patience=0.2)
    for entry in PROC.glob("[0-9]*"):
        if fields := (entry / "stat").read_text().rpartition(")")[2].split() if (entry / "stat").exists() else None:
            assert fields[2] != str(sleeper.pid) or fields[0] in "ZX"


def test_the_holder_of_a_port_is_named() -> None:
    """The message says which program must end."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        assert f"(process {os.getpid()})" in holder(taken.getsockname()[1])


def test_a_taken_port_is_refused_and_nothing_is_left(workspace: Workspace) -> None:
    """Label Studio itself would move to the next one without a word."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is taken by .*process {os.getpid()}"):
            start(workspace, ServerSettings(studio_port=port))
    assert status(workspace).state == "stopped"


def test_without_uv_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that has neither Label Studio nor uv."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingPartError, match="uv") as error:
        install()
    assert "pip install uv" in error.value.fix


def test_an_installation_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The last words of uv are in the message."""
    fake = tmp_path / "uv"
    fake.write_text("#!/bin/sh\necho 'error: no route to the index' >&2\nexit 2\n")
    fake.chmod(0o755)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(MissingPartError, match="no route to the index"):
        install()


def test_a_server_that_ends_while_it_starts_shows_its_last_words(
    monkeypatch: pytest.MonkeyPatch, workspace: Workspace, tmp_path: Path
) -> None:
    """The end of the log is in the message, without the invitation that a request line may hold."""
    place = tmp_path / "data" / "mien" / f"label-studio-{VERSION}"
    fake = place / "label-studio" / "bin" / "label-studio"
    fake.parent.mkdir(parents=True)
    fake.write_text(
        "#!/bin/sh\necho 'GET /user/signup/?token=s3cret HTTP/1.1'\necho 'database disk image is malformed'\nexit 3\n"
    )
    fake.chmod(0o755)
    (place / "label-studio" / "uv-receipt.toml").touch()
    (place / "empty.sqlite3").touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(StudioError, match="database disk image is malformed") as error:
        start(workspace, ServerSettings(studio_port=free_port()))
    assert error.value.reason == "down"
    assert "s3cret" not in str(error.value)
    assert status(workspace).state == "stopped"


def test_two_starts_at_once(workspace: Workspace) -> None:
    """The second is told to wait."""
    import filelock

    folder(workspace).mkdir()
    with filelock.FileLock(folder(workspace) / ".lock"), pytest.raises(WorkspaceBusyError):
        start(workspace, ServerSettings())


def test_stopping_what_does_not_run(workspace: Workspace) -> None:
    """Nothing happens, and it says so."""
    assert stop(workspace) is False


@pytest.mark.labelstudio
def test_it_listens_on_this_machine_alone(studio_server: StudioServer) -> None:
    """No socket of its process group listens on another address."""
    port = f"{int(studio_server.url.rpartition(':')[2]):04X}"
    lines = [line.split() for name in ("tcp", "tcp6") for line in (PROC / "net" / name).read_text().splitlines()[1:]]
    listening = [fields[1] for fields in lines if fields[3] == "0A" and fields[1].endswith(f":{port}")]
    assert listening == [f"0100007F:{port}"]  # 127.0.0.1, little-endian
    pid = status(studio_server.workspace).pid
    sockets = {str(entry.readlink()) for entry in (PROC / str(pid) / "fd").iterdir()}
    assert {fields[1] for fields in lines if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets} == set(listening)


@pytest.mark.labelstudio
def test_its_secrets_are_in_no_argument_no_log_and_no_readable_file(studio_server: StudioServer) -> None:
    """Other users of the machine see arguments; the folder is closed to them, and the log has no token."""
    place = folder(studio_server.workspace)
    account = read_private(place / "admin.json")
    arguments = (PROC / str(status(studio_server.workspace).pid) / "cmdline").read_text()
    log = (place / "server.log").read_text()
    for secret in (account["token"], account["password"]):
        assert secret not in arguments
        assert secret not in log
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    for name in ("admin.json", "server.json", "server.log", "data/label_studio.sqlite3"):
        assert stat.S_IMODE((place / name).stat().st_mode) == 0o600


@pytest.mark.labelstudio
def test_it_tells_nobody_anything(studio_server: StudioServer) -> None:
    """Analytics, error reports and the search for new versions are off in what the page is given."""
    with httpx.Client(base_url=studio_server.url, headers={"Authorization": f"Token {studio_server.token}"}) as client:
        version = client.get("/api/version").json()
        page = client.get("/user/login/").text
    assert version["label-studio-os-package"]["latest_version_from_pypi"] is None
    assert "sentry.io" not in page
    environment = (PROC / str(status(studio_server.workspace).pid) / "environ").read_text().split("\0")
    assert "LABEL_STUDIO_COLLECT_ANALYTICS=false" in environment
    assert "LABEL_STUDIO_SENTRY_DSN=" in environment


@pytest.mark.labelstudio
def test_nobody_signs_up_without_the_invitation(studio_server: StudioServer) -> None:
    """The sign-up page answers 403 to a form without the link's token."""
    with httpx.Client(base_url=studio_server.url) as browser:
        page = browser.get("/user/signup/").text
        token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        form = {"csrfmiddlewaretoken": token, "email": "eve@example.org", "password": "long-enough-1"}
        assert browser.post("/user/signup/", data=form).status_code == 403


@pytest.mark.labelstudio
def test_started_twice_it_says_that_it_runs(studio_server: StudioServer) -> None:
    """The second start changes nothing."""
    before = status(studio_server.workspace)
    again, new = start(studio_server.workspace, ServerSettings(studio_port=free_port()))
    assert (again, new) == (before, False)


@pytest.mark.labelstudio
@pytest.mark.usefixtures("studio_server")
def test_killed_started_again_and_stopped(own_server: Workspace) -> None:
    """A kill is told with the log's end; the next start has the old data and token; a stop leaves no process."""
    settings = ServerSettings(studio_port=free_port())
    first, _ = start(own_server, settings)
    with contextlib.closing(Studio(first.url, first.token())) as studio:
        project = studio.create_project("kept", label_config="<View/>")
    os.killpg(first.pid, signal.SIGKILL)
    while (crashed := status(own_server)).state != "crashed":  # for a moment it is there and does not answer
        time.sleep(0.05)
    assert "Starting development server" in crashed.log_end or "HTTP/1.1" in crashed.log_end
    _wait_for_port(settings.studio_port)
    second, new = start(own_server, settings)
    assert new
    assert second.token() == first.token()
    with contextlib.closing(Studio(second.url, second.token())) as studio:
        assert studio.project(project.id).title == "kept"
    assert stop(own_server)
    assert identity(second.pid) is None
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{second.url}/health")


@pytest.mark.labelstudio
def test_the_command_s_words_hold_no_secret(studio_server: StudioServer) -> None:
    """`annotate server status --json` says where the account's file is, not what is in it."""
    command = [sys.executable, "-m", "annotate", "server", "status", "--json", "-w", str(studio_server.workspace.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shown = json.loads(done.stdout)
    assert shown["state"] == "running"
    assert shown["url"] == studio_server.url
    account = read_private(Path(shown["account"]))
    assert account["token"] not in done.stdout + done.stderr
    assert account["password"] not in done.stdout + done.stderr


def _wait_for_port(port: int) -> None:
    """Waits until the kernel has taken the port back from processes that were killed."""
    until = time.monotonic() + 30
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return
        assert time.monotonic() < until, f"port {port} stayed taken"
        time.sleep(0.05)
