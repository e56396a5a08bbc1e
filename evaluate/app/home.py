"""Where FiftyOne keeps its things, and what it is kept from: all is set before it is imported."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import importlib.util
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.errors import MissingPartError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workspace.store import Workspace


@dataclass(frozen=True)
class Home:
    """The folder of a workspace's App, `cache/app`, and what lies in it.

    Attributes:
        folder: The folder itself.
        name: What the data set is called, in the App and in its address.
    """

    folder: Path
    name: str

    @classmethod
    def of(cls, workspace: Workspace) -> Home:
        """The home of a workspace; its data set's name differs from any other workspace's, for a server they share."""
        word = re.sub(r"[^a-z0-9]+", "-", workspace.path.name.casefold()).strip("-") or "faces"
        digest = hashlib.sha256(os.fsencode(workspace.path)).hexdigest()
        return cls(workspace.path / "cache" / "app", f"{word}-{digest[:6]}")

    @property
    def database(self) -> Path:
        """The folder of the database."""
        return self.folder / "db"

    @property
    def log(self) -> Path:
        """What the database's server says."""
        return self.folder / "mongod.log"

    @property
    def opened(self) -> Path:
        """Where an open App says how to reach it."""
        return self.folder / "open.json"


def check_installed() -> None:
    """Refuses to begin without FiftyOne; it is not imported.

    Raises:
        MissingPartError: It is not there.
    """
    if importlib.util.find_spec("fiftyone") is None:
        raise MissingPartError("the App is FiftyOne's, which is not installed", "pip install 'mien[evaluate]'")


@contextlib.contextmanager
def connected(home: Home, uri: str) -> Iterator[None]:
    """Imports FiftyOne, set to the workspace's folder and database; what it raises of the latter becomes a clear error.

    Args:
        home: Where it keeps its things.
        uri: Address of the database's server.

    Raises:
        WorkspaceError: The server has gone.
    """
    _prepare(home, uri)
    from fiftyone.core.odm import database
    from pymongo.errors import PyMongoError

    try:
        yield
    except PyMongoError as error:
        what = f"the App's database does not answer any more: {str(error)[:200]}"
        raise WorkspaceError(what, f"{home.log} says why; then open the App again") from error
    finally:
        # At the end of the process FiftyOne clears up in its database, half a minute in vain where that was stopped.
        atexit.unregister(database._delete_non_persistent_datasets_if_allowed)  # noqa: SLF001 - it has no public name


def _prepare(home: Home, uri: str) -> None:
    """Sets what FiftyOne reads when it is imported. Its server, a process of its own, inherits it."""
    own = home.folder / "home"
    own.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        FIFTYONE_DATABASE_URI=uri,
        FIFTYONE_DO_NOT_TRACK="true",
        FIFTYONE_DEFAULT_APP_ADDRESS="127.0.0.1",
        FIFTYONE_LOGGING_LEVEL="ERROR",
        FIFTYONE_SHOW_PROGRESS_BARS="false",
        FIFTYONE_DEFAULT_DATASET_DIR=str(own / "datasets"),
        FIFTYONE_DATASET_ZOO_DIR=str(own / "zoo"),
        FIFTYONE_MODEL_ZOO_DIR=str(own / "models"),
        # Plugins that the user has elsewhere may do what they like, also call home.
        FIFTYONE_PLUGINS_DIR=str(own / "plugins"),
        # What has no variable of its own lies below the home folder: configurations, the mark of the first start.
        HOME=str(own),
        USERPROFILE=str(own),
    )
