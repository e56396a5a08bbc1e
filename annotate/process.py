"""A process that outlives the command that started it: known again for certain, ended with all its children."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

PROC = Path("/proc")


def identity(pid: int) -> str | None:
    """What tells a living process from any other that ever had, or will have, its number.

    Returns:
        On Linux the boot's id and the process's start in clock ticks after it; elsewhere the start as `ps` tells it.
        None where there is no such process, or only what is left of an ended one.
    """
    if (PROC / "self/stat").exists():
        fields = _stat(pid)
        if fields is None or fields[0] in "ZX":
            return None
        return f"{(PROC / 'sys/kernel/random/boot_id').read_text().strip()}:{fields[19]}"
    command = ["ps", "-o", "state=,lstart=", "-p", str(pid)]  # macOS and the BSDs have no /proc
    words = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()  # noqa: S603
    return " ".join(words[1:]) if words and not words[0].startswith("Z") else None


def end_group(pid: int, expected: str, *, patience: float = 10.0) -> None:
    """Ends a process group: asks, waits, then kills.

    Args:
        pid: The process that leads the group.
        expected: Its `identity`; a process that only has the same number is left alone.
        patience: Seconds between the question and the kill.
    """
    if identity(pid) != expected or os.getpgid(pid) != pid:
        return
    for sign, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, sign)
        deadline = time.monotonic() + seconds
        while _group_lives(pid):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return


def _group_lives(group: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(-group, os.WNOHANG)  # its dead are ours to bury where this very process started it
    if not (PROC / "self/stat").exists():
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        return True
    states = (_stat(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdecimal())
    return any(fields is not None and int(fields[2]) == group and fields[0] not in "ZX" for fields in states)


def _stat(pid: int) -> list[str] | None:
    """The fields of `/proc/PID/stat` from the third, the state, on; see proc(5)."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()  # the second is the program's name, which may hold anything


def holder(port: int) -> str:
    """Who listens on a TCP port of this machine, for an error message: "python (process 123)", or empty."""
    inodes = set()
    for table in ("net/tcp", "net/tcp6"):
        with contextlib.suppress(OSError):
            for line in (PROC / table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:  # 0A is LISTEN
                    inodes.add(f"socket:[{fields[9]}]")
    for entry in PROC.glob("[0-9]*/fd/*") if inodes else ():
        with contextlib.suppress(OSError):
            if str(entry.readlink()) in inodes:
                process = entry.parent.parent
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return ""
