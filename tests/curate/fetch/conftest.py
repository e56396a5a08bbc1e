"""The misbehaving server, and what a run against it looks like."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from curate.ingest import ingest
from schemas.settings import EngineSettings, FetchSettings, IngestSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workspace.store import Workspace

SERVER = Path(__file__).parent / "server.py"
LOCAL = ("127.0.0.1", "127.0.0.2")
"""Addresses the server listens at; the second one plays the private machine beside a public one."""


@dataclass(frozen=True)
class Site:
    """A running server.

    Attributes:
        port: Where it listens.
        log: Its own account of every request.
    """

    port: int
    log: Path

    def url(self, path: str, host: str = LOCAL[0]) -> str:
        """The address of a path."""
        return f"http://{host}:{self.port}/{path}"

    @property
    def robots(self) -> Path:
        """A file that, once it is there, names the status of robots.txt."""
        return self.log.with_suffix(".robots")

    def requests(self, *, host: str = "") -> list[str]:
        """Paths asked for so far, without the first slash, in order."""
        return [row[3][1:] for row in self.rows() if host in {"", row[2]}]

    def rows(self) -> list[list[str]]:
        """Time, number of the connection, address and path of each request so far."""
        return [line.split(" ") for line in self.log.read_text().splitlines()]


@pytest.fixture(scope="module")
def lasting_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server for all tests of a module."""
    yield from started(tmp_path_factory.mktemp("server") / "server.log")


@pytest.fixture
def site(lasting_site: Site) -> Site:
    """The same with an empty log; the numbers of `busy` and `flaky` must differ from test to test."""
    os.truncate(lasting_site.log, 0)  # the server appends, so it goes on at the beginning
    lasting_site.robots.unlink(missing_ok=True)
    return lasting_site


@pytest.fixture(scope="session")
def start() -> Callable[..., Iterator[Site]]:
    """Starts a server that a test sets up by itself."""
    return started


def started(log: Path, certificate: str = "") -> Iterator[Site]:
    """Starts a server, and ends it."""
    pytest.importorskip("aiohttp", reason="pip install 'mien[web]'")
    command = [sys.executable, SERVER, log, certificate, *LOCAL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Site(int(process.stdout.readline()), log)
        process.stdin.close()  # which ends it


@pytest.fixture(scope="session")
def quick() -> Callable[..., FetchSettings]:
    """Makes settings that wait for nothing longer than they must."""

    def make(**settings: object) -> FetchSettings:
        chosen = {
            "allow_private_network": True,
            "host_delay": 0.0,
            "host_connections": 16,
            "fetch_backoff": 0.01,
            "fetch_retries": 2,
            **settings,
        }
        return FetchSettings(**chosen)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def take() -> Callable[..., dict[str, str]]:
    """Ingests a list of URLs; gives the reason of each that was rejected, empty for those that were not."""

    def run(
        workspace: Workspace, urls: list[str], settings: FetchSettings, limits: IngestSettings | None = None
    ) -> dict[str, str]:
        path = workspace.path.parent / "list.csv"
        path.write_text("url\n" + "".join(f'"{url}"\n' for url in urls))
        ingest(workspace, [path], limits or IngestSettings(), EngineSettings(workers=2, shard_size=4), settings)
        return outcomes(workspace)

    return run


def outcomes(workspace: Workspace) -> dict[str, str]:
    """Each URL of the list and why it was rejected, empty where it was not."""
    rejected = workspace.read("rejected")
    taken = workspace.read("sources")["source"]
    pairs = [*((name, "") for name in taken), *zip(rejected["source"], rejected["reason"], strict=True)]
    return {name.removeprefix("list.csv/"): reason for name, reason in pairs}
