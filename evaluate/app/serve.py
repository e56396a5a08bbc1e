"""The App from start to end: database, data set, server, and a clean stop."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluate.app.home import Home, check_installed, connected
from evaluate.app.keeper import kept
from evaluate.app.mongod import serving
from schemas.errors import UsageError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evaluate.app.dataset import Changes
    from evaluate.app.rows import Content
    from schemas.settings import AppSettings
    from workspace.store import Workspace

ADDRESS = "127.0.0.1"
"""Only this machine reaches the App: it asks nobody for a password and shows people's faces."""


_PATIENCE = 300
"""Seconds for the App's server to answer; it takes fifteen, on a busy machine minutes."""


@dataclass(frozen=True)
class Look:
    """What a browser opens at the address.

    Attributes:
        view: A saved view; empty: the panel Model Evaluation beside the grid.
    """

    view: str


@dataclass(frozen=True)
class Opened:
    """An App that can be looked at.

    Attributes:
        changes: What of its data set was made anew.
        views: Names of the saved views.
        evaluations: Keys of the evaluations.
        planes: Keys of the embeddings.
        address: Where.
        seconds: Since the command began.
    """

    changes: Changes
    views: tuple[str, ...]
    evaluations: tuple[str, ...]
    planes: tuple[str, ...]
    address: str = ""
    seconds: float = 0.0


def serve(
    workspace: Workspace, content: Callable[[], Content], settings: AppSettings, look: Look | None = None
) -> Iterator[Opened]:
    """Opens the App, yields once it can be looked at, and goes on until Ctrl-C or SIGTERM.

    Args:
        workspace: Whose faces.
        content: Gathers what is shown; called while the database starts.
        settings: Port, and what the saved views take for confident and doubtful.
        look: What the address opens; the grid where it is left out.

    Yields:
        The open App, once.

    Raises:
        UsageError: The port is taken, or there is no such view.
        MissingPartError: FiftyOne or mongod is not there.
        WorkspaceBusyError: An App is open on this workspace.
        WorkspaceError: The database does not start, or has ended meanwhile.
    """
    begun = time.monotonic()
    check_installed()
    check_port(settings.app_port)
    home = Home.of(workspace)
    signal.signal(signal.SIGTERM, _as_interrupt)
    with serving(home) as (uri, alive):
        shown = content()
        with connected(home, uri), _server(settings.app_port) as answer:
            made, query = _made(home, shown, settings, look)
            answer()
            address = f"http://{ADDRESS}:{settings.app_port}/datasets/{home.name}{query}"
            home.opened.write_text(json.dumps({"address": address, "database": uri}), encoding="utf-8")
            yield dataclasses.replace(made, address=address, seconds=round(time.monotonic() - begun, 1))
            _wait(home, alive)


def check_port(port: int) -> None:
    """Refuses a port that is taken; FiftyOne would show another program's App there.

    Raises:
        UsageError: It is taken.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, port))
        except OSError as error:
            what = f"port {port} of {ADDRESS} cannot be had: {error.strerror}"
            raise UsageError(what, "another App or program may listen there; give --app-port another number") from error


def _as_interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


def _made(home: Home, shown: Content, settings: AppSettings, look: Look | None) -> tuple[Opened, str]:
    """Brings the data set up to date: what was done, its views, evaluations and planes; and the address' query."""
    from evaluate.app.dataset import build
    from evaluate.app.looks import arrange, save_layouts, save_views
    from evaluate.app.runs import evaluations, planes

    data, changes = build(home.name, shown)
    runs, points = evaluations(data, shown), planes(data, shown)
    arrange(data, shown)
    save_layouts(data, points)
    views = tuple(save_views(data, shown, settings))
    return Opened(changes, views, tuple(runs), tuple(points)), _query(data, look)


def _query(data: Any, look: Look | None) -> str:
    """What follows the address, so that a browser opens there."""
    if look is None:
        return ""
    if not look.view:
        return "?workspace=evaluation"
    views = data.list_saved_views()
    if look.view not in views:
        what = f"the App has no saved view {look.view!r}"
        raise UsageError(what, f"it has {', '.join(views) or 'none; label faces, and ask a network about them'}")
    from fiftyone.core.utils import to_slug

    return f"?view={to_slug(look.view)}"


@contextlib.contextmanager
def _server(port: int) -> Iterator[Callable[[], None]]:
    """Runs the App's server, which takes as long to start as the data set to build; yields what waits for it."""
    # -P: neither our folder nor the user's is searched for modules.
    program = Path(__file__).with_name("server.py")
    command = [sys.executable, "-P", "-W", "ignore", str(program), str(port), ADDRESS]
    with kept(command, program.parent) as process:

        def answer() -> None:
            end = time.monotonic() + _PATIENCE
            while process.poll() is None and time.monotonic() < end:
                with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port), timeout=1):
                    return
                time.sleep(0.1)
            ended = process.poll() is not None
            what = "the App's server has ended" if ended else f"the App's server does not answer after {_PATIENCE} s"
            raise WorkspaceError(what, "open it again, when the machine is less busy or on another --app-port")

        yield answer


def _wait(home: Home, alive: Callable[[], bool]) -> None:
    """Waits for Ctrl-C or SIGTERM.

    Raises:
        WorkspaceError: The database ended first.
    """
    with contextlib.suppress(KeyboardInterrupt):
        while alive():
            time.sleep(0.5)
        what = "the App's database, mongod, has ended while the App was open"
        raise WorkspaceError(what, f"{home.log} says why; then open the App again")
