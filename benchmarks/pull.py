"""Pull: seconds for 5,000 tasks with two answers each, beside the SDK's own pager; one real server, one run.

    uv run python benchmarks/pull.py [--tasks 5000] [--answers 2] [--rounds 2]

Starts the workspace's own Label Studio, makes a project in it with tasks and answers of a seeded simulation, and takes
the answers out by turns: `annotate pull` whole (export, checks, the table written), `annotate pull` again with nothing
new, and the SDK's `tasks.list(fields="all")`, which gives the same answers as objects and writes nothing. Printed are
the best round's wall-clock seconds, the CPU-seconds of the server (Linux only) and of this process, which a busy
machine does not change, and this process's peak memory after the way's first round (it never falls, so the pager comes
last). The answers of both are compared.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import resource
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from annotate.config import labelling_config
from annotate.pull import pull
from annotate.raters import add
from annotate.server import start, status, stop
from annotate.studio import BULK_SECONDS, connect
from schemas.emotion import NAMES
from schemas.settings import PullSettings, ServerSettings
from schemas.tables import TABLES
from workspace.store import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from annotate.studio import Studio


def main() -> None:
    """Print the table and the ratio."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tasks", type=int, default=5000)
    arguments.add_argument("--answers", type=int, default=2)
    arguments.add_argument("--rounds", type=int, default=2)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder) / "ws", create=True)
        start(workspace, ServerSettings(studio_port=free_port()))
        try:
            with connect(workspace) as studio:
                project = fill(workspace, studio, given.tasks, given.answers)
                compare(workspace, studio, project, given.rounds)
        finally:
            stop(workspace)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fill(workspace: Workspace, studio: Studio, tasks: int, answers: int) -> int:
    """Makes a project with answered tasks and the rows of the table `tasks` that a push would have written."""
    add(workspace, studio, "R01", studio.user.email)
    project = studio.create_project("benchmark of pull", label_config=labelling_config()).id
    draw = random.Random(1)  # noqa: S311 - a simulation
    content = [
        {"data": {"uid": f"{number:032x}", "image": f"/data/local-files/?d=b/{number:032x}.png"}}
        | {"annotations": [answer(draw, studio.user.id) for _ in range(answers)]}
        for number in range(tasks)
    ]
    began = time.perf_counter()
    numbers = [
        number for at in range(0, tasks, 1000) for number in studio.import_tasks(project, content[at : at + 1000])
    ]
    print(f"{tasks:,} tasks with {answers} answers each imported in {time.perf_counter() - began:.1f} s")
    rows = {
        "face_id": [f"{number:032x}" for number in range(tasks)],
        "rater": "R01",
        "presentation": 0,
        "kind": "task",
        "uid": [f"{number:032x}" for number in range(tasks)],
        "project": project,
        "task": numbers,
        "order": range(tasks),
        "gold_label": None,
        "suggested": None,
        "push_id": 1,
    }
    with workspace.lock():
        workspace.replace("tasks", pd.DataFrame(rows, columns=TABLES["tasks"].names))
    return project


def answer(draw: random.Random, person: int) -> dict[str, Any]:
    """One answer with every field that a rater can give."""
    said = {
        "emotion": draw.choice(NAMES),
        "second": draw.choice(NAMES),
        "intensity": str(draw.randint(1, 5)),
        "confidence": str(draw.randint(1, 5)),
    }
    result = [
        {"from_name": name, "to_name": "face", "type": "choices", "value": {"choices": [value]}}
        for name, value in said.items()
    ]
    return {
        "result": result,
        "completed_by": person,
        "lead_time": round(draw.uniform(1, 20), 3),
        "ground_truth": False,
    }


def compare(workspace: Workspace, studio: Studio, project: int, rounds: int) -> None:
    """Runs all ways by turns and prints the best of each."""
    paged: list[Any] = []

    def pager() -> None:
        paged[:] = studio.client.tasks.list(project=project, fields="all", request_options={"timeout": BULK_SECONDS})

    def whole() -> None:
        with workspace.lock():
            for table in ("annotations", "rejected_annotations"):
                workspace.replace(table, pd.DataFrame(columns=TABLES[table].names, dtype=object))
        pull(workspace, studio, PullSettings())

    ways: dict[str, Callable[[], None]] = {
        "annotate pull": whole,
        "annotate pull, nothing new": lambda: check_idle(workspace, studio),
        "SDK pager": pager,
    }
    best: dict[str, list[float]] = {}
    memory: dict[str, int] = {}
    server = status(workspace).pid
    for _ in range(rounds):
        for name, way in ways.items():
            spent = timed(way, server)
            best[name] = [min(pair) for pair in zip(best.get(name, spent), spent, strict=True)]
            memory.setdefault(name, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    print(f"{'way':<28}{'s':>8}{'server CPU-s':>14}{'own CPU-s':>11}{'peak MiB':>10}")
    for name, (seconds, there, here) in best.items():
        print(f"{name:<28}{seconds:>8.1f}{there:>14.1f}{here:>11.1f}{memory[name]:>10}")
    pages, ours = best["SDK pager"], best["annotate pull"]
    print(f"pager / pull: {pages[0] / ours[0]:.2f} by the clock, {sum(pages[1:]) / sum(ours[1:]):.2f} by CPU-seconds")
    print(f"same answers: {'yes' if same(workspace, paged) else 'NO'}")


def timed(way: Callable[[], None], server: int) -> list[float]:
    """Wall-clock seconds of a call, and CPU-seconds of the server's processes and of this one."""
    began, there, here = time.perf_counter(), group_seconds(server), time.process_time()
    way()
    return [time.perf_counter() - began, group_seconds(server) - there, time.process_time() - here]


def group_seconds(group: int) -> float:
    """CPU-seconds that the processes of a group have used."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # one that has just ended
            fields = path.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[2]) == group else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def check_idle(workspace: Workspace, studio: Studio) -> None:
    """A pull that must add nothing."""
    counts = pull(workspace, studio, PullSettings())
    if counts["new"] or counts["changed"] or counts["gone"]:
        raise SystemExit(f"a second pull is not idle: {counts}")


def same(workspace: Workspace, paged: list[Any]) -> bool:
    """Whether both ways gave the same expression for every annotation."""
    ours = {row["annotation"]: row["label"] for row in workspace.read_arrow("annotations").to_pylist()}
    theirs = {
        annotation["id"]: annotation["result"][0]["value"]["choices"][0]
        for task in paged
        for annotation in (item if isinstance(item, dict) else item.dict() for item in task.annotations)
    }
    return len(ours) > 0 and ours == theirs


if __name__ == "__main__":
    main()
