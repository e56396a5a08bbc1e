"""Label Studio's program, in an environment of its own: its many pinned packages never meet mien's."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from schemas.errors import MissingPartError

VERSION = "1.23.2"
"""The version that mien is tested with."""

PYTHON = "3.11"
"""The Python it runs on; Label Studio 1.23 is published for 3.10 to 3.13."""


def program() -> Path | None:
    """The installed program, or None."""
    found = _folder() / "label-studio" / "bin" / "label-studio"
    # uv writes the receipt last: without it the installation was broken off.
    return found if found.exists() and (_folder() / "label-studio" / "uv-receipt.toml").exists() else None


def install() -> Path:
    """Installs Label Studio with uv, if it is not there, and returns the program.

    Raises:
        MissingPartError: uv is not there, or could not install it.
    """
    existing = program()
    if existing:
        return existing
    uv = shutil.which("uv")
    if uv is None:
        what = f"Label Studio {VERSION} is not installed, and uv, which installs it, is not there"
        raise MissingPartError(what, "install uv: `pip install uv`, or see https://docs.astral.sh/uv/")
    places = {"UV_TOOL_DIR": str(_folder()), "UV_TOOL_BIN_DIR": str(_folder() / "bin")}
    command = [uv, "tool", "install", "--quiet", "--python", PYTHON, f"label-studio=={VERSION}"]
    done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False)  # noqa: S603
    installed = program()
    if done.returncode != 0 or installed is None:
        reason = done.stderr.strip().splitlines()[-1:] or ["uv said nothing"]
        what = f"Label Studio {VERSION} could not be installed: {reason[0].strip()}"
        raise MissingPartError(what, f"try `{' '.join(command[:3])} label-studio=={VERSION}`; it needs a package index")
    return installed


def _folder() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "mien" / f"label-studio-{VERSION}"
