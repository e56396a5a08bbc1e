"""Label Studio's program, in an environment of its own: its many pinned packages never meet mien's."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import MissingPartError

VERSION = "1.23.2"
"""The version that mien is tested with."""

PYTHON = "3.11"
"""The Python it runs on; Label Studio 1.23 is published for 3.10 to 3.13."""

DATABASE = "label_studio.sqlite3"
"""What Label Studio calls its database, in its data folder."""


@dataclass(frozen=True)
class Installation:
    """An installed Label Studio.

    Attributes:
        program: Its command.
        database: A database with all its tables and nobody in them. To make one takes Label Studio 32 seconds of
            processor time (36 to start with none, 3 with one), so that it is done once, not for each workspace.
    """

    program: Path
    database: Path


def installed() -> Installation | None:
    """The finished installation, or None."""
    found = Installation(_folder() / "label-studio" / "bin" / "label-studio", _folder() / "empty.sqlite3")
    # uv writes the receipt last: without it the installation was broken off.
    done = (_folder() / "label-studio" / "uv-receipt.toml", found.program, found.database)
    return found if all(path.exists() for path in done) else None


def install() -> Installation:
    """Installs Label Studio with uv, where it is not there yet.

    Raises:
        MissingPartError: uv is not there, or could not install it, or what it installed does not run.
    """
    import filelock

    _folder().mkdir(parents=True, exist_ok=True)
    # Two workspaces may be started for the first time at once. `.lock` would be uv's own.
    with filelock.FileLock(_folder() / ".installing"):
        existing = installed()
        if existing:
            return existing
        _install_program()
        _make_database()
    made = installed()
    if made is None:
        what = f"uv has installed Label Studio {VERSION} elsewhere than in {_folder()}"
        raise MissingPartError(what, f"remove {_folder()} and start again")
    return made


def variables() -> dict[str, str]:
    """The environment the program runs in, all of it: it reports nothing and asks nobody.

    Nothing else of the user's comes along: Label Studio reads variables as common as HOST, PORT, DEBUG and CI.
    """
    own = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR") if name in os.environ}
    return own | {
        "PYTHONUNBUFFERED": "1",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_FEATURE_FLAGS_OFFLINE": "true",
        "LABEL_STUDIO_SENTRY_DSN": "",
        "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
    }


def _install_program() -> None:
    uv = shutil.which("uv")
    if uv is None:
        what = f"Label Studio {VERSION} is not installed, and uv, which installs it, is not there"
        raise MissingPartError(what, "install uv: `pip install uv`, or see https://docs.astral.sh/uv/")
    places = {"UV_TOOL_DIR": str(_folder()), "UV_TOOL_BIN_DIR": str(_folder() / "bin")}
    command = [uv, "tool", "install", "--quiet", "--python", PYTHON, f"label-studio=={VERSION}"]
    done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        what = f"Label Studio {VERSION} could not be installed: {_last_line(done.stderr)}"
        raise MissingPartError(what, f"try `uv tool install label-studio=={VERSION}`; it needs a package index")


def _make_database() -> None:
    with tempfile.TemporaryDirectory(dir=_folder()) as scratch:
        # `version` brings the database up to date before it prints; `--version` would start a server.
        command = [str(_folder() / "label-studio" / "bin" / "label-studio"), "version"]
        environment = variables() | {"LABEL_STUDIO_BASE_DATA_DIR": scratch}
        done = subprocess.run(  # noqa: S603
            command, env=environment, capture_output=True, text=True, check=False, umask=0o077
        )
        made = Path(scratch) / DATABASE
        if done.returncode != 0 or not made.exists():
            what = f"Label Studio {VERSION} is installed and does not run: {_last_line(done.stderr)}"
            raise MissingPartError(what, f"try `{' '.join(command)}`, or remove {_folder()} and start again")
        made.replace(_folder() / "empty.sqlite3")


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1].strip()


def _folder() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "mien" / f"label-studio-{VERSION}"
