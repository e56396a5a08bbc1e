"""Runs another program and never waits for it long."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS = 20
"""Longest wait; a cold `mongod --version` or `import cv2` takes under two seconds."""


def output_of(command: Sequence[str], seconds: float = SECONDS) -> tuple[bool, str]:
    """Runs a program.

    Args:
        command: Program and arguments; no shell reads them.
        seconds: How long to wait for its end.

    Returns:
        Whether it ended well, and what it wrote (or why it did not run).
    """
    try:
        done = subprocess.run(  # noqa: S603 - programs we name ourselves, no shell
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"no answer within {seconds:g} s"
    except OSError as error:
        return False, error.strerror or str(error)
    said = (done.stdout + b"\n" + done.stderr).decode("utf-8", "replace").strip()
    return done.returncode == 0, said or f"exit status {done.returncode}"
