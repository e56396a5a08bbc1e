"""A real Label Studio, one for all tests of a session."""

from __future__ import annotations

import re
import shutil
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest

from annotate.environment import VERSION, installed
from annotate.server import start, stop
from annotate.studio import Studio
from schemas.settings import ServerSettings
from schemas.tables import TABLES
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class StudioServer:
    """A running Label Studio and the workspace it belongs to."""

    workspace: Workspace
    url: str
    token: str


@pytest.fixture(scope="session")
def studio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StudioServer]:
    """A Label Studio started as `annotate server start` does; its workspace has no pictures."""
    if installed() is None and shutil.which("uv") is None:
        pytest.skip(f"Label Studio {VERSION} is not installed: `pip install uv`; the tests install it with that")
    workspace = Workspace.open(tmp_path_factory.mktemp("studio") / "ws", create=True)
    state, _ = start(workspace, ServerSettings(studio_port=free_port()))
    yield StudioServer(workspace, state.url, state.token())
    stop(workspace)


@pytest.fixture
def studio(studio_server: StudioServer) -> Iterator[Studio]:
    """A connection as the administrator."""
    connection = Studio(studio_server.url, studio_server.token, local=True)
    yield connection
    connection.close()


@pytest.fixture
def studio_environment(studio_server: StudioServer, monkeypatch: pytest.MonkeyPatch) -> StudioServer:
    """The variables that point any workspace to the server."""
    monkeypatch.setenv("LABEL_STUDIO_URL", studio_server.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", studio_server.token)
    return studio_server


@pytest.fixture
def join(studio_server: StudioServer, studio: Studio) -> Iterator[Callable[[str], Studio]]:
    """Signs a person up by the invitation, as a browser does, and connects as them."""
    connections = []

    def sign_up(email: str) -> Studio:
        connections.append(Studio(studio_server.url, signed_up(studio.invite_link(), email)))
        return connections[-1]

    yield sign_up
    for connection in connections:
        connection.close()


@pytest.fixture
def answers(workspace: Workspace) -> Callable[..., Workspace]:
    """Fills `annotations`: each row is face, rater and answer (None: skipped), and may have further columns."""

    def fill(*rows: tuple[Any, ...]) -> Workspace:
        columns, empty = TABLES["annotations"].columns, {"string": "", "bool": False}
        full = []
        for face, rater, answer, *more in rows:
            said = {"unusable": "blurred"} if answer == "unusable" else {"label": answer, "skipped": answer is None}
            row = {"face_id": face, "rater": rater, "kind": "task", "source": "label-studio", **said}
            row |= more[0] if more else {}
            full.append({c.name: row.get(c.name, None if c.nullable else empty.get(c.type, 0)) for c in columns})
        workspace.replace("annotations", pd.DataFrame(full, columns=TABLES["annotations"].names, dtype=object))
        return workspace

    return fill


def signed_up(link: str, email: str, password: str = "correct-horse-9") -> str:  # noqa: S107 (nobody's password)
    """Signs a person up and returns their token."""
    with httpx.Client(trust_env=False, follow_redirects=True, timeout=60) as browser:
        page = browser.get(link)
        field = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert field, page.text[:500]
        form = {"csrfmiddlewaretoken": field[1], "email": email, "password": password, "allow_newsletters": ""}
        answer = browser.post(link, data=form, headers={"Referer": link})
        answer.raise_for_status()
        token = browser.get(str(httpx.URL(link).join("/api/current-user/token")))
        token.raise_for_status()
        return str(token.json()["token"])


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
