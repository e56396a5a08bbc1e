"""Push: tasks a second on one real Label Studio, pictures by link and inside the tasks, beside the bare import.

    uv run python benchmarks/push.py [--faces 5000]

Starts the workspace's own Label Studio and pushes synthetic faces to one rater: whole (chosen, planned, pictures laid,
tasks sent, tables written), then once more with nothing new. Beside it the import alone, of the same tasks in requests
of 1,000, as the SDK sends it: no push can be faster. Printed are wall-clock seconds, most of which the server
spends, tasks a second, and the CPU-seconds of this process and of the server, which a busy machine changes least.
"""

from __future__ import annotations

import argparse
import os
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pandas as pd

from annotate.config import labelling_config
from annotate.push import Asked, push
from annotate.raters import add
from annotate.select import Wanted
from annotate.server import start, status, stop
from annotate.studio import connect
from schemas.settings import PushSettings, ServerSettings
from schemas.tables import TABLES
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from annotate.studio import Studio


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--faces", type=int, default=5000)
    count = arguments.parse_args().faces
    print(f"{'way':<34}{'tasks':>8}{'s':>8}{'tasks/s':>10}{'CPU-s here':>12}{'server':>8}")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder) / "ws", create=True)
        fill(workspace, count)
        start(workspace, ServerSettings(studio_port=free_port()))
        try:
            with connect(workspace) as studio:
                compare(workspace, studio)
        finally:
            stop(workspace)


def compare(workspace: Workspace, studio: Studio) -> None:
    """Pushes by both ways and twice each, and imports the same tasks bare."""
    add(workspace, studio, "R01", "r01@example.org")
    server = status(workspace).pid
    linked = PushSettings(raters_per_face=1, gold_share=0.0, repeat_share=0.0)
    inside = PushSettings(raters_per_face=1, gold_share=0.0, repeat_share=0.0, pictures="data-uri")

    def pushed(settings: PushSettings) -> int:
        result = push(workspace, studio, Asked(Wanted()), settings).as_dict()
        return int(result["new"] or result["present"])

    measure("push, local files", lambda: pushed(linked), server)
    measure("push again", lambda: pushed(linked), server)
    project = int(workspace.read("raters")["project"][0])
    bare(studio, "bare import, local files", studio.tasks(project), server)
    studio.delete_project(project)
    for table in ("tasks", "raters"):
        workspace.replace(table, workspace.read(table).iloc[:0])
    measure("push, data URIs", lambda: pushed(inside), server)
    measure("push again", lambda: pushed(inside), server)
    bare(studio, "bare import, data URIs", studio.tasks(int(workspace.read("raters")["project"][0])), server)


def bare(studio: Studio, name: str, tasks: list[dict[str, Any]], server: int) -> None:
    """Imports tasks as the SDK does, in requests of 1,000."""
    project = studio.create_project("bare import", label_config=labelling_config()).id
    content = [{"data": task["data"]} for task in tasks]

    def imported() -> int:
        return sum(len(studio.import_tasks(project, content[at : at + 1000])) for at in range(0, len(content), 1000))

    measure(name, imported, server)
    studio.delete_project(project)


def measure(name: str, way: Callable[[], int], server: int) -> None:
    """Prints a line."""
    wall, cpu, other = time.perf_counter(), time.process_time(), cpu_seconds(server)
    tasks = way()
    wall, cpu, other = time.perf_counter() - wall, time.process_time() - cpu, cpu_seconds(server) - other
    print(f"{name:<34}{tasks:>8,}{wall:>8.1f}{tasks / wall:>10,.0f}{cpu:>12.1f}{other:>8.1f}", flush=True)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(workspace: Workspace, count: int) -> None:
    """Kept faces with crops of 224 pixels, smooth as faces are, no two alike."""
    random = np.random.default_rng(0)
    names = [f"{number:032x}" for number in range(count)]
    for name in names:
        small = random.integers(0, 256, (14, 14, 3), dtype=np.uint8)
        crop = cv2.resize(small, (224, 224), interpolation=cv2.INTER_CUBIC)
        workspace.put_picture("faces", f"{name}.png", cv2.imencode(".png", crop)[1].tobytes())
    filler = {"string": "", "bool": False, "binary": b""}
    given = {
        column.name: [None if column.nullable else filler.get(column.type, 0)] * count
        for column in TABLES["faces"].columns
    }
    workspace.replace("faces", pd.DataFrame({**given, "face_id": names, "image_id": names, "kept": [True] * count}))


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
