"""Runs a program as long as its caller lives: `python keeper.py PROGRAM ARGUMENTS`, the caller holding its stdin.

However the caller ends, by SIGKILL too, its end of the pipe closes, and the program is asked to end. A mongod that
outlives its caller holds the database, and the next start fails on it.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PATIENCE = 120
"""Seconds that a program is given to end."""


@contextlib.contextmanager
def kept(command: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a program that ends when the block does, or when this process does, in whatever way.

    Args:
        command: The program and its arguments.
        folder: Where it runs.

    Yields:
        The process that keeps it: it ends when the program does.
    """
    # In a session of its own, so that Ctrl-C in the terminal does not end it before us.
    process = subprocess.Popen(  # noqa: S603 - FiftyOne's own programs
        [sys.executable, "-I", str(Path(__file__)), *command],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)


def main() -> None:
    """Entry point of the process; its exit status is the program's."""
    with subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL) as program:  # noqa: S603 - the caller's own program

        def follow() -> None:
            sys.stdin.buffer.read()
            program.terminate()

        threading.Thread(target=follow, daemon=True).start()
        status = program.wait()
    sys.exit(abs(status))


if __name__ == "__main__":
    main()
