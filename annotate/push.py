"""Gives raters their tasks on the server; twice is once, and a killed push is taken up again.

The plan is written before anything is sent. What the server has is asked for by uid each time, so that neither a kill
of this program nor one of the server makes a task twice or leaves one out.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from annotate.pictures import Pictures
from annotate.plan import Ask, plan
from annotate.projects import Projects
from annotate.raters import raters as known_raters
from annotate.send import Counts, Sender
from annotate.uid import KEY, read_key
from schemas.errors import UsageError
from workspace import lineage

if TYPE_CHECKING:
    from pathlib import Path

    from annotate.select import Wanted
    from annotate.studio import Studio
    from schemas.settings import PushSettings
    from workspace.store import Workspace


@dataclass(frozen=True)
class Asked:
    """What a push is asked to do.

    Attributes:
        wanted: Which faces.
        gold: CSV of faces of known label; None takes them from the table `labels`.
        dry_run: Whether to say what would be done, and do nothing.
        renew: Whether projects that are gone from the server are made anew, with all their tasks.
    """

    wanted: Wanted
    gold: Path | None = None
    dry_run: bool = False
    renew: bool = False


@dataclass
class Pushed:
    """What a push did, or would do.

    Attributes:
        raters: Rater -> counts.
        kinds: Kind of task -> how many the plan has, over all raters who are there.
        projects: Rater -> number of the project; -1 where there is none yet.
        dry_run: Whether nothing was done.
    """

    raters: dict[str, Counts] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON has it, with the sums over the raters."""
        each = {rater: asdict(counts) for rater, counts in self.raters.items()}
        sums = {name: sum(counts[name] for counts in each.values()) for name in asdict(Counts())}
        return {**sums, "kinds": self.kinds, "raters": each, "projects": self.projects, "dry_run": self.dry_run}


def push(workspace: Workspace, studio: Studio, asked: Asked, settings: PushSettings) -> Pushed:
    """Plans tasks for faces and gives them to the raters on the server.

    Args:
        workspace: Held locked until it is done; a second push meanwhile is refused.
        studio: The server.
        asked: Which faces, and how.
        settings: See `PushSettings`.

    Raises:
        WorkspaceBusyError: Another command is writing to the workspace.
        StudioError: The server is down, refuses, or lacks a project it had; what was done stays done.
        MienError: Faces, raters, gold or settings are not what a push needs.
    """
    if settings.pictures == "local-files" and not studio.local:
        what = f"{studio.url} is not the workspace's own server and cannot read its pictures"
        raise UsageError(what, "--pictures data-uri puts them into the tasks; http takes them from a web server")
    with workspace.lock():
        return _push(workspace, studio, asked, settings)


def _push(workspace: Workspace, studio: Studio, asked: Asked, settings: PushSettings) -> Pushed:
    run = lineage.Run(workspace, "push", lineage.plain(settings), reads=["faces"], writes=["tasks"])
    # A dry run leaves no file behind, not even a key: with a key of its own all is as new as it would be.
    key = secrets.token_bytes(32) if asked.dry_run and not (workspace.path / KEY).exists() else read_key(workspace)
    table, recorded = workspace.read("tasks"), _recorded(workspace)
    if asked.renew:
        table, recorded = _without_missing(table, recorded, {project.id for project in studio.projects()})
    killed = set(table.loc[table["task"] < 0, "rater"])
    raters = sorted(rater.id for rater in known_raters(workspace).values() if not rater.removed)
    tasks = plan(workspace, table, Ask(asked.wanted, raters, asked.gold), settings, key)
    projects = Projects(studio, settings, key, recorded)
    here = [rater for rater in sorted(set(tasks["rater"])) if rater in ("", *raters)]
    for rater in here:
        projects.find(rater)  # what is wrong with any of them is said before anything is done
    kinds = tasks.loc[tasks["rater"].isin(here), "kind"].value_counts().sort_index()
    result = Pushed(kinds={str(kind): int(count) for kind, count in kinds.items()}, dry_run=asked.dry_run)
    if not asked.dry_run:
        workspace.replace("tasks", tasks)
    sender = Sender(studio, Pictures(workspace, settings, key), settings)
    for rater in here:
        mine = tasks.loc[tasks["rater"] == rater].sort_values("order")
        if asked.dry_run:
            found = projects.find(rater)
            result.projects[rater] = found.id if found else -1
            result.raters[rater] = sender.look(mine, found)
            continue
        project = result.projects[rater] = recorded[rater] = projects.make(rater).id
        _record(workspace, recorded)
        result.raters[rater], numbers = sender.send(mine, project, killed=rater in killed)
        tasks.loc[mine.index, "project"] = project
        tasks.loc[mine.index, "task"] = mine["uid"].map(numbers).astype("int64")
        workspace.replace("tasks", tasks)
    if not asked.dry_run:
        run.finish({name: value for name, value in result.as_dict().items() if type(value) is int})
    return result


def _recorded(workspace: Workspace) -> dict[str, int]:
    table = workspace.read("raters")
    return {rater: int(project) for rater, project in zip(table["rater"], table["project"], strict=True)}


def _record(workspace: Workspace, projects: dict[str, int]) -> None:
    workspace.replace("raters", pd.DataFrame(sorted(projects.items()), columns=["rater", "project"]))


def _without_missing(
    table: pd.DataFrame, recorded: dict[str, int], there: set[int]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Tasks and projects as if those that are gone from the server had never been there."""
    gone = {rater for rater, project in recorded.items() if project not in there}
    table.loc[table["rater"].isin(gone), ["project", "task"]] = -1
    return table, {rater: project for rater, project in recorded.items() if rater not in gone}


def text(result: Pushed) -> str:
    """What was done, or would be, for a terminal."""
    names = ("new", "present", "changed", "unknown")
    lines = [f"{'rater':<12}" + "".join(f"{name:>10}" for name in names) + f"{'project':>10}"]
    for rater, counts in result.raters.items():
        numbers = "".join(f"{getattr(counts, name):>10,}" for name in names)
        project = result.projects[rater]
        lines.append(f"{rater or 'all':<12}{numbers}{project if project >= 0 else 'to make':>10}")
    kinds = ", ".join(f"{count:,} {_KINDS[kind]}" for kind, count in result.kinds.items())
    lines.append(f"in all {kinds}" if kinds else "no tasks")
    sums = result.as_dict()
    if not sums["kinds"].get("gold"):
        lines.append("no gold faces: name some with --gold FILE, or adjudicate some")
    if sums["answered"]:
        lines.append(f"{sums['answered']:,} changed tasks stay as they are: they were answered")
    if sums["doubled"]:
        lines.append(
            f"{sums['doubled']:,} tasks were there twice{'' if result.dry_run else '; taken out if unanswered'}"
        )
    if sums["unknown"]:
        lines.append(
            f"{sums['unknown']:,} tasks on the server are none of this workspace's: forgotten, or made by hand"
        )
    return "\n".join(lines)


_KINDS = {"task": "faces to label", "gold": "gold", "repeat": "repeats", "adjudication": "to adjudicate"}
